import { setTimeout as delay } from 'node:timers/promises';
import { headers as headerNames, KairosError, type TopicName, type TopicValues } from '@kairos/contracts';
import { type DeadLetterReason, reasonOf, toDeadLetter } from '../dead-letters/dead-letter.ts';
import { type Logger, silentLogger } from '../logger.ts';
import type { AssignedPartition, IncomingRecord, KafkaPort, RecordProducer, Serde } from '../ports.ts';

/** A record with its value decoded. */
export interface DecodedRecord<T extends TopicName> {
  readonly topic: T;
  readonly partition: number;
  readonly offset: number;
  readonly logTimeMs: number;
  readonly key: string;
  readonly value: TopicValues[T];
  readonly traceparent?: string;
}

export interface ConsumerStart<T extends TopicName> {
  readonly kafka: KafkaPort;
  readonly serde: Serde;
  readonly groupId: string;
  readonly topics: readonly T[];
  /** Where dead letters go. */
  readonly producer: RecordProducer;
  /**
   * Deals with records of one partition in order. When it resolves their offset is committed. A KairosError that can't be
   * retried (RECORD_INVALID) sends the record at fault to the dead letters after three tries, one by one; any other
   * rejection is an outage: the partition waits and the same records come again, for as long as it takes. MUST be
   * idempotent.
   */
  handle(records: readonly DecodedRecord<T>[]): Promise<void>;
  /** Where partitions start, by `topic/partition`, for who keeps offsets in a store of its own. Default: the group's. */
  startOffsets?(partitions: readonly AssignedPartition[]): Promise<ReadonlyMap<string, number>>;
  readonly concurrency?: number;
  readonly logger?: Logger;
  onDeadLetter?(record: IncomingRecord, why: DeadLetterReason): void;
  /** An outage begins or ends (for /readyz). */
  onOutage?(problem: string | null): void;
  /** The consumer can't go on: the process ends itself. */
  fail(error: Error): void;
}

export interface RunningConsumer {
  close(): Promise<void>;
}

const TRIES = 3;
const BETWEEN_TRIES_MS = [100, 1_000];
const OUTAGE_WAIT_MS = [200, 500, 1_000, 2_000, 5_000];

const isPoison = (error: unknown): boolean => error instanceof KairosError && !error.canRetry;

class PatientConsumer<T extends TopicName> {
  readonly #start: ConsumerStart<T>;
  readonly #logger: Logger;
  readonly #closing = new AbortController();

  constructor(start: ConsumerStart<T>) {
    this.#start = start;
    this.#logger = start.logger ?? silentLogger;
  }

  async open(): Promise<RunningConsumer> {
    const { kafka, groupId, topics, concurrency, fail } = this.#start;
    const consumer = await kafka.consumer({
      groupId,
      topics,
      ...(concurrency === undefined ? {} : { concurrency }),
      handlers: {
        assigned: (partitions) => this.#assigned(partitions),
        revoked: async () => undefined,
        batch: (records, { heartbeat }) => this.#batch(records, heartbeat),
        failed: fail,
      },
    });
    return {
      close: async () => {
        this.#closing.abort();
        await consumer.close();
      },
    };
  }

  async #assigned(partitions: readonly AssignedPartition[]): Promise<Map<string, number | 'committed'>> {
    const stored = await this.#start.startOffsets?.(partitions);
    return new Map(
      partitions.map(({ topic, partition }) => {
        const name = `${topic}/${partition}`;
        return [name, stored?.get(name) ?? 'committed'] as const;
      }),
    );
  }

  async #batch(records: readonly IncomingRecord[], heartbeat: () => Promise<void>): Promise<void> {
    const decoded: { readonly raw: IncomingRecord; readonly record: DecodedRecord<T> }[] = [];
    for (const raw of records) {
      const record = await this.#decode(raw, heartbeat);
      if (record !== null) decoded.push({ raw, record });
    }
    if (decoded.length === 0) return;
    const poisoned = await this.#patiently(() => this.#start.handle(decoded.map(({ record }) => record)), heartbeat);
    if (poisoned === null) return;
    // Somebody in the batch can't be dealt with: one by one shows who.
    for (const one of decoded) await this.#single(one, heartbeat);
  }

  async #single(
    { raw, record }: { raw: IncomingRecord; record: DecodedRecord<T> },
    heartbeat: () => Promise<void>,
  ): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const poison = await this.#patiently(() => this.#start.handle([record]), heartbeat);
      if (poison === null) return;
      if (attempt === TRIES) return this.#bury(raw, reasonOf(poison, { attempts: attempt, atMs: Date.now() }));
      await delay(BETWEEN_TRIES_MS[attempt - 1] ?? 1_000);
    }
  }

  async #decode(raw: IncomingRecord, heartbeat: () => Promise<void>): Promise<DecodedRecord<T> | null> {
    const { value: bytes, topic } = raw;
    if (bytes === null) return null;
    let value: TopicValues[T] | undefined;
    const poison = await this.#patiently(async () => {
      value = await this.#start.serde.decode(topic as T, bytes);
    }, heartbeat);
    if (poison !== null || value === undefined) {
      await this.#bury(raw, reasonOf(poison, { attempts: 1, atMs: Date.now() }));
      return null;
    }
    const traceparent = raw.headers[headerNames.traceparent]?.toString('utf8');
    return {
      topic: topic as T,
      partition: raw.partition,
      offset: raw.offset,
      logTimeMs: raw.logTimeMs,
      key: raw.key?.toString('utf8') ?? '',
      value,
      ...(traceparent === undefined ? {} : { traceparent }),
    };
  }

  /** Tries until it succeeds (null) or shows that trying is no use (the error). Rejects only when the consumer closes. */
  async #patiently(work: () => Promise<void>, heartbeat: () => Promise<void>): Promise<unknown> {
    for (let attempt = 0; ; attempt++) {
      try {
        await work();
        if (attempt > 0) this.#start.onOutage?.(null);
        return null;
      } catch (error) {
        if (isPoison(error)) return error;
        const problem = error instanceof Error ? error.message : String(error);
        this.#logger.warn(
          { groupId: this.#start.groupId, attempt, problem },
          'cannot go on just now; the same records are tried again',
        );
        this.#start.onOutage?.(problem);
        await delay(OUTAGE_WAIT_MS[Math.min(attempt, OUTAGE_WAIT_MS.length - 1)], undefined, {
          signal: this.#closing.signal,
        });
        await heartbeat();
      }
    }
  }

  async #bury(raw: IncomingRecord, why: DeadLetterReason): Promise<void> {
    await this.#start.producer.send([toDeadLetter(raw, why)]);
    this.#logger.warn(
      { topic: raw.topic, partition: raw.partition, offset: raw.offset, code: why.code, reason: why.reason },
      'gave a record to the dead letters',
    );
    this.#start.onDeadLetter?.(raw, why);
  }
}

/** Consumes topics for a service that is no log-pure task: decoded, patient with outages, with dead letters for poison. */
export const startConsumer = <T extends TopicName>(start: ConsumerStart<T>): Promise<RunningConsumer> =>
  new PatientConsumer(start).open();
