import type { IncomingRecord } from '../ports.ts';
import { type FetchedBatch, type FetchedRecords, recordsOf } from './wire/record-reader.ts';

interface Waiting {
  readonly batch: FetchedBatch | undefined;
  readonly highWatermark: number;
  /** Offset after the last record of the batch; of the last batch of a fetch: after all that was passed, markers too. */
  readonly nextOffset: number;
}

interface Piece {
  readonly records: readonly IncomingRecord[];
  readonly highWatermark: number;
  readonly nextOffset: number;
}

/** Fetched and not yet dealt with, of one assigned partition. */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  /** Starts closed: opened by the answer of `assigned`. */
  open = false;
  /** Set when the partition was taken away: nothing of it may be delivered or committed any more. */
  revoked = false;
  busy = false;
  /** Paused by whoever consumes. */
  held = false;
  /** Paused because too much waits. */
  full = false;
  /** Offset of the next record to be queued; what is lower was there already. */
  expected = 0;
  /** Offset after the last record dealt with; -1 = none yet. */
  done = -1;
  committed = -1;
  #waiting: Waiting[] = [];
  #bytes = 0;
  /** Offset of the next record to be dealt with; what is lower was there already. */
  #from = 0;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push({ batches: all, nextOffset }: FetchedRecords, highWatermark: number): void {
    if (nextOffset <= this.expected) return;
    // Two fetches may be under way at the end of a join: what has come with the other waits already.
    const batches = all.filter((batch) => batch.nextOffset > this.expected);
    // A batch comes whole, also when it was asked for from its middle on.
    if (this.#waiting.length === 0) this.#from = this.expected;
    this.expected = nextOffset;
    const last = batches.length - 1;
    batches.forEach((batch, at) => {
      this.#bytes += batch.bytes;
      this.#waiting.push({ batch, highWatermark, nextOffset: at === last ? nextOffset : batch.nextOffset });
    });
    if (last < 0) this.#waiting.push({ batch: undefined, highWatermark, nextOffset });
  }

  /** The next to be dealt with: at most so many records, or one batch if it has more. */
  shift(atMost: number): Piece | undefined {
    let [next] = this.#waiting;
    if (next === undefined) return undefined;
    const batches: FetchedBatch[] = [];
    let [count, taken, end] = [0, 0, next];
    for (; next !== undefined; next = this.#waiting[taken]) {
      const more = next.batch?.count ?? 0;
      if (taken > 0 && count + more > atMost) break;
      if (next.batch !== undefined) batches.push(next.batch);
      count += more;
      taken += 1;
      end = next;
    }
    this.#waiting.splice(0, taken);
    for (const { bytes } of batches) this.#bytes -= bytes;
    const records = recordsOf(batches, this.#from);
    this.#from = end.nextOffset;
    return { records, highWatermark: end.highWatermark, nextOffset: end.nextOffset };
  }

  clear(): void {
    this.#waiting = [];
    this.#bytes = 0;
  }

  /** Taken away. */
  end(): void {
    this.revoked = true;
    this.clear();
  }

  /** Whether it is worth fetching. */
  get wantsMore(): boolean {
    return this.open && !this.revoked && !this.held && !this.full;
  }

  get hasWork(): boolean {
    return this.open && !this.revoked && !this.busy && !this.held && this.#waiting.length > 0;
  }
}
