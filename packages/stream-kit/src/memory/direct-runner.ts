import { type TopicName, type TopicValues, topics } from '@kairos/contracts';
import { declaredSources, type StageAbout } from '../declared-sources.ts';
import { partitionOf } from '../partition-of.ts';
import type { Emission } from '../processor.ts';
import { type Output, TaskCore } from '../task-core.ts';
import type { Channel, DirectRunnerOptions, Listener, Reader, Written } from './direct-options.ts';
import type { MemoryRecord } from './memory-log.ts';
import { QuietTime } from './quiet-time.ts';
import { activationOf, headsOf, recordWith, timeBodies } from './walk-records.ts';

const NO_READERS: readonly never[] = [];

/** So often at most what is due at once leaves something behind that is due at once. */
const MOST_ROUNDS = 100;

/** After so many records what states have left behind is looked at, as at each cut of a running house. */
const TIDY_EVERY = 4_096;

/**
 * Runs processors under a virtual clock as the memory runner does, and keeps nothing but their states: each output goes to
 * whoever reads it, is not encoded on its way, and is forgotten. So a year of events costs the memory of its persons.
 */
export class DirectRunner<P> {
  readonly #readers: Reader<P>[] = [];
  readonly #channels = new Map<TopicName, Channel<P>>();
  readonly #playbooks = new Map<number, P>();
  readonly #sources: readonly string[];
  readonly #heads: readonly TopicName[];
  readonly #options: DirectRunnerOptions<P>;
  #quiet: QuietTime | undefined;
  #nowMs: number;
  /** What the log tells of time. */
  #toldMs: number;
  #hasFailed = false;
  #untilTidy = TIDY_EVERY;

  constructor(options: DirectRunnerOptions<P>) {
    const { partitions = 1, sinks = [] } = options;
    this.#options = options;
    this.#nowMs = options.startMs;
    this.#toldMs = options.startMs;
    this.#sources = declaredSources(partitions);
    const about: StageAbout = {
      partitionCount: partitions,
      declaredSources: this.#sources,
      isHeard: (topic) => this.#channels.get(topic)?.isUnheard !== true,
    };
    const processors = options.processors.map((given) => (typeof given === 'function' ? given(about) : given));
    const countOf = (topic: TopicName): number => (topics[topic].partitions === 'single' ? 1 : partitions);
    for (const processor of processors) {
      for (let partition = 0; partition < countOf(processor.input); partition += 1) {
        const core = new TaskCore(processor, partition, (offset) => this.#playbooks.get(offset));
        this.#readers.push({ topic: processor.input, partition, queue: [], at: 0, core });
      }
    }
    for (const sink of sinks) {
      for (let partition = 0; partition < countOf(sink.input); partition += 1) {
        this.#readers.push({ topic: sink.input, partition, queue: [], at: 0, sink });
      }
    }
    for (const topic of Object.keys(topics) as TopicName[])
      this.#channels.set(topic, this.#open(topic, countOf(topic)));
    this.#heads = headsOf(
      this.#readers.map(({ topic }) => topic),
      new Set(processors.flatMap(({ outputs }) => outputs)),
    );
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** When a timer is due next, of those that are still to come. */
  get nextDueMs(): number | undefined {
    let next = Number.POSITIVE_INFINITY;
    for (const { core, sink } of this.#readers) {
      const due = core?.timers.earliest ?? sink?.dueAtMs?.();
      if (due !== undefined && due > this.#toldMs && due < next) next = due;
    }
    return next === Number.POSITIVE_INFINITY ? undefined : next;
  }

  /** Keys that a stage remembers something of, over its partitions. */
  keysOf(processor: string): number {
    let keys = 0;
    for (const { core } of this.#readers) if (core?.processor.name === processor) keys += core.states.size;
    return keys;
  }

  /** Writes a record at the virtual present and runs until all is quiet. */
  append<T extends TopicName>(topic: T, key: string, value: TopicValues[T]): void {
    const { count } = this.#channel(topic);
    const partition = count === 1 ? 0 : partitionOf(key, count);
    this.#write(this.#channel(topic), { topic, key, value, partition });
    this.run();
    if (this.#quiet !== undefined) this.#fireOverdue(this.#quiet);
    this.#untilTidy -= 1;
    if (this.#untilTidy === 0) this.#tidy();
  }

  /** A record as it was recorded, offset and log time included, and what follows from it. Per partition in order of offset. */
  feed(record: MemoryRecord<object>): void {
    this.#nowMs = Math.max(this.#nowMs, record.logTimeMs);
    this.#hand(this.#channel(record.topic), record);
    this.run();
  }

  /** Switches to a playbook: through its own task when one reads `playbook.published`, else as markers at the head of the walk. */
  publish(version: string, playbook: P): void {
    const viaTopic = this.#readers.some(({ topic }) => topic === 'playbook.published');
    const offset = viaTopic ? (this.#channel('playbook.published').next[0] ?? 0) : this.#playbooks.size;
    this.learn(offset, playbook);
    if (viaTopic) {
      this.append('playbook.published', `activation@${version}`, activationOf(version, this.#nowMs));
      return;
    }
    this.#toTopics(this.#heads, { marker: { playbookOffset: offset, version } });
  }

  /** Makes a playbook known under its offset, for markers that are in what is fed. */
  learn(offset: number, playbook: P): void {
    this.#playbooks.set(offset, playbook);
  }

  /** Lets time begin. */
  begin(): void {
    this.#tick(this.#nowMs);
    if (this.#options.tellsQuietly === true)
      this.#quiet = new QuietTime(this.#readers.flatMap(({ core }) => core ?? []));
  }

  /** Moves the clock, stopping wherever a timer is due: each fires at its own moment. */
  advanceTo(ms: number): void {
    if (ms < this.#nowMs) throw new Error(`time only moves forward: it is ${this.#nowMs}, not ${ms}`);
    for (let due = this.nextDueMs; due !== undefined && due <= ms; due = this.nextDueMs) {
      this.#tick(Math.max(due, this.#nowMs));
      if (this.#quiet !== undefined) this.#fireOverdue(this.#quiet);
    }
    this.#nowMs = ms;
    if (this.#quiet === undefined) this.#tick(ms);
    else this.#tell(this.#quiet, ms);
  }

  /** Hands on what waits until nothing new comes. */
  run(): void {
    for (let isBusy = true; isBusy; ) {
      isBusy = false;
      for (const reader of this.#readers) {
        if (reader.queue.length === 0) continue;
        isBusy = true;
        while (reader.at < reader.queue.length) {
          const record = reader.queue[reader.at] as MemoryRecord;
          reader.at += 1;
          this.#handle(reader, record);
        }
        reader.queue.length = 0;
        reader.at = 0;
      }
    }
  }

  #tidy(): void {
    this.#untilTidy = TIDY_EVERY;
    for (const { core } of this.#readers) while (core?.states.tidy() === true);
  }

  #open(topic: TopicName, count: number): Channel<P> {
    const partitions = Array.from({ length: count }, (_none, partition) => partition);
    const isRead = this.#readers.some((reader) => reader.topic === topic);
    return {
      count,
      isUnheard: !isRead && this.#options.listeners?.[topic] === undefined,
      readers: partitions.map((one) =>
        this.#readers.filter((reader) => reader.topic === topic && reader.partition === one),
      ),
      listener: this.#options.listeners?.[topic] as Listener<TopicName> | undefined,
      isRecorded: this.#options.recorded?.includes(topic) === true,
      next: partitions.map(() => 0),
    };
  }

  #channel(topic: TopicName): Channel<P> {
    const channel = this.#channels.get(topic);
    if (channel === undefined) throw new Error(`there is no topic ${topic}`);
    return channel;
  }

  #handle({ core, sink }: Reader<P>, record: MemoryRecord): void {
    if (sink !== undefined) {
      for (const emission of sink.handle(record) ?? []) this.#emit(emission, record.partition);
      return;
    }
    if (core === undefined) return;
    const { name } = core.processor;
    try {
      const { outputs, failedTimers, refused } = core.apply(record);
      for (const output of outputs) this.#emit(output, record.partition);
      for (const { error } of failedTimers) this.#complain(error, record, name);
      // A refusal is no failure: who wants to know is told, and nobody need.
      if (refused !== undefined) this.#options.onError?.(refused, record, name);
    } catch (error) {
      core.skip(record.offset);
      this.#complain(error, record, name);
    }
  }

  #complain(error: unknown, record: MemoryRecord, processor: string): void {
    this.#hasFailed = true;
    if (this.#options.onError === undefined) throw error;
    this.#options.onError(error, record, processor);
  }

  #emit(emission: Emission | Output, from: number): void {
    const { topic, key, to, traceparent } = emission;
    const channel = this.#channel(topic);
    if (channel.isRecorded) return;
    const { count } = channel;
    // A task's own from here on (see `Emission`): it is not copied to be told its origin.
    const value = emission.value as { origin?: unknown };
    if (!channel.isUnheard && 'origin' in emission) value.origin = emission.origin;
    const isForAll = to === 'all';
    const first = isForAll || count === 1 ? 0 : to === 'byKey' ? partitionOf(key, count) : from % count;
    const last = isForAll ? count - 1 : first;
    for (let partition = first; partition <= last; partition += 1) {
      this.#write(channel, { topic, key, value, partition, traceparent });
    }
  }

  #write(channel: Channel<P>, { topic, key, value, partition, traceparent }: Written): void {
    if (channel.isUnheard) {
      // Nobody would see it; only its place is taken.
      channel.next[partition] = (channel.next[partition] ?? 0) + 1;
      return;
    }
    const offset = channel.next[partition] ?? 0;
    const logTimeMs = this.#nowMs;
    // Spelled out: this is made for everything that is said.
    this.#hand(
      channel,
      traceparent === undefined
        ? { topic, partition, offset, logTimeMs, key, value }
        : { topic, partition, offset, logTimeMs, key, value, traceparent },
    );
  }

  #hand(channel: Channel<P>, record: MemoryRecord<object>): void {
    const { partition } = record;
    channel.next[partition] = record.offset + 1;
    channel.listener?.(record as MemoryRecord<never>);
    const readers = channel.readers[partition] ?? NO_READERS;
    for (let at = 0; at < readers.length; at += 1) readers[at]?.queue.push(record);
  }

  /** Time moves on, and nothing is due. */
  #tell(quiet: QuietTime, ms: number): void {
    this.#toldMs = ms;
    quiet.tell(ms);
  }

  /**
   * What became due too late for its own moment (a record came late, or room was given back) fires now. It must not wait
   * for the next tick: that may be somebody else's, and comes sooner or later by who else is in this house.
   */
  #fireOverdue(quiet: QuietTime): void {
    for (let rounds = 0; quiet.isOverdue(this.#toldMs); rounds += 1) {
      this.#hasFailed = false;
      this.#tick(this.#nowMs);
      if (this.#hasFailed || rounds === MOST_ROUNDS) quiet.giveUp(this.#toldMs);
    }
  }

  #tick(ms: number): void {
    // Before what is due says something, all know how late it is, whoever was told of time last.
    if (this.#quiet !== undefined) this.#tell(this.#quiet, ms - 1);
    this.#nowMs = ms;
    this.#toldMs = ms;
    const due = this.#quiet?.tellUntilDue(ms);
    if (due === undefined) this.#toTopics(this.#heads, timeBodies(this.#sources, ms));
    else this.#toTopics([due], { time: { timeMs: ms } });
  }

  #toTopics(names: readonly TopicName[], bodies: Readonly<Record<string, object>>): void {
    for (const topic of names) {
      const value = recordWith(topic, bodies);
      const channel = this.#channel(topic);
      for (let partition = 0; partition < channel.count; partition += 1) {
        this.#write(channel, { topic, key: '', value, partition });
      }
    }
    this.run();
  }
}

/** A house whose clock stands at `startMs` and whose time has begun. */
export const createDirectRunner = <P>(options: DirectRunnerOptions<P>): DirectRunner<P> => {
  const runner = new DirectRunner(options);
  runner.begin();
  return runner;
};
