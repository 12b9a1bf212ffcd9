import type { FailedDefinition } from '@kairos/decisions';

/** States as bytes for cuts: a pure core brings no text encoder of its own. */
export interface StateCodec {
  encode(state: unknown): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

/** What identify must know of the cluster: where a key belongs. */
export interface Partitioning {
  /** Partitions of the topics of the walk. */
  readonly partitions: number;
  /** The partition of a key, as Java's default partitioner chooses it. */
  partitionOf(key: string, count: number): number;
}

/** Told of what leaves no record behind, so that it can be counted. MUST NOT change any result. */
export interface Counts {
  /** An event came again under its message id (DUPLICATE_EVENT). */
  duplicateEvent(): void;
  /** A record of a foreign partitioner was sent back under its right key. */
  rehomed(): void;
  /** An identifier was given by a user and is another user's already. It stays where it is; both go on. */
  sharedIdentifier(kind: IdentifierKind): void;
}

/** What names a person beside the ids. */
export type IdentifierKind = 'email' | 'phone' | 'card';

/** Told of what enrich can't take as it is, so that it can be counted. MUST NOT change any result. */
export interface EnrichCounts {
  /** A segment could not be evaluated and counted as not true; once per event that asked it. */
  failed(definition: FailedDefinition): void;
  /** Once per fault of an event against the tracking plan. `source` and `event` are names of the playbook, or `other`, so that there is an end of them. */
  nonconforming(fault: {
    readonly source: string;
    readonly event: string;
    readonly code: string;
    readonly outcome: 'flagged' | 'refused';
  }): void;
}
