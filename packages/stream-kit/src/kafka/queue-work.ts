import type { AssignedPartition, ConsumerHandlers, Later } from '../ports.ts';
import type { GroupCommits } from './group-commits.ts';
import type { PartitionQueue } from './partition-queue.ts';
import { PieceSize } from './piece-size.ts';

export interface WorkSurroundings {
  readonly queues: Map<string, PartitionQueue>;
  readonly handlers: ConsumerHandlers;
  readonly concurrency: number;
  readonly commits: GroupCommits;
  /** Less waits than before: the partition may be fetched again. */
  onSpace(queue: PartitionQueue): void;
  fail(error: unknown): void;
}

export const toAssigned = ({ topic, partition }: PartitionQueue): AssignedPartition => ({ topic, partition });

/** Deals with what was queued: a batch of a partition after the other, some partitions at a time, each in its turn. */
export class QueueWork {
  readonly #around: WorkSurroundings;
  readonly #size = new PieceSize();
  #running = 0;
  #idle: (() => void) | undefined;
  #stopped = false;
  /** Batches that were applied and are not acknowledged yet. */
  readonly #unsettled = new Set<Promise<void>>();

  constructor(around: WorkSurroundings) {
    this.#around = around;
  }

  /** Begins what may be begun. */
  go(): void {
    const { queues, concurrency } = this.#around;
    for (const [name, queue] of queues) {
      if (this.#running >= concurrency || this.#stopped) return;
      if (!queue.hasWork) continue;
      // To the end of the line, so that each partition gets its turn.
      queues.delete(name);
      queues.set(name, queue);
      this.#running += 1;
      queue.busy = true;
      void this.#deal(queue).finally(() => {
        queue.busy = false;
        this.#running -= 1;
        if (this.#stopped && this.#running === 0) this.#idle?.();
        this.go();
      });
    }
  }

  /** Begins nothing any more. */
  stop(): void {
    this.#stopped = true;
  }

  /** Resolves when what was under way has ended and is acknowledged. */
  async drain(): Promise<void> {
    this.stop();
    if (this.#running > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    await Promise.all(this.#unsettled);
  }

  async #deal(queue: PartitionQueue): Promise<void> {
    const { handlers, commits } = this.#around;
    let next: ReturnType<PartitionQueue['shift']>;
    let later: Awaited<ReturnType<ConsumerHandlers['batch']>>;
    try {
      next = queue.shift(this.#size.records);
      if (next === undefined) return;
      if (queue.full) this.#around.onSpace(queue);
      const last = next.records[next.records.length - 1];
      if (last !== undefined) {
        const fromMs = performance.now();
        later = await handlers.batch(next.records, {
          highWatermark: next.highWatermark,
          heartbeat: () => new Promise((resolve) => setImmediate(resolve)),
        });
        // Who answers before what came of it is acknowledged pays by the record.
        if (later === undefined) this.#size.full();
        else this.#size.took(next.records.length, performance.now() - fromMs);
      }
      if (queue.revoked) return;
      if (next.nextOffset > (last?.offset ?? -1) + 1) handlers.passed?.(toAssigned(queue), next.nextOffset);
    } catch (error) {
      if (!queue.revoked) this.#around.fail(error);
      return;
    }
    if (later === undefined) commits.moved(queue, next.nextOffset);
    else this.#doneLater(queue, next.nextOffset, later);
  }

  #doneLater(queue: PartitionQueue, nextOffset: number, { acknowledged }: Later): void {
    const settled = acknowledged.then(
      () => this.#around.commits.moved(queue, nextOffset),
      (error: unknown) => {
        if (!queue.revoked) this.#around.fail(error);
      },
    );
    this.#unsettled.add(settled);
    void settled.finally(() => this.#unsettled.delete(settled));
  }
}
