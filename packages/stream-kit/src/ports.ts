import type { Fields, TopicName, TopicValues } from '@kairos/contracts';

/** A record as it goes to the broker. */
export interface OutgoingRecord {
  readonly topic: string;
  readonly partition?: number;
  readonly key: Buffer | string | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, string | Buffer>>;
}

/** Where a record landed. */
export interface Landed {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** LogAppendTime, UTC ms; -1 when the topic uses CreateTime. */
  readonly logTimeMs: number;
}

/** A record as it comes from the broker, undecoded. */
export interface IncomingRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly logTimeMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
}

/**
 * Producer half of the port. Records of one partition land in the order of `send` calls. A resolved promise means
 * acks=all. A rejected one means that nobody knows: the caller ends itself (crash-only), or answers 503. What can't be
 * sent at all (no such topic or partition, too large) is refused before anything was sent, and the producer goes on.
 */
export interface RecordProducer {
  /** Joins the linger batch (capped by time, count and bytes); resolves when all of these records are acknowledged. */
  send(records: readonly OutgoingRecord[]): Promise<readonly Landed[]>;
  /** Bytes that wait for acknowledgement, for back-pressure. */
  readonly pendingBytes: number;
  close(): Promise<void>;
}

export interface AssignedPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface ProducerOptions {
  /** How long the first record of a batch waits for company; 0 = for what the same turn of the event loop brings. Default 5. Records that come while a request is under way wait for it anyway. */
  readonly lingerMs?: number;
  /** Records of one partition in one request. Default: only bytes count (kafkajs' own producer: 1,000). */
  readonly maxBatchRecords?: number;
  /** Bytes of one partition in one request. Default 900,000; a broker takes 1 MB. */
  readonly maxBatchBytes?: number;
  /** Default true. */
  readonly idempotent?: boolean;
  /** An answer later than this counts as a failure. Default 60,000; the collector wants less. */
  readonly sendTimeoutMs?: number;
  /** How often the client repeats a request (idempotently) before it gives up. Default 22, about a minute. */
  readonly retries?: number;
  /**
   * `break` (default): after an indefinite failure every send is refused and the process ends itself (log-pure tasks).
   * `reopen`: what was under way is refused and a fresh producer takes over (the collector, whose clients send again).
   */
  readonly afterFailure?: 'break' | 'reopen';
}

/** Partition → its first offset, and the one that comes next. */
export type PartitionEnds = ReadonlyMap<number, { readonly start: number; readonly end: number }>;

export interface ReadOptions {
  readonly topic: string;
  readonly partitions: readonly number[];
  /** A function is asked once, with where the partitions start and end at the call; the way to the broker need not wait for what it waits for. */
  readonly from?:
    | ReadonlyMap<number, number>
    | 'earliest'
    | ((ends: PartitionEnds) => Promise<ReadonlyMap<number, number>>);
  readonly follow?: boolean;
  /** Records of one partition, in order; the next come when it has resolved. One answer of the broker is fetched ahead. */
  onRecords(records: readonly IncomingRecord[]): void | Promise<void>;
  /** Called once when the ends that stood at the call were reached. */
  onCaughtUp?(): void;
}

export interface RecordReader {
  close(): Promise<void>;
  /** Resolves when the ends were reached (or, with `follow`, when closed); rejects when reading failed for good. */
  readonly done: Promise<void>;
}

export interface ConsumerOptions {
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly handlers: ConsumerHandlers;
  /** Partitions whose batches are dealt with at the same time. Default 4. */
  readonly concurrency?: number;
  /** Where a partition without a committed offset starts: true (default) = at its start, false = at its end. */
  readonly fromBeginning?: boolean;
}

/** Applied, and on its way: what a batch led to is acknowledged later. */
export interface Later {
  readonly acknowledged: Promise<void>;
}

export interface ConsumerHandlers {
  /**
   * Partitions were given to this member; answers the offset to start from, per partition (`committed` = where the group
   * stands, `earliest` = the start). Nothing of a partition is delivered before its answer. Called at the first join in
   * any case, with none when nothing was left for this member: then it knows.
   */
  assigned(partitions: readonly AssignedPartition[]): Promise<ReadonlyMap<string, number | 'committed' | 'earliest'>>;
  /**
   * Partitions stayed with this member through a rebalance and go on meanwhile. Answers those that it does not trust any
   * more: they are taken away (`revoked`) and given anew (`assigned`).
   */
  kept?(partitions: readonly AssignedPartition[]): Promise<readonly AssignedPartition[]>;
  /** Partitions were taken away: nothing more may be committed for them. */
  revoked(partitions: readonly AssignedPartition[]): Promise<void>;
  /**
   * Records of one partition in order, `offset` rising (holes are possible). Resolves when the next may come; the group
   * offset then stands after the last, or, with `Later`, as soon as that settles. Rejecting ends the consumer.
   */
  batch(
    records: readonly IncomingRecord[],
    about: { readonly highWatermark: number; heartbeat(): Promise<void> },
  ): Promise<Later | undefined> | Promise<void>;
  /**
   * Offsets below `nextOffset` were passed that hold no record for us: a foreign transaction's markers. Called in order
   * with `batch`. Who compares its position with the end of the log needs it.
   */
  passed?(partition: AssignedPartition, nextOffset: number): void;
  /** The consumer can't go on (lost for good, or a handler failed). The process ends itself and is started again. */
  failed(error: Error): void;
}

/** Consumer half of the port. */
export interface RecordConsumer {
  pause(partitions: readonly AssignedPartition[]): void;
  resume(partitions: readonly AssignedPartition[]): void;
  seek(partition: AssignedPartition, offset: number): void;
  /** Finishes batches under way, commits, leaves the group. */
  close(): Promise<void>;
}

/** A process in a group. */
export interface GroupMember {
  readonly memberId: string;
  readonly partitions: readonly AssignedPartition[];
}

/** Everything that Kairos asks of a Kafka cluster. */
export interface KafkaPort {
  producer(options?: ProducerOptions): Promise<RecordProducer>;
  consumer(options: ConsumerOptions): Promise<RecordConsumer>;
  /**
   * Reads given partitions without a group, from an offset (or the start) to where their ends stood when called, or on
   * and on when `follow` is set. Used for restore, the playbook, dead letters and offline folds.
   */
  read(options: ReadOptions): Promise<RecordReader>;
  /** Start and end offsets per partition (ListOffsets). */
  offsets(topic: string): Promise<PartitionEnds>;
  /** Committed offsets of a group per partition. */
  groupOffsets(groupId: string, topic: string): Promise<ReadonlyMap<number, number>>;
  /** Who shares the partitions of a group at the moment; nobody when it has no members. For people who look on. */
  groupMembers(groupId: string): Promise<readonly GroupMember[]>;
  /** Creates what is missing, with partitions, retention and LogAppendTime of the topic table. Never alters. */
  createTopics(topics: readonly TopicToCreate[]): Promise<void>;
  partitionCount(topic: string): Promise<number>;
  /** The broker answers (for /readyz). */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface TopicToCreate {
  readonly name: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
}

/** Encodes and decodes values of the topic table. Synchronous once its schemas are known: the registry is asked once per schema. */
export interface Serde {
  encode<T extends TopicName>(topic: T, value: TopicValues[T]): Buffer;
  /**
   * Throws KairosError RECORD_UNDECODABLE (never retried) or SCHEMA_UNAVAILABLE (retried). Async only for a schema id not
   * met before. With `fields` the others are skipped and undefined.
   */
  decode<T extends TopicName>(topic: T, bytes: Buffer, fields?: Fields): TopicValues[T] | Promise<TopicValues[T]>;
}
