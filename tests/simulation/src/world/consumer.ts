import type { AssignedPartition, ConsumerOptions, RecordConsumer } from '@kairos/stream-kit';
import type { Cluster } from './cluster.ts';

interface Held {
  /** Undefined until `assigned` has answered where to start. */
  next: number | undefined;
  isBusy: boolean;
}

/** One member of a group. The schedule says when it is given records; what it holds may be somebody else's by now. */
export class SimConsumer implements RecordConsumer {
  readonly options: ConsumerOptions;
  readonly topic: string;
  readonly #cluster: Cluster;
  readonly #held = new Map<number, Held>();
  readonly #onClose: (consumer: SimConsumer) => void;
  isClosed = false;

  constructor(cluster: Cluster, options: ConsumerOptions, onClose: (consumer: SimConsumer) => void) {
    this.#cluster = cluster;
    this.options = options;
    this.topic = options.topics[0] ?? '';
    this.#onClose = onClose;
  }

  /** The coordinator gave it partitions; some it may believe to have held all the time. */
  assign(partitions: readonly number[]): void {
    const kept = partitions.filter((partition) => this.#held.has(partition));
    if (kept.length > 0) this.#keep(kept);
    this.#open(partitions.filter((partition) => !this.#held.has(partition)));
  }

  #keep(partitions: readonly number[]): void {
    const open = partitions.filter((partition) => this.#held.get(partition)?.next !== undefined);
    const asked = open.map((partition) => this.#named(partition));
    this.options.handlers.kept?.(asked).then(
      (doubted) => {
        const again = doubted.map(({ partition }) => partition).filter((partition) => this.#held.has(partition));
        for (const partition of again) this.revoke(partition);
        this.#open(again);
      },
      (error: unknown) => this.#failed(error),
    );
  }

  #open(fresh: readonly number[]): void {
    if (fresh.length === 0) return;
    for (const partition of fresh) this.#held.set(partition, { next: undefined, isBusy: false });
    const mine = fresh.map((partition) => this.#held.get(partition));
    this.options.handlers.assigned(fresh.map((partition) => this.#named(partition))).then(
      (answers) => {
        for (const [at, partition] of fresh.entries()) {
          const held = this.#held.get(partition);
          const from = answers.get(`${this.topic}/${partition}`);
          if (held !== undefined && held === mine[at]) held.next = typeof from === 'number' ? from : 0;
        }
      },
      (error: unknown) => this.#failed(error),
    );
  }

  revoke(partition: number): void {
    if (!this.#held.delete(partition)) return;
    this.options.handlers.revoked([this.#named(partition)]).catch((error: unknown) => this.#failed(error));
  }

  holds(partition: number): boolean {
    return this.#held.has(partition);
  }

  /** Partitions for which it could be given a batch now. */
  hungry(): number[] {
    const hungry: number[] = [];
    if (this.isClosed) return hungry;
    for (const [partition, { next, isBusy }] of this.#held) {
      if (next !== undefined && !isBusy && next < this.#cluster.log(this.topic, partition).end) hungry.push(partition);
    }
    return hungry;
  }

  /** Whether anything is under way or undone. */
  get isAtRest(): boolean {
    return [...this.#held.values()].every(({ next, isBusy }) => next !== undefined && !isBusy) && !this.hungry().length;
  }

  deliver(partition: number, most: number): void {
    const held = this.#held.get(partition);
    if (held?.next === undefined || held.isBusy) return;
    const log = this.#cluster.log(this.topic, partition);
    const records = this.#cluster.read(log, held.next, most);
    const last = records.at(-1);
    if (last === undefined) return;
    held.isBusy = true;
    const heartbeat = async (): Promise<void> => undefined;
    this.options.handlers.batch(records, { highWatermark: log.end, heartbeat }).then(
      () => {
        held.isBusy = false;
        held.next = last.offset + 1;
      },
      (error: unknown) => this.#failed(error),
    );
  }

  pause(): void {
    // No stage pauses its input yet; one that does must be given this.
    throw new Error('the simulation knows no pause');
  }

  resume(): void {
    throw new Error('the simulation knows no resume');
  }

  seek({ partition }: AssignedPartition, offset: number): void {
    const held = this.#held.get(partition);
    if (held !== undefined) held.next = offset;
  }

  /** Takes no new batch and leaves the group; the schedule has let it come to rest before. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.#onClose(this);
  }

  #failed(error: unknown): void {
    this.options.handlers.failed(error instanceof Error ? error : new Error(String(error)));
  }

  #named(partition: number): AssignedPartition {
    return { topic: this.topic, partition };
  }
}
