import type { IncomingRecord } from '../ports.ts';
import type { FetchedRecords } from './wire/record-reader.ts';

interface Waiting {
  readonly records: readonly IncomingRecord[];
  readonly highWatermark: number;
  /** Offset after the last one that was fetched, be it a record or a transaction's marker. */
  readonly nextOffset: number;
  readonly bytes: number;
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

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push({ records, nextOffset, bytes }: FetchedRecords, highWatermark: number): void {
    if (nextOffset <= this.expected) return;
    // A batch comes whole, also when it was asked for from its middle on.
    const known = (records[0]?.offset ?? 0) < this.expected;
    const fresh = known ? records.filter(({ offset }) => offset >= this.expected) : records;
    this.expected = nextOffset;
    this.#waiting.push({ records: fresh, highWatermark, nextOffset, bytes });
    this.#bytes += bytes;
  }

  shift(): Waiting | undefined {
    const next = this.#waiting.shift();
    if (next !== undefined) this.#bytes -= next.bytes;
    return next;
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

  get hasWork(): boolean {
    return this.open && !this.revoked && !this.busy && !this.held && this.#waiting.length > 0;
  }
}
