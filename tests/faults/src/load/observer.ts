import { setTimeout as delay } from 'node:timers/promises';
import type { TopicName } from '@kairos/contracts';
import type { IncomingRecord, RecordReader } from '@kairos/stream-kit';
import { keyText, type OpenLog } from '../history/log.ts';

/** Nothing was written to a partition in this time, by the broker's clock. */
export interface Gap {
  readonly partition: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Gaps shorter than this are the ordinary pace of a log with a tick each second. */
const WORTH_KEEPING_MS = 500;

/** Follows a topic while a scenario runs: how far time has come in each partition, and where it stood still. */
export class Observer {
  readonly topic: TopicName;
  readonly #log: OpenLog;
  readonly #next = new Map<number, number>();
  readonly #lastLogMs = new Map<number, number>();
  readonly #times = new Map<number, number>();
  readonly #gaps: Gap[] = [];
  #records = 0;
  #reader: RecordReader | undefined;
  #closed = false;
  #following: Promise<void> = Promise.resolve();

  private constructor(log: OpenLog, topic: TopicName) {
    this.#log = log;
    this.topic = topic;
  }

  static async open(log: OpenLog, topic: TopicName): Promise<Observer> {
    const observer = new Observer(log, topic);
    const count = await log.kafka.partitionCount(topic);
    for (let partition = 0; partition < count; partition += 1) observer.#next.set(partition, 0);
    observer.#following = observer.#follow();
    return observer;
  }

  get records(): number {
    return this.#records;
  }

  /** The earliest time over all partitions; -1 before each has one. */
  get timeMs(): number {
    return this.#times.size < this.#next.size ? -1 : Math.min(...this.#times.values());
  }

  /** When the last record of a partition was written. */
  lastLogMs(partition: number): number {
    return this.#lastLogMs.get(partition) ?? -1;
  }

  /** Gaps that touch the span, longest first; one that still lasts is not among them. */
  gaps(fromMs = 0, toMs = Number.POSITIVE_INFINITY): readonly Gap[] {
    return this.#gaps
      .filter((gap) => gap.toMs > fromMs && gap.fromMs < toMs)
      .sort((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#reader?.close().catch(() => undefined);
    await this.#following;
  }

  /** A broker that is away ends a reader; the next begins where it stood. */
  async #follow(): Promise<void> {
    while (!this.#closed) {
      try {
        this.#reader = await this.#log.kafka.read({
          topic: this.topic,
          partitions: [...this.#next.keys()],
          from: new Map(this.#next),
          follow: true,
          onRecords: (records) => this.#take(records),
        });
        await this.#reader.done;
      } catch {
        await delay(300);
      }
    }
  }

  async #take(records: readonly IncomingRecord[]): Promise<void> {
    for (const record of records) {
      const { partition, logTimeMs } = record;
      const last = this.#lastLogMs.get(partition);
      if (last !== undefined && logTimeMs - last > WORTH_KEEPING_MS)
        this.#gaps.push({ partition, fromMs: last, toMs: logTimeMs });
      this.#lastLogMs.set(partition, logTimeMs);
      this.#next.set(partition, record.offset + 1);
      this.#records += 1;
      if (keyText(record) !== 'time' || record.value === null) continue;
      const { time } = (await this.#log.serde.decode(this.topic, record.value)) as { time?: { timeMs: number } | null };
      if (time != null) this.#times.set(partition, Math.max(time.timeMs, this.#times.get(partition) ?? -1));
    }
  }
}
