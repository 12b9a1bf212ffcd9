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
}
