import type { Broker } from 'kafkajs';
import encoder from 'kafkajs/src/protocol/encoder.js';
import produceResponse from 'kafkajs/src/protocol/requests/produce/v7/response.js';
import type { BatchLanded } from '../linger-batcher.ts';

/** A batch that is encoded, with its sequence number in it. */
export interface EncodedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly bytes: Buffer;
}

interface Encoder {
  writeBufferInternal(bytes: Buffer): void;
}

interface Answered {
  readonly topics: readonly {
    readonly topicName: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly baseOffset: string;
      readonly logAppendTime: string;
    }[];
  }[];
}

interface WireBroker {
  disconnect(): Promise<void>;
  readonly connectionPool: {
    send(call: {
      readonly request: {
        readonly apiKey: number;
        readonly apiVersion: number;
        readonly apiName: string;
        encode(): Promise<Encoder>;
      };
      readonly response: unknown;
    }): Promise<Answered>;
  };
}

const PRODUCE = 0;
const VERSION = 7;

const { decode, parse } = produceResponse as { readonly decode: unknown; readonly parse: unknown };
const KafkajsEncoder = encoder as new (size: number) => Encoder;

const byTopic = (batches: readonly EncodedBatch[]): Map<string, EncodedBatch[]> => {
  const topics = new Map<string, EncodedBatch[]>();
  for (const batch of batches) {
    const found = topics.get(batch.topic);
    if (found === undefined) topics.set(batch.topic, [batch]);
    else found.push(batch);
  }
  return topics;
};

/** The body of a produce request: no transaction, acks from all. */
export const encodeProduce = (batches: readonly EncodedBatch[], timeoutMs: number): Buffer => {
  const topics = byTopic(batches);
  let size = 12;
  for (const [topic, parts] of topics) {
    size += 6 + Buffer.byteLength(topic);
    for (const { bytes } of parts) size += 8 + bytes.length;
  }
  const body = Buffer.allocUnsafe(size);
  body.writeInt16BE(-1, 0);
  body.writeInt16BE(-1, 2);
  body.writeInt32BE(timeoutMs, 4);
  let at = body.writeInt32BE(topics.size, 8);
  for (const [topic, parts] of topics) {
    at = body.writeInt16BE(Buffer.byteLength(topic), at);
    at += body.write(topic, at, 'utf8');
    at = body.writeInt32BE(parts.length, at);
    for (const { partition, bytes } of parts) {
      at = body.writeInt32BE(partition, at);
      at = body.writeInt32BE(bytes.length, at);
      body.set(bytes, at);
      at += bytes.length;
    }
  }
  return body;
};

/**
 * Sends batches to the leader of their partitions, on kafkajs' connection to it. Rejects with kafkajs' errors, which say
 * whether a repeat makes sense; then any of the batches may be on the log or not.
 */
export const produceTo = async (
  broker: Broker,
  batches: readonly EncodedBatch[],
  timeoutMs: number,
): Promise<readonly BatchLanded[]> => {
  const wire = broker as unknown as WireBroker;
  try {
    const answer = await wire.connectionPool.send({
      request: {
        apiKey: PRODUCE,
        apiVersion: VERSION,
        apiName: 'Produce',
        encode: async () => {
          const body = encodeProduce(batches, timeoutMs);
          const encoder = new KafkajsEncoder(body.length);
          encoder.writeBufferInternal(body);
          return encoder;
        },
      },
      response: { decode, parse },
    });
    return answer.topics.flatMap(({ topicName, partitions }) =>
      partitions.map(({ partition, baseOffset, logAppendTime }) => ({
        topic: topicName,
        partition,
        baseOffset: Number(baseOffset),
        logTimeMs: Number(logAppendTime),
      })),
    );
  } catch (error) {
    // As kafkajs does it: a connection that closed must not be taken for a living one.
    if ((error as Error).name === 'KafkaJSConnectionClosedError') await wire.disconnect();
    throw error;
  }
};
