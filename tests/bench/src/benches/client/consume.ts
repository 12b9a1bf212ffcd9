import { connectKafka } from '@kairos/stream-kit';
import kafkajs from 'kafkajs';
import { measure, type Took } from '../../kit/measure.ts';

export interface ConsumeInput {
  readonly brokers: string;
  readonly topic: string;
  readonly groupId: string;
  /** Records in the topic. */
  readonly records: number;
}

export interface ClientOutput {
  readonly perS: number;
  /** CPU µs per record, all threads of the client. */
  readonly cpuUs: number;
}

/** The first part of the log warms the compiler; what comes after it is measured. */
const WARM_UP_SHARE = 0.25;

/** Counts records of which it is told, and measures from the end of the warm-up to the last. */
class Counter {
  readonly #records: number;
  readonly #warm: number;
  #seen = 0;
  #bytes = 0;
  #startMeasuring: () => void = () => undefined;
  #end: () => void = () => undefined;
  readonly took: Promise<Took<number>>;

  constructor(records: number) {
    this.#records = records;
    this.#warm = Math.floor(records * WARM_UP_SHARE);
    const warm = new Promise<void>((resolve) => {
      this.#startMeasuring = resolve;
    });
    this.took = warm.then(() => {
      const from = this.#seen;
      const ended = new Promise<void>((resolve) => {
        this.#end = resolve;
      });
      return measure(async () => {
        await ended;
        return this.#seen - from;
      });
    });
  }

  /** The value is looked at, so that a client which reads lazily has to read. */
  add(value: Buffer | null): void {
    this.#bytes += value?.length ?? 0;
    this.#seen += 1;
    if (this.#seen === this.#warm) this.#startMeasuring();
    if (this.#seen === this.#records) this.#end();
  }

  async output(): Promise<ClientOutput> {
    const { result: records, wallS, cpuS } = await this.took;
    if (this.#bytes === 0) throw new Error('the records were empty');
    return { perS: records / wallS, cpuUs: (cpuS * 1e6) / records };
  }
}

/** The consumer that every stage runs on: assignment, queues, heartbeats beside the handler, commits. */
export const consumeWithPort = async ({ brokers, topic, groupId, records }: ConsumeInput): Promise<ClientOutput> => {
  const kafka = await connectKafka({ brokers, clientId: 'bench-port' });
  const counter = new Counter(records);
  let failed: (error: Error) => void = () => undefined;
  const failure = new Promise<never>((_resolve, reject) => {
    failed = reject;
  });
  const consumer = await kafka.consumer({
    groupId,
    topics: [topic],
    handlers: {
      assigned: async (partitions) => new Map(partitions.map((one) => [`${one.topic}/${one.partition}`, 'earliest'])),
      revoked: async () => undefined,
      batch: async (batch) => {
        for (const { value } of batch) counter.add(value);
      },
      failed,
    },
  });
  const output = await Promise.race([counter.output(), failure]);
  await consumer.close();
  await kafka.close();
  return output;
};

/** kafkajs' own fetch loop and nothing else: it commits nothing, where ours does four times a second. */
export const consumeBare = async ({ brokers, topic, groupId, records }: ConsumeInput): Promise<ClientOutput> => {
  const kafka = new kafkajs.Kafka({
    clientId: 'bench-bare',
    brokers: brokers.split(','),
    logLevel: kafkajs.logLevel.ERROR,
  });
  const consumer = kafka.consumer({ groupId });
  const counter = new Counter(records);
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      for (const { value } of batch.messages) counter.add(value);
    },
  });
  const output = await counter.output();
  await consumer.disconnect();
  return output;
};
