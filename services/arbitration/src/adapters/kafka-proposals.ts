import { headers, KairosError } from '@kairos/contracts';
import type {
  AssignedPartition,
  ConsumerHandlers,
  IncomingRecord,
  KafkaPort,
  RecordConsumer,
  Serde,
} from '@kairos/stream-kit';
import type { Proposal, ProposalLog } from '../ports.ts';

export const INPUT = 'messages.proposed';
export const GROUP = 'arbitration';

/** What a partition of proposals is given to. */
export interface PartitionWorker {
  handle(records: readonly IncomingRecord[]): Promise<void>;
  /** Taken away. */
  end(): void;
  /** The process stops: finish what is under way. */
  drain(): void;
}

/** The topic outside the consumer: the gap that a store behind the log must catch up on, and what is acknowledged. */
export const kafkaProposalLog = (kafka: KafkaPort, partition: number): ProposalLog => ({
  committed: async () => (await kafka.groupOffsets(GROUP, INPUT)).get(partition) ?? 0,
  read: async ({ from, to }, onRecords) => {
    const end = new AbortController();
    const reader = await kafka.read({
      topic: INPUT,
      partitions: [partition],
      from: new Map([[partition, from]]),
      onRecords: async (records) => {
        const wanted = records.filter(({ offset }) => offset < to);
        if (wanted.length > 0) await onRecords(wanted);
        if (wanted.length < records.length) end.abort();
      },
    });
    // What lies beyond `to` comes through the consumer.
    const enough = new Promise<void>((resolve) => end.signal.addEventListener('abort', () => resolve()));
    await Promise.race([reader.done, enough]);
    await reader.close();
  },
});

/** Decodes a record of the topic; throws RECORD_UNDECODABLE for one that nobody can read. */
export const proposalDecoder =
  (serde: Serde) =>
  async (record: IncomingRecord): Promise<Proposal> => {
    if (record.value === null) throw new KairosError('RECORD_UNDECODABLE', 'the record has no value');
    const traceparent = record.headers[headers.traceparent]?.toString();
    return {
      offset: record.offset,
      logTimeMs: record.logTimeMs,
      value: await serde.decode(INPUT, record.value),
      raw: record,
      ...(traceparent === undefined ? {} : { traceparent }),
    };
  };

/** Consumes proposals: one worker per partition that this process has. */
export class ProposalConsumer {
  readonly #workers = new Map<number, PartitionWorker>();
  readonly #newWorker: (partition: number) => PartitionWorker;
  readonly #failed: (error: Error) => void;
  #consumer: RecordConsumer | undefined;
  /** Records behind the end of each partition, as of its last batch. */
  readonly lag = new Map<number, number>();

  constructor(newWorker: (partition: number) => PartitionWorker, failed: (error: Error) => void) {
    this.#newWorker = newWorker;
    this.#failed = failed;
  }

  async start(kafka: KafkaPort): Promise<void> {
    const handlers: ConsumerHandlers = {
      assigned: (partitions) => Promise.resolve(this.#assigned(partitions)),
      revoked: (partitions) => Promise.resolve(this.#revoked(partitions)),
      batch: (records, { highWatermark }) => this.#batch(records, highWatermark),
      failed: (error) => this.#failed(error),
    };
    this.#consumer = await kafka.consumer({ groupId: GROUP, topics: [INPUT], handlers, fromBeginning: true });
  }

  /** Finishes what is under way, commits, leaves the group. */
  async stop(): Promise<void> {
    const closed = this.#consumer?.close();
    for (const worker of this.#workers.values()) worker.drain();
    await closed;
  }

  #assigned(partitions: readonly AssignedPartition[]): ReadonlyMap<string, 'committed'> {
    for (const { partition } of partitions) this.#workers.set(partition, this.#newWorker(partition));
    return new Map(partitions.map(({ topic, partition }) => [`${topic}/${partition}`, 'committed']));
  }

  #revoked(partitions: readonly AssignedPartition[]): void {
    for (const { partition } of partitions) {
      this.#workers.get(partition)?.end();
      this.#workers.delete(partition);
      this.lag.delete(partition);
    }
  }

  async #batch(records: readonly IncomingRecord[], highWatermark: number): Promise<void> {
    const last = records[records.length - 1];
    if (last === undefined) return;
    await this.#workers.get(last.partition)?.handle(records);
    this.lag.set(last.partition, Math.max(0, highWatermark - last.offset - 1));
  }
}
