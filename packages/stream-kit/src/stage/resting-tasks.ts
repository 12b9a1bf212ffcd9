import type { LocalCopy } from './local-copy.ts';

/** What is asked of a task before it may go on from memory. */
export interface Rest {
  /** State stands between two batches. */
  isAtBoundary(): boolean;
  /**
   * How far the changelog is known to the task, its own cuts included; what somebody else writes there ends it. Waits for
   * outputs and for a cut under way.
   */
  knownChangelogEnd(): Promise<number>;
  /** It is no longer taken away. */
  wake(): void;
}

interface Resting {
  readonly rest: Rest;
}

/** A task that was taken away, with the copy that it kept. */
export interface Rested<T> {
  readonly task: T;
  readonly copy: LocalCopy | undefined;
}

interface Bed<T> extends Rested<T> {
  readonly timer: NodeJS.Timeout;
}

/**
 * Tasks whose partition was taken away, kept in memory for a while: an instance that joins and leaves again sends it back
 * soon. A task that has stood still is as good as one restored, if it stands between two batches and nobody has written
 * its changelog meanwhile: then no one is further, and its next cut goes on from its last.
 */
export class RestingTasks<T extends Resting> {
  readonly #forMs: number;
  readonly #beds = new Map<number, Bed<T>>();

  constructor(forMs: number) {
    this.#forMs = forMs;
  }

  put(partition: number, rested: Rested<T>): void {
    void this.#drop(partition);
    const timer = setTimeout(() => void this.#drop(partition), this.#forMs);
    timer.unref();
    this.#beds.set(partition, { ...rested, timer });
  }

  /** Takes out the tasks of these partitions that may go on, and wakes them. `ends` = where their changelogs end now. */
  async wake(
    partitions: readonly number[],
    ends: () => Promise<ReadonlyMap<number, number>>,
  ): Promise<ReadonlyMap<number, Rested<T>>> {
    const woken = new Map<number, Rested<T>>();
    const known = new Map<number, number>();
    for (const partition of partitions) {
      const rest = this.#beds.get(partition)?.task.rest;
      const end = await rest?.knownChangelogEnd().catch(() => undefined);
      if (end !== undefined && rest?.isAtBoundary() === true) known.set(partition, end);
    }
    // Asked only now: cuts of their own may have been under way.
    const now = known.size === 0 ? new Map<number, number>() : await ends();
    for (const partition of partitions) {
      const bed = this.#beds.get(partition);
      if (bed === undefined) continue;
      if (!known.has(partition) || known.get(partition) !== now.get(partition)) {
        await this.#drop(partition);
        continue;
      }
      clearTimeout(bed.timer);
      this.#beds.delete(partition);
      bed.task.rest.wake();
      woken.set(partition, bed);
    }
    return woken;
  }

  /** Nobody will be woken any more. */
  async close(): Promise<void> {
    await Promise.all([...this.#beds.keys()].map((partition) => this.#drop(partition)));
  }

  async #drop(partition: number): Promise<void> {
    const bed = this.#beds.get(partition);
    if (bed === undefined) return;
    clearTimeout(bed.timer);
    this.#beds.delete(partition);
    await bed.copy?.close();
  }
}
