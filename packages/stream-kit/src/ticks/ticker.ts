import { identifiedRecord, type TopicName, topics } from '@kairos/contracts';
import { type Logger, silentLogger } from '../logger.ts';
import type { KafkaPort, RecordProducer, Serde } from '../ports.ts';
import type { TaskStatus } from '../stage/task-status.ts';

/** How far one source partition has come in this process: what a stage's `status()` says of it. */
export type TickSource = Pick<TaskStatus, 'topic' | 'partition' | 'nextOffset' | 'lastLogTimeMs'>;

export interface TickerOptions {
  readonly kafka: KafkaPort;
  readonly serde: Serde;
  /** The sources that this process owns now: the status of every stage that reads a source of time. */
  sources(): readonly TickSource[];
  /** Name of this process. */
  readonly instance: string;
  /** Default 1,000. */
  readonly everyMs?: number;
  readonly logger?: Logger;
  /** Default `Date.now`. */
  readonly now?: () => number;
  /** The clock is off, or the broker's answer is indefinite: the process ends itself. */
  fail(error: Error): void;
  onTick?(about: { readonly sources: readonly { readonly source: string; readonly timeMs: number }[] }): void;
}

export interface Ticker {
  close(): Promise<void>;
}

const TARGET: TopicName = 'events.identified';
/** A process further off the broker's clock than this ends itself: its ticks would fire timers too early, or hold them. */
const MAX_CLOCK_ERROR_MS = 5_000;

/**
 * The time up to which everything logged at a source was applied and its outputs acknowledged. `askedMs` was read before
 * the ends were asked for: what is logged later has a later log time, so the wall clock of that moment is safe. Undefined:
 * nothing was applied yet, so nothing can be said.
 */
export const sourceTime = (source: TickSource, askedMs: number, end: number | undefined): number | undefined => {
  if (end === undefined) return undefined;
  if (source.nextOffset >= end) return askedMs;
  return source.lastLogTimeMs < 0 ? undefined : source.lastLogTimeMs - 1;
};

class RunningTicker implements Ticker {
  readonly #options: TickerOptions;
  readonly #logger: Logger;
  readonly #producer: RecordProducer;
  readonly #partitions: number;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;
  #ticking: Promise<void> | undefined;
  #closed = false;

  constructor(options: TickerOptions, producer: RecordProducer, partitions: number) {
    this.#options = options;
    this.#producer = producer;
    this.#partitions = partitions;
    this.#logger = options.logger ?? silentLogger;
    this.#now = options.now ?? Date.now;
  }

  start(): void {
    this.#timer = setInterval(() => {
      // A tick that takes longer than a second leaves out the next: time stands still for so long, which is safe.
      if (this.#ticking !== undefined || this.#closed) return;
      this.#ticking = this.#tick()
        .catch((error: unknown) => this.#fail(error))
        .finally(() => {
          this.#ticking = undefined;
        });
    }, this.#options.everyMs ?? 1_000);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#ticking;
    await this.#producer.close();
  }

  async #tick(): Promise<void> {
    const askedMs = this.#now();
    const ends = await this.#ends(this.#options.sources());
    // Read again: what was applied while we asked counts.
    const sources = this.#options.sources().flatMap((source) => {
      const timeMs = sourceTime(source, askedMs, ends.get(source.topic)?.get(source.partition)?.end);
      return timeMs === undefined ? [] : [{ source: `${source.topic}/${source.partition}`, timeMs }];
    });
    if (sources.length === 0) return;
    const value = this.#options.serde.encode(
      TARGET,
      identifiedRecord({ tick: { instance: this.#options.instance, sources } }),
    );
    const landed = await this.#producer.send(
      Array.from({ length: this.#partitions }, (_none, partition) => ({ topic: TARGET, partition, key: '', value })),
    );
    this.#options.onTick?.({ sources });
    const [first] = landed;
    if (first !== undefined) this.#compareClocks(askedMs, first.logTimeMs);
  }

  async #ends(
    sources: readonly TickSource[],
  ): Promise<ReadonlyMap<string, ReadonlyMap<number, { readonly end: number }>>> {
    const names = [...new Set(sources.map(({ topic }) => topic))];
    const answers = await Promise.all(names.map((topic) => this.#options.kafka.offsets(topic)));
    return new Map(names.flatMap((topic, at) => (answers[at] === undefined ? [] : [[topic, answers[at]]])));
  }

  /** The broker stamped the tick between our asking and now. */
  #compareClocks(askedMs: number, brokerMs: number): void {
    if (brokerMs < 0) return;
    const nowMs = this.#now();
    const errorMs = brokerMs < askedMs ? askedMs - brokerMs : brokerMs > nowMs ? brokerMs - nowMs : 0;
    if (errorMs > MAX_CLOCK_ERROR_MS) {
      throw new Error(
        `this machine's clock is ${errorMs} ms off the broker's; at most ${MAX_CLOCK_ERROR_MS} are allowed: set the clocks by NTP`,
      );
    }
    if (errorMs > MAX_CLOCK_ERROR_MS / 5)
      this.#logger.warn({ errorMs }, 'the clocks of this machine and the broker drift apart');
  }

  #fail(error: unknown): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#options.fail(error instanceof Error ? error : new Error(String(error)));
  }
}

/**
 * Writes time into every partition of `events.identified`, once a second: one record per process, with the progress of
 * the sources that it owns. Runs beside the identify stages, in the same process.
 */
export const startTicker = async (options: TickerOptions): Promise<Ticker> => {
  const partitions = await options.kafka.partitionCount(topics[TARGET].name);
  const producer = await options.kafka.producer({ lingerMs: 0 });
  const ticker = new RunningTicker(options, producer, partitions);
  ticker.start();
  return ticker;
};
