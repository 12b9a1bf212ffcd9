import kafkajs, { type Kafka, type Producer, type ProducerBatch, type RecordMetadata } from 'kafkajs';
import type { Logger } from '../logger.ts';
import { partitionOf } from '../partition-of.ts';
import type { Landed, OutgoingRecord, ProducerOptions, RecordProducer } from '../ports.ts';
import { type BatchLanded, LingerBatcher, type PartitionBatch, type PlacedRecord } from './linger-batcher.ts';

interface Surroundings {
  readonly kafka: Kafka;
  readonly logger: Logger;
  partitionCount(topic: string): Promise<number>;
}

const KIB = 1024;

const toKafkajs = (batches: readonly PartitionBatch[]): ProducerBatch => {
  const byTopic = new Map<string, NonNullable<ProducerBatch['topicMessages']>[number]['messages']>();
  for (const { topic, partition, records } of batches) {
    const messages = byTopic.get(topic) ?? [];
    byTopic.set(topic, messages);
    for (const { key, value, headers } of records) {
      messages.push({ key, value, partition, ...(headers === undefined ? {} : { headers: { ...headers } }) });
    }
  }
  return { acks: -1, topicMessages: [...byTopic].map(([topic, messages]) => ({ topic, messages })) };
};

const toLanded = (answer: RecordMetadata): BatchLanded => ({
  topic: answer.topicName,
  partition: answer.partition,
  baseOffset: Number(answer.baseOffset ?? answer.offset ?? -1),
  logTimeMs: Number(answer.logAppendTime ?? -1),
});

const within = async <T>(work: Promise<T>, ms: number, what: string): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};

/**
 * kafkajs' producer behind a linger batcher: one request under way, idempotent, acks from all. kafkajs itself has no
 * linger, and two requests at once would share sequence numbers or break their order.
 */
class KafkajsProducer implements RecordProducer {
  readonly #around: Surroundings;
  readonly #options: ProducerOptions;
  readonly #batcher: LingerBatcher;
  readonly #counts = new Map<string, number>();
  /** Set while sends wait for a partition count: later ones queue behind them, else order would be lost. */
  #placing: Promise<unknown> | undefined;
  #client: Producer | undefined;
  #closed = false;

  constructor(around: Surroundings, options: ProducerOptions) {
    this.#around = around;
    this.#options = options;
    this.#batcher = new LingerBatcher({
      lingerMs: options.lingerMs ?? 5,
      flushBytes: 64 * KIB,
      maxRecordsPerPartition: options.maxBatchRecords ?? 1_000,
      maxBytesPerPartition: options.maxBatchBytes ?? 900_000,
      maxRequestBytes: 8 * KIB * KIB,
      afterFailure: options.afterFailure === 'reopen' ? 'continue' : 'break',
      dispatch: (batches) => this.#dispatch(batches),
    });
  }

  get pendingBytes(): number {
    return this.#batcher.pendingBytes;
  }

  async open(): Promise<void> {
    const client = this.#around.kafka.producer({
      idempotent: this.#options.idempotent ?? true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      retry: { initialRetryTime: 100, maxRetryTime: 3_000, retries: this.#options.retries ?? 22 },
    });
    await client.connect();
    this.#client = client;
  }

  send(records: readonly OutgoingRecord[]): Promise<readonly Landed[]> {
    if (this.#closed) return Promise.reject(new Error('the producer is closed'));
    if (this.#placing === undefined) {
      const placed = this.#place(records);
      if (placed !== undefined) return this.#batcher.send(placed);
    }
    return this.#sendLater(records);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#placing?.catch(() => undefined);
    await this.#batcher.drain();
    await this.#client?.disconnect();
  }

  /** Undefined when a topic's partition count is not known yet. */
  #place(records: readonly OutgoingRecord[]): PlacedRecord[] | undefined {
    const placed: PlacedRecord[] = [];
    for (const record of records) {
      if (record.partition !== undefined) {
        placed.push(record as PlacedRecord);
        continue;
      }
      const count = this.#counts.get(record.topic);
      if (count === undefined) return undefined;
      const partition = record.key === null ? Math.floor(Math.random() * count) : partitionOf(record.key, count);
      placed.push({ ...record, partition });
    }
    return placed;
  }

  async #sendLater(records: readonly OutgoingRecord[]): Promise<readonly Landed[]> {
    const before = this.#placing?.catch(() => undefined);
    // The batch's own promise is carried in an object: `placing` ends when it was queued, not when it was acknowledged.
    const placing = (async () => {
      await before;
      for (const { topic, partition } of records) {
        if (partition === undefined && !this.#counts.has(topic)) {
          this.#counts.set(topic, await this.#around.partitionCount(topic));
        }
      }
      const sent = this.#batcher.send(this.#place(records) ?? []);
      sent.catch(() => undefined);
      return { sent };
    })();
    this.#placing = placing;
    try {
      const { sent } = await placing;
      if (this.#placing === placing) this.#placing = undefined;
      return await sent;
    } finally {
      if (this.#placing === placing) this.#placing = undefined;
    }
  }

  async #dispatch(batches: readonly PartitionBatch[]): Promise<readonly BatchLanded[]> {
    try {
      if (this.#client === undefined) await this.open();
      const client = this.#client;
      if (client === undefined) throw new Error('the producer could not be opened');
      const answers = await within(
        client.sendBatch(toKafkajs(batches)),
        this.#options.sendTimeoutMs ?? 60_000,
        'a request to the broker',
      );
      return answers.map(toLanded);
    } catch (error) {
      this.#giveUp();
      throw error;
    }
  }

  /** Nobody knows what became of the request: this producer id writes nothing more. */
  #giveUp(): void {
    const client = this.#client;
    this.#client = undefined;
    client?.disconnect().catch((error: unknown) => {
      this.#around.logger.debug({ error: String(error) }, 'a given-up producer could not be disconnected');
    });
  }
}

/** Opens a producer. */
export const openProducer = async (around: Surroundings, options: ProducerOptions): Promise<RecordProducer> => {
  const producer = new KafkajsProducer(around, options);
  await producer.open();
  return producer;
};
