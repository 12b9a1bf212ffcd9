import type { EachBatchPayload } from 'kafkajs';
import type { Logger } from '../logger.ts';
import type { PartitionQueue } from './partition-queue.ts';

/** kafkajs' commit of one moment: it carries the generation that was current when a batch came. */
export type CommitNow = EachBatchPayload['commitOffsetsIfNecessary'];

const COMMIT_EVERY_MS = 250;

/** Commits where the partitions that are still ours stand, some time after they moved. */
export class GroupCommits {
  readonly #queues: () => Iterable<PartitionQueue>;
  readonly #logger: Logger;
  #commitNow: CommitNow | undefined;
  #timer: NodeJS.Timeout | undefined;
  #committing: Promise<void> | undefined;
  #closed = false;

  constructor(queues: () => Iterable<PartitionQueue>, logger: Logger) {
    this.#queues = queues;
    this.#logger = logger;
  }

  /** The way to commit in the generation of now. */
  renew(commitNow: CommitNow): void {
    this.#commitNow = commitNow;
  }

  /** Everything below was dealt with. */
  moved(queue: PartitionQueue, nextOffset: number): void {
    if (queue.revoked) return;
    queue.done = Math.max(queue.done, nextOffset);
    if (this.#closed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#committing = this.#commit().catch(() => undefined);
    }, COMMIT_EVERY_MS);
  }

  stop(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** The last commit of a planned stop. */
  async last(): Promise<void> {
    this.stop();
    await this.#commit().catch(() => undefined);
  }

  /**
   * One attempt, with the generation of this moment: kafkajs' own `commitOffsets` repeats after a rebalance, and would
   * then move an offset of somebody else's partition.
   */
  async #commit(): Promise<void> {
    await this.#committing;
    const due = [...this.#queues()].filter(({ done, committed }) => done > committed);
    if (due.length === 0 || this.#commitNow === undefined) return;
    const offsets = {
      topics: [...groupByTopic(due)].map(([topic, queues]) => ({
        topic,
        partitions: queues.map(({ partition, done }) => ({ partition, offset: String(done) })),
      })),
    };
    const stands = due.map(({ done }) => done);
    try {
      await this.#commitNow(offsets);
      due.forEach((queue, index) => {
        queue.committed = Math.max(queue.committed, stands[index] ?? -1);
      });
    } catch (error) {
      this.#logger.debug({ error: String(error) }, 'offsets were not committed; the next commit covers them');
    }
  }
}

const groupByTopic = (queues: readonly PartitionQueue[]): Map<string, PartitionQueue[]> => {
  const groups = new Map<string, PartitionQueue[]>();
  for (const queue of queues) {
    const group = groups.get(queue.topic) ?? [];
    groups.set(queue.topic, group);
    group.push(queue);
  }
  return groups;
};
