import type { TopicName, TopicValues } from '@kairos/contracts';

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
 * acks=all. A rejected one means that nobody knows: the caller ends itself (crash-only), or answers 503.
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

export interface ConsumerHandlers {
  /**
   * Partitions were given to this member; answers the offset to start from, per partition (`committed` = where the group
   * stands, `earliest` = the start). Nothing of a partition is delivered before its answer.
   */
  assigned(partitions: readonly AssignedPartition[]): Promise<ReadonlyMap<string, number | 'committed' | 'earliest'>>;
  /** Partitions were taken away: nothing more may be committed for them. */
  revoked(partitions: readonly AssignedPartition[]): Promise<void>;
  /** Records of one partition in order, `offset` rising (holes are possible). Resolves when they were dealt with; the group offset then stands after the last. Rejecting ends the consumer. */
  batch(
    records: readonly IncomingRecord[],
    about: { readonly highWatermark: number; heartbeat(): Promise<void> },
  ): Promise<void>;
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

/** Everything that Kairos asks of a Kafka cluster. */
export interface KafkaPort {
  producer(options?: {
    readonly lingerMs?: number;
    readonly maxBatchRecords?: number;
    readonly maxBatchBytes?: number;
    readonly idempotent?: boolean;
  }): Promise<RecordProducer>;
  consumer(options: {
    readonly groupId: string;
    readonly topics: readonly string[];
    readonly handlers: ConsumerHandlers;
    readonly concurrency?: number;
    readonly fromBeginning?: boolean;
  }): Promise<RecordConsumer>;
  /**
   * Reads given partitions without a group, from an offset (or the start) to where their ends stood when called, or on
   * and on when `follow` is set. Used for restore, the playbook, dead letters and offline folds.
   */
  read(options: {
    readonly topic: string;
    readonly partitions: readonly number[];
    readonly from?: ReadonlyMap<number, number> | 'earliest';
    readonly follow?: boolean;
    onRecords(records: readonly IncomingRecord[]): void | Promise<void>;
    /** Called once when the ends that stood at the call were reached. */
    onCaughtUp?(): void;
  }): Promise<{ close(): Promise<void>; readonly done: Promise<void> }>;
  /** Start and end offsets per partition (ListOffsets). */
  offsets(topic: string): Promise<ReadonlyMap<number, { readonly start: number; readonly end: number }>>;
  /** Committed offsets of a group per partition. */
  groupOffsets(groupId: string, topic: string): Promise<ReadonlyMap<number, number>>;
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
  /** Throws KairosError RECORD_UNDECODABLE (never retried) or SCHEMA_UNAVAILABLE (retried). Async only for a schema id not met before. */
  decode<T extends TopicName>(topic: T, bytes: Buffer): TopicValues[T] | Promise<TopicValues[T]>;
}
