/** A record of a changelog as it is kept beside it; without a value it deletes its key. */
export interface CopiedRecord {
  /** Where it lies in the changelog. */
  readonly offset: number;
  readonly key: string;
  readonly value: Buffer | null;
}

export interface KeptCopy {
  /** In the order of the log; empty when there is nothing, or nothing that can be trusted. */
  readonly records: readonly CopiedRecord[];
  /** Up to here nothing of the changelog is missing that still counts. */
  readonly toOffset: number;
}

/**
 * A copy of one changelog partition on this machine, for a warm start. It holds only what the changelog holds, so it is
 * never further than the truth and never differs from it: a start reads it, and then the changelog from where it ends.
 * Nothing depends on it: a damaged or lost one costs time. It never throws.
 */
export interface LocalCopy {
  read(): Promise<KeptCopy>;
  /** Keeps more. Without `toOffset` it reaches as far as the records follow one another. */
  append(records: readonly CopiedRecord[], toOffset?: number): Promise<void>;
  /** Keeps these and nothing else, all or none of them. */
  replace(records: readonly CopiedRecord[], toOffset?: number): Promise<void>;
  /** Keeps nothing more; what is there stays. */
  close(): Promise<void>;
}

/** Where local copies are kept. */
export interface LocalCopies {
  of(task: string, partition: number): LocalCopy;
}

export const NOTHING_KEPT: KeptCopy = { records: [], toOffset: 0 };

/** How far a copy reaches with more records: another writer's, which it never saw, end it. */
export const reachOf = (toOffset: number, records: readonly CopiedRecord[]): number => {
  let reached = toOffset;
  for (const { offset } of records) if (offset === reached) reached += 1;
  return reached;
};

/** Copies in memory: the disk of a machine whose processes come and go, in tests. */
export const memoryCopies = (): LocalCopies => {
  const kept = new Map<string, KeptCopy>();
  return {
    of: (task, partition) => {
      const name = `${task}/${partition}`;
      const now = (): KeptCopy => kept.get(name) ?? NOTHING_KEPT;
      return {
        read: async () => now(),
        append: async (more, toOffset) => {
          const { records, toOffset: before } = now();
          kept.set(name, { records: [...records, ...more], toOffset: toOffset ?? reachOf(before, more) });
        },
        replace: async (records, toOffset) => {
          kept.set(name, { records, toOffset: toOffset ?? reachOf(now().toOffset, records) });
        },
        close: async () => undefined,
      };
    },
  };
};
