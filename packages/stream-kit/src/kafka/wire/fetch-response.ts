import type { Broker, Cluster } from 'kafkajs';
import decoderClass from 'kafkajs/src/protocol/decoder.js';
// kafkajs loads these when it asks for the first time: for a start, that would be in its midst.
import 'kafkajs/src/protocol/requests/fetch/v11/request.js';
import 'kafkajs/src/protocol/requests/fetch/v11/response.js';
import 'kafkajs/src/protocol/requests/listOffsets/v3/request.js';
import 'kafkajs/src/protocol/requests/listOffsets/v3/response.js';
import { type AbortedTransaction, type FetchedBatch, type FetchedRecords, readFetched } from './record-reader.ts';

/**
 * What was fetched of one partition, as kafkajs' consumer takes it for its list of messages: it asks for the length, the
 * last one's offset, and filters by offset and kind, which is done already. So nothing is made per record.
 */
export class FetchedMessages implements FetchedRecords {
  readonly batches: readonly FetchedBatch[];
  readonly nextOffset: number;
  /** One that stands for all; none when nothing came. */
  readonly length: 0 | 1;
  readonly 0: { readonly offset: string } | undefined;

  constructor({ batches, nextOffset }: FetchedRecords) {
    this.batches = batches;
    this.nextOffset = nextOffset;
    this.length = nextOffset < 0 ? 0 : 1;
    this[0] = nextOffset < 0 ? undefined : { offset: String(nextOffset - 1) };
  }

  filter(): this {
    return this;
  }

  some(): boolean {
    return false;
  }
}

interface Decoder {
  readonly offset: number;
  readInt16(): number;
  readInt32(): number;
  readInt64(): { toString(): string };
  readString(): string;
  readBytes(length: number): Buffer;
}

const KafkajsDecoder = decoderClass as new (bytes: Buffer) => Decoder;

const readAborted = (decoder: Decoder): AbortedTransaction[] => {
  const aborted: AbortedTransaction[] = [];
  const count = decoder.readInt32();
  for (let done = 0; done < count; done += 1) {
    const producerId = BigInt(decoder.readInt64().toString());
    aborted.push({ producerId, firstOffset: Number(decoder.readInt64().toString()) });
  }
  return aborted;
};

const readPartition = async (decoder: Decoder, topic: string): Promise<object> => {
  const partition = decoder.readInt32();
  const errorCode = decoder.readInt16();
  const highWatermark = decoder.readInt64().toString();
  const lastStableOffset = decoder.readInt64().toString();
  const lastStartOffset = decoder.readInt64().toString();
  const aborted = readAborted(decoder);
  const preferredReadReplica = decoder.readInt32();
  const size = decoder.readInt32();
  const bytes = size > 0 ? decoder.readBytes(size) : Buffer.alloc(0);
  const messages = new FetchedMessages(await readFetched(bytes, { topic, partition }, aborted));
  return {
    partition,
    errorCode,
    highWatermark,
    lastStableOffset,
    lastStartOffset,
    // Left out already.
    abortedTransactions: [],
    preferredReadReplica,
    messages,
  };
};

/** The answer to a fetch of version 11, in kafkajs' shape but for its messages. */
export const decodeFetch = async (bytes: Buffer): Promise<object> => {
  const decoder = new KafkajsDecoder(bytes);
  const clientSideThrottleTime = decoder.readInt32();
  const errorCode = decoder.readInt16();
  const sessionId = decoder.readInt32();
  const responses: object[] = [];
  const topics = decoder.readInt32();
  for (let topic = 0; topic < topics; topic += 1) {
    const topicName = decoder.readString();
    const partitions: object[] = [];
    const count = decoder.readInt32();
    for (let partition = 0; partition < count; partition += 1) partitions.push(await readPartition(decoder, topicName));
    responses.push({ topicName, partitions });
  }
  return { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses };
};

interface Call {
  readonly request: { readonly apiName: string; readonly apiVersion: number };
  readonly response: { readonly decode: unknown; readonly parse: unknown };
}

interface Pool {
  send(call: Call): Promise<unknown>;
}

const VERSION = 11;
const taught = new WeakSet<Pool>();

const teach = (broker: Broker): void => {
  const { connectionPool: pool } = broker as unknown as { readonly connectionPool: Pool };
  if (taught.has(pool)) return;
  taught.add(pool);
  const send = pool.send.bind(pool);
  pool.send = (call) => {
    if (call.request.apiName !== 'Fetch') return send(call);
    if (call.request.apiVersion !== VERSION) {
      throw new Error(`the broker fetches by version ${call.request.apiVersion}: it is older than Kafka 2.3`);
    }
    return send({ request: call.request, response: { decode: decodeFetch, parse: call.response.parse } });
  };
};

/** Makes all that is fetched through this cluster come as `FetchedMessages`. Other clusters of the process stay as they are. */
export const readFetchesOurselves = (cluster: Cluster): void => {
  const find = cluster.findBroker.bind(cluster);
  cluster.findBroker = async (asked) => {
    const broker = await find(asked);
    teach(broker);
    return broker;
  };
};
