import { connectKafka, type RecordProducer } from '@kairos/stream-kit';
import kafkajs from 'kafkajs';
import { measure } from '../../kit/measure.ts';
import type { ClientOutput } from './consume.ts';

export interface ProduceInput {
  readonly brokers: string;
  readonly topic: string;
  readonly partitions: number;
  readonly records: number;
  readonly valueBytes: number;
  /** The port's producer to use; empty = its default. */
  readonly producer: string;
  readonly idempotent: boolean;
}

/** As many records as may be unacknowledged at once, for each way to produce. */
const WINDOW = 1_000;
/** Records that a stage hands over in one call, of one batch of its input. */
const CALL = 500;
/** As a stage: more than this unacknowledged, and no batch is begun. */
const MAX_PENDING_BYTES = 16_000_000;
const WARM_UP_SHARE = 0.25;

interface Made {
  readonly topic: string;
  readonly partition: number;
  readonly key: string;
  readonly value: Buffer;
}

const recordsOf = ({ topic, partitions, valueBytes }: ProduceInput, count: number): Made[] => {
  const value = Buffer.alloc(valueBytes, 'kairos ');
  return Array.from({ length: count }, (_, at) => ({
    topic,
    partition: at % partitions,
    key: `p1_${(at % 100_000).toString(36).padStart(22, '0')}`,
    value,
  }));
};

/** Sends a first part unmeasured, then the rest measured. */
const timed = async (
  input: ProduceInput,
  sendAll: (records: readonly Made[]) => Promise<void>,
): Promise<ClientOutput> => {
  await sendAll(recordsOf(input, Math.ceil(input.records * WARM_UP_SHARE)));
  const records = recordsOf(input, input.records);
  const { wallS, cpuS } = await measure(() => sendAll(records));
  return { perS: records.length / wallS, cpuUs: (cpuS * 1e6) / records.length };
};

/** `count` workers that share one list: each has one send under way. */
const inParallel = async <T>(
  items: readonly T[],
  count: number,
  send: (item: T) => Promise<unknown>,
): Promise<void> => {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await send(item);
  };
  await Promise.all(Array.from({ length: count }, worker));
};

const callsOf = (records: readonly Made[]): Made[][] => {
  const calls: Made[][] = [];
  for (let at = 0; at < records.length; at += CALL) calls.push(records.slice(at, at + CALL));
  return calls;
};

const withPort = async (
  { brokers, producer: name, idempotent }: ProduceInput,
  use: (producer: RecordProducer) => Promise<ClientOutput>,
): Promise<ClientOutput> => {
  const choice: object = name === '' ? {} : { producer: name };
  const kafka = await connectKafka({ brokers, clientId: 'bench-port', ...choice });
  const producer = await kafka.producer({ idempotent });
  const output = await use(producer);
  await producer.close();
  await kafka.close();
  return output;
};

/** One event a call, as the collector has it: the linger batcher makes requests of them. */
export const produceLingering = (input: ProduceInput): Promise<ClientOutput> =>
  withPort(input, (producer) =>
    timed(input, (records) => inParallel(records, WINDOW, (record) => producer.send([record]))),
  );

/** Many a call, as a stage has it, held back by the bytes that wait. */
export const produceInCalls = (input: ProduceInput): Promise<ClientOutput> =>
  withPort(input, (producer) =>
    timed(input, async (records) => {
      const sent: Promise<unknown>[] = [];
      for (const call of callsOf(records)) {
        while (producer.pendingBytes > MAX_PENDING_BYTES) await new Promise((resolve) => setTimeout(resolve, 2));
        sent.push(producer.send(call));
        // A stage works between two calls: the broker's answers are heard.
        await new Promise((resolve) => setImmediate(resolve));
      }
      await Promise.all(sent);
    }),
  );

const withKafkajs = async (
  { brokers, idempotent }: ProduceInput,
  use: (producer: kafkajs.Producer) => Promise<ClientOutput>,
): Promise<ClientOutput> => {
  const kafka = new kafkajs.Kafka({
    clientId: 'bench-bare',
    brokers: brokers.split(','),
    logLevel: kafkajs.logLevel.ERROR,
  });
  const producer = kafka.producer({
    idempotent,
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  const output = await use(producer);
  await producer.disconnect();
  return output;
};

/** kafkajs' own `send` for each event, acks from all; as many under way as with the linger batcher. */
export const produceEach = (input: ProduceInput): Promise<ClientOutput> =>
  withKafkajs(input, (producer) =>
    timed(input, (records) =>
      inParallel(records, WINDOW, ({ topic, ...message }) => producer.send({ topic, acks: -1, messages: [message] })),
    ),
  );

/** kafkajs' own `send` with as many messages as a stage hands over, four under way. */
export const produceBareInCalls = (input: ProduceInput): Promise<ClientOutput> =>
  withKafkajs(input, (producer) =>
    timed(input, (records) =>
      inParallel(callsOf(records), 4, (messages) => producer.send({ topic: input.topic, acks: -1, messages })),
    ),
  );
