import { KairosError } from '@kairos/contracts';
import type { Landed, OutgoingRecord } from '../ports.ts';

/** A record whose partition is known. */
export interface PlacedRecord extends OutgoingRecord {
  readonly partition: number;
}

/** Records of one partition, in order, as one request carries them. */
export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly PlacedRecord[];
}

export interface BatchLanded {
  readonly topic: string;
  readonly partition: number;
  readonly baseOffset: number;
  readonly logTimeMs: number;
}

export interface LingerOptions {
  readonly lingerMs: number;
  /** This many waiting bytes end the linger at once. */
  readonly flushBytes: number;
  readonly maxRecordsPerPartition: number;
  readonly maxBytesPerPartition: number;
  /** All partitions of one request together. */
  readonly maxRequestBytes: number;
  /** `break`: after an indefinite failure everything is refused (crash-only). `continue`: only what was under way is. */
  readonly afterFailure: 'break' | 'continue';
  /** One request; called again only after it was settled. */
  dispatch(batches: readonly PartitionBatch[]): Promise<readonly BatchLanded[]>;
}

interface Call {
  waiting: number;
  readonly landed: Landed[];
  resolve(landed: readonly Landed[]): void;
  reject(error: Error): void;
}

interface Entry {
  readonly record: PlacedRecord;
  readonly bytes: number;
  readonly call: Call;
  readonly index: number;
}

interface Taken {
  readonly batch: PartitionBatch;
  readonly entries: readonly Entry[];
}

/** The framing of a record in a batch, roughly. */
const RECORD_OVERHEAD = 24;

/** Of a short text its characters: what is not ASCII in a key or header does not weigh. */
const bytesOf = (value: Buffer | string | null | undefined): number => {
  if (value === null || value === undefined) return 0;
  return typeof value === 'string' && value.length > 256 ? Buffer.byteLength(value) : value.length;
};

const sizeOf = (record: OutgoingRecord): number => {
  let bytes = RECORD_OVERHEAD + bytesOf(record.key) + bytesOf(record.value);
  for (const name in record.headers) bytes += name.length + bytesOf(record.headers[name]) + 4;
  return bytes;
};

/**
 * Gathers records for a short while, or while a request is under way, and sends them as one: exactly one request at a
 * time, so that records of a partition land in the order in which they were given.
 */
export class LingerBatcher {
  readonly #options: LingerOptions;
  readonly #queues = new Map<string, Entry[]>();
  /** Where the last record went; forgotten when queues are taken. */
  #last: { readonly topic: string; readonly partition: number; readonly queue: Entry[] } | undefined;
  #queuedBytes = 0;
  #pendingBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;
  #running: Promise<void> | undefined;
  #broken: Error | undefined;

  constructor(options: LingerOptions) {
    this.#options = options;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  get broken(): Error | undefined {
    return this.#broken;
  }

  send(records: readonly PlacedRecord[]): Promise<readonly Landed[]> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    if (records.length === 0) return Promise.resolve([]);
    const sizes = records.map(sizeOf);
    const tooLarge = sizes.findIndex((bytes) => bytes > this.#options.maxBytesPerPartition);
    if (tooLarge >= 0) return Promise.reject(this.#tooLarge(records[tooLarge], sizes[tooLarge] ?? 0));
    return new Promise((resolve, reject) => {
      const call: Call = { waiting: records.length, landed: new Array<Landed>(records.length), resolve, reject };
      records.forEach((record, index) => {
        this.#enqueue({ record, bytes: sizes[index] ?? 0, call, index });
      });
      this.#schedule();
    });
  }

  /** Sends what waits and resolves when all was acknowledged or refused. */
  async drain(): Promise<void> {
    while (this.#queuedBytes > 0 || this.#running !== undefined) {
      this.#flush();
      await this.#running;
    }
  }

  /** Refuses everything that waits and everything to come. */
  fail(error: Error): void {
    this.#broken ??= error;
    this.#forgetTimers();
    for (const queue of this.#queues.values()) {
      for (const entry of queue) {
        this.#pendingBytes -= entry.bytes;
        entry.call.reject(error);
      }
    }
    this.#queues.clear();
    this.#last = undefined;
    this.#queuedBytes = 0;
  }

  #forgetTimers(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#soon);
    this.#timer = undefined;
    this.#soon = undefined;
  }

  #tooLarge(record: PlacedRecord | undefined, bytes: number): Error {
    return new KairosError(
      'RECORD_INVALID',
      `a record of ${bytes} bytes for ${record?.topic} is larger than the ${this.#options.maxBytesPerPartition} bytes that one request may carry`,
    );
  }

  #enqueue(entry: Entry): void {
    const { topic, partition } = entry.record;
    const last = this.#last;
    // Records of one partition mostly come in a row: their name is not built anew each time.
    if (last !== undefined && last.partition === partition && last.topic === topic) {
      last.queue.push(entry);
    } else {
      const name = `${topic}/${partition}`;
      const queue = this.#queues.get(name) ?? [];
      if (queue.length === 0) this.#queues.set(name, queue);
      queue.push(entry);
      this.#last = { topic, partition, queue };
    }
    this.#queuedBytes += entry.bytes;
    this.#pendingBytes += entry.bytes;
  }

  #schedule(): void {
    if (this.#running !== undefined || this.#queuedBytes === 0) return;
    if (this.#queuedBytes >= this.#options.flushBytes) {
      this.#flush();
      return;
    }
    // Without a linger, what this turn of the event loop brings goes together; what comes while it is under way, next.
    if (this.#options.lingerMs === 0) {
      this.#soon ??= setImmediate(() => {
        this.#soon = undefined;
        this.#flush();
      });
      return;
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#flush();
    }, this.#options.lingerMs);
  }

  #flush(): void {
    if (this.#running !== undefined || this.#queuedBytes === 0) return;
    this.#forgetTimers();
    const taken = this.#take();
    this.#running = this.#dispatch(taken).finally(() => {
      this.#running = undefined;
      // What gathered meanwhile has waited long enough.
      this.#flush();
    });
  }

  #take(): Taken[] {
    const taken: Taken[] = [];
    let total = 0;
    this.#last = undefined;
    // A copy: a queue that is re-inserted below must not come up again in the same request.
    for (const [name, queue] of [...this.#queues]) {
      const count = this.#countToTake(queue, this.#options.maxRequestBytes - total);
      if (count === 0) continue;
      const entries = count === queue.length ? queue : queue.slice(0, count);
      this.#queues.delete(name);
      // Re-inserted at the end, so that each partition gets its turn.
      if (count < queue.length) this.#queues.set(name, queue.slice(count));
      for (const entry of entries) total += entry.bytes;
      taken.push({ batch: toBatch(entries), entries });
      if (total >= this.#options.maxRequestBytes) break;
    }
    this.#queuedBytes -= total;
    return taken;
  }

  #countToTake(queue: readonly Entry[], room: number): number {
    const most = Math.min(queue.length, this.#options.maxRecordsPerPartition);
    let bytes = 0;
    let count = 0;
    while (count < most) {
      const next = queue[count]?.bytes ?? 0;
      if (count > 0 && bytes + next > Math.min(this.#options.maxBytesPerPartition, room)) break;
      bytes += next;
      count += 1;
    }
    return count;
  }

  async #dispatch(taken: readonly Taken[]): Promise<void> {
    try {
      const landed = await this.#options.dispatch(taken.map(({ batch }) => batch));
      const byPartition = new Map(landed.map((at) => [`${at.topic}/${at.partition}`, at]));
      const acknowledged = taken.map(({ batch, entries }) => {
        const at = byPartition.get(`${batch.topic}/${batch.partition}`);
        if (at === undefined) throw new Error(`the broker did not say where ${batch.topic}/${batch.partition} landed`);
        return { entries, at };
      });
      for (const { entries, at } of acknowledged) this.#acknowledge(entries, at);
    } catch (error) {
      const reason = error instanceof Error ? error : new Error(String(error));
      for (const { entries } of taken) this.#refuse(entries, reason);
      if (this.#options.afterFailure === 'break') this.fail(reason);
    }
  }

  #acknowledge(entries: readonly Entry[], at: BatchLanded): void {
    entries.forEach(({ record, bytes, call, index }, position) => {
      this.#pendingBytes -= bytes;
      call.landed[index] = {
        topic: record.topic,
        partition: record.partition,
        offset: at.baseOffset + position,
        logTimeMs: at.logTimeMs,
      };
      call.waiting -= 1;
      if (call.waiting === 0) call.resolve(call.landed);
    });
  }

  #refuse(entries: readonly Entry[], reason: Error): void {
    for (const { bytes, call } of entries) {
      this.#pendingBytes -= bytes;
      call.reject(reason);
    }
  }
}

const toBatch = (entries: readonly Entry[]): PartitionBatch => {
  const [first] = entries;
  if (first === undefined) throw new Error('a batch holds at least one record');
  return {
    topic: first.record.topic,
    partition: first.record.partition,
    records: entries.map(({ record }) => record),
  };
};
