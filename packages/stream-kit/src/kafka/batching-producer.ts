import { KairosError } from '@kairos/contracts';
import type { Logger } from '../logger.ts';
import { partitionOf } from '../partition-of.ts';
import type { Landed, OutgoingRecord, ProducerOptions, RecordProducer } from '../ports.ts';
import { type BatchLanded, LingerBatcher, type PartitionBatch, type PlacedRecord } from './linger-batcher.ts';

/** What a Kafka client must do for us: one request at a time, idempotently, with acks from all. */
export interface RequestClient {
  /** Called again only when the last request was settled. After a rejection the client is closed and not used again. */
  send(batches: readonly PartitionBatch[]): Promise<readonly BatchLanded[]>;
  close(): Promise<void>;
}

export interface ProducerSurroundings {
  readonly logger: Logger;
  /** Records of one partition in one request, unless the options say otherwise. */
  readonly maxBatchRecords: number;
  partitionCount(topic: string): Promise<number>;
  openClient(options: ProducerOptions): Promise<RequestClient>;
}

const KIB = 1024;

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
 * A producer of the port over a client that can send requests: finds each record's partition, gathers records for a
 * short while, keeps exactly one request under way (two would share sequence numbers or break their order), and stops or
 * starts anew when nobody knows what became of one.
 */
class BatchingProducer implements RecordProducer {
  readonly #around: ProducerSurroundings;
  readonly #options: ProducerOptions;
  readonly #batcher: LingerBatcher;
  readonly #counts = new Map<string, number>();
  /** Set while sends wait for a partition count: later ones queue behind them, else order would be lost. */
  #placing: Promise<unknown> | undefined;
  #client: RequestClient | undefined;
  #closed = false;

  constructor(around: ProducerSurroundings, options: ProducerOptions) {
    this.#around = around;
    this.#options = options;
    this.#batcher = new LingerBatcher({
      lingerMs: options.lingerMs ?? 5,
      flushBytes: 64 * KIB,
      maxRecordsPerPartition: options.maxBatchRecords ?? around.maxBatchRecords,
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
    this.#client = await this.#around.openClient(this.#options);
  }

  send(records: readonly OutgoingRecord[]): Promise<readonly Landed[]> {
    if (this.#closed) return Promise.reject(new Error('the producer is closed'));
    if (this.#placing === undefined) {
      try {
        const placed = this.#place(records);
        if (placed !== undefined) return this.#batcher.send(placed);
      } catch (error) {
        return Promise.reject(error);
      }
    }
    return this.#sendLater(records);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#placing?.catch(() => undefined);
    await this.#batcher.drain();
    await this.#client?.close();
  }

  /** Undefined when a topic's partition count is not known yet. Throws what is refused before anything was sent. */
  #place(records: readonly OutgoingRecord[]): PlacedRecord[] | undefined {
    const placed: PlacedRecord[] = [];
    for (const record of records) {
      const { topic, key } = record;
      const count = this.#counts.get(topic);
      if (count === undefined) return undefined;
      if (record.partition === undefined) {
        const partition = key === null ? Math.floor(Math.random() * count) : partitionOf(key, count);
        const { value, headers } = record;
        // Field by field: this runs for every record, and copies of objects cost.
        placed.push(
          headers === undefined ? { topic, partition, key, value } : { topic, partition, key, value, headers },
        );
      } else if (record.partition >= count) {
        throw new KairosError('RECORD_INVALID', `${topic} has no partition ${record.partition}`);
      } else {
        placed.push(record as PlacedRecord);
      }
    }
    return placed;
  }

  async #sendLater(records: readonly OutgoingRecord[]): Promise<readonly Landed[]> {
    const before = this.#placing?.catch(() => undefined);
    // The batch's own promise is carried in an object: `placing` ends when it was queued, not when it was acknowledged.
    const placing = (async () => {
      await before;
      for (const { topic } of records) {
        if (!this.#counts.has(topic)) this.#counts.set(topic, await this.#count(topic));
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

  async #count(topic: string): Promise<number> {
    const count = await this.#around.partitionCount(topic);
    if (count === 0) throw new KairosError('RECORD_INVALID', `there is no topic ${topic}`);
    return count;
  }

  async #dispatch(batches: readonly PartitionBatch[]): Promise<readonly BatchLanded[]> {
    try {
      if (this.#client === undefined) await this.open();
      const client = this.#client;
      if (client === undefined) throw new Error('the producer could not be opened');
      return await within(client.send(batches), this.#options.sendTimeoutMs ?? 60_000, 'a request to the broker');
    } catch (error) {
      this.#giveUp();
      throw error;
    }
  }

  /** Nobody knows what became of the request: this producer id writes nothing more. */
  #giveUp(): void {
    const client = this.#client;
    this.#client = undefined;
    client?.close().catch((error: unknown) => {
      this.#around.logger.debug({ error: String(error) }, 'a given-up producer could not be disconnected');
    });
  }
}

/** Opens a producer of the port. */
export const openBatchingProducer = async (
  around: ProducerSurroundings,
  options: ProducerOptions,
): Promise<RecordProducer> => {
  const producer = new BatchingProducer(around, options);
  await producer.open();
  return producer;
};
