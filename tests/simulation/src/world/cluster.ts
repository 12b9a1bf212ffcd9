import { createHash } from 'node:crypto';
import { type IncomingRecord, type OutgoingRecord, walkTopics } from '@kairos/stream-kit';

/** One partition of a topic. Compaction leaves holes; offsets stay. */
export interface Log {
  readonly topic: string;
  readonly partition: number;
  records: IncomingRecord[];
  end: number;
}

/** Everything that was ever appended, compaction or not; called before anyone can read it. */
export type AppendListener = (records: readonly IncomingRecord[], log: Log) => void;

const toBuffer = (value: Buffer | string | null): Buffer | null =>
  value === null || Buffer.isBuffer(value) ? value : Buffer.from(value);

/** A broker: append-only logs, an append of several records to one partition being atomic. */
export class Cluster {
  readonly #logs = new Map<string, Log[]>();
  readonly #hash = createHash('sha1');
  readonly #now: () => number;
  readonly #onAppend: AppendListener[] = [];
  appended = 0;

  constructor(partitions: number, now: () => number) {
    this.#now = now;
    const own = [{ name: 'arbitration.changelog', partitions }];
    for (const { name, partitions: count } of [...walkTopics(partitions), ...own]) {
      const logs = Array.from({ length: count }, (_none, partition) => ({
        topic: name,
        partition,
        records: [],
        end: 0,
      }));
      this.#logs.set(name, logs);
    }
  }

  listen(listener: AppendListener): void {
    this.#onAppend.push(listener);
  }

  logs(topic: string): readonly Log[] {
    return this.#logs.get(topic) ?? [];
  }

  get topics(): readonly string[] {
    return [...this.#logs.keys()];
  }

  log(topic: string, partition: number): Log {
    const log = this.#logs.get(topic)?.[partition];
    if (log === undefined) throw new Error(`there is no ${topic}/${partition}`);
    return log;
  }

  append(log: Log, records: readonly OutgoingRecord[]): readonly IncomingRecord[] {
    const logTimeMs = this.#now();
    const written = records.map(({ key, value, headers = {} }, at): IncomingRecord => {
      const kept = Object.fromEntries(Object.entries(headers).map(([name, held]) => [name, Buffer.from(held)]));
      const { topic, partition } = log;
      return { topic, partition, offset: log.end + at, logTimeMs, key: toBuffer(key), value, headers: kept };
    });
    for (const { offset, key, value } of written) {
      this.#hash.update(`${log.topic}/${log.partition}@${offset}:${logTimeMs}:${key?.toString() ?? ''};`);
      if (value !== null) this.#hash.update(value);
    }
    for (const record of written) log.records.push(record);
    log.end += written.length;
    this.appended += written.length;
    for (const listener of this.#onAppend) listener(written, log);
    return written;
  }

  /** From an offset on, at most so many. */
  read(log: Log, from: number, most = Number.POSITIVE_INFINITY): readonly IncomingRecord[] {
    let low = 0;
    let high = log.records.length;
    if (high === log.end) low = Math.min(from, high);
    else {
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((log.records[middle]?.offset ?? 0) < from) low = middle + 1;
        else high = middle;
      }
    }
    return log.records.slice(low, Math.min(log.records.length, low + most));
  }

  /** Keeps the last record of each key; a tombstone may stay or go. The newest record of the log always stays. */
  compact(log: Log, dropTombstones: boolean): void {
    const last = new Map<string, number>();
    for (const { key, offset } of log.records) last.set(key?.toString() ?? '', offset);
    log.records = log.records.filter(
      ({ key, offset, value }) =>
        offset === log.end - 1 || (last.get(key?.toString() ?? '') === offset && !(dropTombstones && value === null)),
    );
  }

  /** Of all appends so far, in their order. */
  get traceHash(): string {
    return this.#hash.copy().digest('hex');
  }
}
