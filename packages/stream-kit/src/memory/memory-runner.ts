import type { TopicName, TopicValues } from '@kairos/contracts';
import { declaredSources, type StageAbout } from '../declared-sources.ts';
import { partitionOf } from '../partition-of.ts';
import type { Serde } from '../ports.ts';
import type { Emission, Processor } from '../processor.ts';
import { memorySerde } from '../serde/memory-serde.ts';
import { type Output, TaskCore } from '../task-core.ts';
import { MemoryLogs, type MemoryRecord } from './memory-log.ts';
import { activationOf, headsOf, recordWith, timeBodies } from './walk-records.ts';

/** A processor whose state and record types do not matter to the one who runs it. */
export type AnyProcessor<P> = Processor<unknown, unknown, P>;

/**
 * Something beside log-pure tasks that reads a topic in order and may answer with records: arbitration's core, a fake
 * channel. What it emits carries no origin.
 */
export interface MemorySink {
  readonly name: string;
  readonly input: TopicName;
  handle(record: MemoryRecord): readonly Emission[] | undefined;
  /** When it wants to see time next; the virtual clock stops there. */
  dueAtMs?(): number | undefined;
}

export interface MemoryRunnerOptions<P> {
  /** Partitions of each walk topic; default 1. */
  readonly partitions?: number;
  /** Where the virtual clock starts; UTC ms. */
  readonly startMs: number;
  /** In the order of the walk. A function learns partition count and declared sources, as `startStage` tells it. */
  readonly processors: readonly (AnyProcessor<P> | ((about: StageAbout) => AnyProcessor<P>))[];
  readonly sinks?: readonly MemorySink[];
  readonly serde?: Serde;
  /** Default: throws what a processor threw. */
  readonly onError?: (error: unknown, record: MemoryRecord, processor: string) => void;
}

/** A key, and where its record is to lie if not where its key says. */
export interface Placed {
  readonly key: string;
  readonly partition?: number;
  readonly traceparent?: string;
}

interface Reader<P> {
  readonly topic: TopicName;
  readonly partition: number;
  /** Index into the log (not the offset: a recorded log has holes). */
  at: number;
  core?: TaskCore<unknown, unknown, P>;
  readonly processor?: AnyProcessor<P>;
  readonly sink?: MemorySink;
}

/**
 * Runs processors over logs in memory under a virtual clock: the same `TaskCore` as on Kafka, without a broker. After
 * each call everything has come to rest.
 */
export class MemoryRunner<P> {
  readonly #logs: MemoryLogs;
  readonly #options: MemoryRunnerOptions<P>;
  readonly #readers: Reader<P>[] = [];
  readonly #playbooks = new Map<number, P>();
  /** Topics whose records were put back as they stood. */
  readonly #recorded = new Set<TopicName>();
  readonly #sources: readonly string[];
  #nowMs: number;

  constructor(options: MemoryRunnerOptions<P>) {
    const partitions = options.partitions ?? 1;
    this.#options = options;
    this.#nowMs = options.startMs;
    this.#logs = new MemoryLogs(options.serde ?? memorySerde(), partitions);
    this.#sources = declaredSources(partitions);
    for (const given of options.processors) {
      const processor =
        typeof given === 'function' ? given({ partitionCount: partitions, declaredSources: this.#sources }) : given;
      for (let partition = 0; partition < this.#logs.partitionCount(processor.input); partition += 1) {
        const core = new TaskCore(processor, partition, (offset) => this.#playbooks.get(offset));
        this.#readers.push({ topic: processor.input, partition, at: 0, core, processor });
      }
    }
    for (const sink of options.sinks ?? []) {
      for (let partition = 0; partition < this.#logs.partitionCount(sink.input); partition += 1) {
        this.#readers.push({ topic: sink.input, partition, at: 0, sink });
      }
    }
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Writes a record at the virtual present (or into a given partition) and runs until all is quiet. */
  append<T extends TopicName>(topic: T, where: string | Placed, value: TopicValues[T]): void {
    const { key, traceparent, partition: chosen }: Placed = typeof where === 'string' ? { key: where } : where;
    const partition = chosen ?? partitionOf(key, this.#logs.partitionCount(topic));
    this.#write({ topic, key, value, partition, ...(traceparent === undefined ? {} : { traceparent }) });
    this.run();
  }

  /**
   * Puts recorded input back as it stood, offsets and log times included; nothing runs before `run`. What the stages write
   * into such a topic again is left out: it is among the records.
   */
  load(records: readonly MemoryRecord<object>[]): void {
    for (const record of records) {
      this.#recorded.add(record.topic);
      this.#logs.append(record);
    }
  }

  /** Switches to a playbook: through its own task when one reads `playbook.published`, else as markers at the head of the walk. */
  publish(version: string, playbook: P): void {
    const viaTopic = this.#readers.some(({ topic }) => topic === 'playbook.published');
    const offset = viaTopic ? this.#logs.partition('playbook.published', 0).length : this.#playbooks.size;
    this.learn(offset, playbook);
    if (viaTopic) {
      this.append('playbook.published', `activation@${version}`, activationOf(version, this.#nowMs));
      return;
    }
    for (const topic of this.#heads()) this.#toAll(topic, { marker: { playbookOffset: offset, version } });
    this.run();
  }

  /** Makes a playbook known under its offset, for markers that are in the log already. */
  learn(offset: number, playbook: P): void {
    this.#playbooks.set(offset, playbook);
  }

  /**
   * Moves the clock and lets time pass in the log, stopping wherever a timer is due: each fires at its own moment, and
   * idle seconds cost nothing.
   */
  advanceTo(ms: number): void {
    if (ms < this.#nowMs) throw new Error(`time only moves forward: it is ${this.#nowMs}, not ${ms}`);
    for (let due = this.#nextDue(this.#nowMs); due !== undefined && due <= ms; due = this.#nextDue(due)) {
      this.#tick(due);
    }
    this.#tick(ms);
  }

  /** Encodes and decodes all state, as a restart from a cut does. */
  restart(): void {
    for (const reader of this.#readers) {
      const { core, processor } = reader;
      if (core === undefined || processor === undefined) continue;
      const states = [...core.states].map(([key, state]) => [key, processor.decode(processor.encode(state))] as const);
      const again = new TaskCore(processor, reader.partition, (offset) => this.#playbooks.get(offset));
      again.restore(states, core.meta);
      reader.core = again;
    }
  }

  records<T extends TopicName>(topic: T): readonly MemoryRecord<TopicValues[T]>[] {
    return this.#logs.records(topic);
  }

  /** State of a key in a processor; undefined when it holds nothing. */
  state(processor: string, key: string): unknown {
    for (const reader of this.#readers) {
      if (reader.processor?.name === processor && reader.core?.states.has(key) === true)
        return reader.core.states.get(key);
    }
    return undefined;
  }

  /** All states of a processor, over its partitions. */
  states(processor: string): ReadonlyMap<string, unknown> {
    const all = new Map<string, unknown>();
    for (const { processor: mine, core } of this.#readers) {
      if (mine?.name === processor) for (const [key, state] of core?.states ?? []) all.set(key, state);
    }
    return all;
  }

  /** Applies what is on the logs until nothing new comes. */
  run(): void {
    for (let busy = true; busy; ) {
      busy = false;
      for (const reader of this.#readers) {
        const log = this.#logs.partition(reader.topic, reader.partition);
        for (; reader.at < log.length; reader.at += 1) {
          busy = true;
          const record = log[reader.at];
          if (record !== undefined) this.#handle(reader, record);
        }
      }
    }
  }

  #handle(reader: Reader<P>, record: MemoryRecord): void {
    if (reader.sink !== undefined) {
      for (const emission of reader.sink.handle(record) ?? []) this.#emit(emission, record.partition);
      return;
    }
    if (reader.core === undefined || reader.processor === undefined) return;
    try {
      const { outputs, failedTimers, refused } = reader.core.apply(record);
      for (const output of outputs) this.#emit(output, record.partition);
      for (const { error } of failedTimers) this.#complain(error, record, reader.processor.name);
      // A refusal is no failure: who wants to know is told, and nobody need.
      if (refused !== undefined) this.#options.onError?.(refused, record, reader.processor.name);
    } catch (error) {
      reader.core.skip(record.offset);
      this.#complain(error, record, reader.processor.name);
    }
  }

  #complain(error: unknown, record: MemoryRecord, processor: string): void {
    if (this.#options.onError === undefined) throw error;
    this.#options.onError(error, record, processor);
  }

  #emit(emission: Emission | Output, from: number): void {
    const { topic, key, to, traceparent } = emission;
    if (this.#recorded.has(topic)) return;
    const value = 'origin' in emission ? { ...emission.value, origin: emission.origin } : emission.value;
    const count = this.#logs.partitionCount(topic);
    const targets =
      to === 'all'
        ? Array.from({ length: count }, (_none, at) => at)
        : [to === 'byKey' ? partitionOf(key, count) : from % count];
    for (const partition of targets) {
      this.#write({ topic, key, value, partition, ...(traceparent === undefined ? {} : { traceparent }) });
    }
  }

  #write(record: Omit<MemoryRecord<object>, 'offset' | 'logTimeMs'>): void {
    this.#logs.append({ ...record, logTimeMs: this.#nowMs });
  }

  #tick(ms: number): void {
    this.#nowMs = ms;
    const body = timeBodies(this.#sources, ms);
    for (const topic of this.#heads()) this.#toAll(topic, body);
    this.run();
  }

  #heads(): readonly TopicName[] {
    const written = new Set(this.#readers.flatMap(({ processor }) => processor?.outputs ?? []));
    return headsOf(
      this.#readers.map(({ topic }) => topic),
      written,
    );
  }

  #toAll(topic: TopicName, bodies: Readonly<Record<string, object>>): void {
    const value = recordWith(topic, bodies);
    for (let partition = 0; partition < this.#logs.partitionCount(topic); partition += 1) {
      this.#write({ topic, key: '', value, partition });
    }
  }

  /** The earliest due time after `ms`; one that is due already waits for the next tick. */
  #nextDue(ms: number): number | undefined {
    let next: number | undefined;
    const consider = (due: number | undefined): void => {
      if (due !== undefined && due > ms && (next === undefined || due < next)) next = due;
    };
    for (const { core } of this.#readers) consider(core?.timers.earliest);
    for (const sink of this.#options.sinks ?? []) consider(sink.dueAtMs?.());
    return next;
  }
}

/** A house in memory whose clock stands at `startMs` and whose time has begun. */
export const createMemoryRunner = <P>(options: MemoryRunnerOptions<P>): MemoryRunner<P> => {
  const runner = new MemoryRunner(options);
  runner.advanceTo(options.startMs);
  return runner;
};

export interface RecordedFold<P> extends Omit<MemoryRunnerOptions<P>, 'startMs'> {
  /** What was recorded: offsets, log times, origins, ticks and markers as they stood. Per partition in order of offset. */
  readonly recorded: readonly MemoryRecord<object>[];
  /** Every activation that a recorded marker may name. */
  readonly playbooks: readonly { readonly offset: number; readonly playbook: P }[];
}

/**
 * Folds a recorded topic again, offline: the answer's `records` are what the stages must have said. Compare ids and
 * outcomes, not origins: a log that saw a crash holds repeats, so its offsets differ.
 */
export const foldRecorded = <P>({ recorded, playbooks, ...options }: RecordedFold<P>): MemoryRunner<P> => {
  const runner = new MemoryRunner({ ...options, startMs: 0 });
  for (const { offset, playbook } of playbooks) runner.learn(offset, playbook);
  runner.load(recorded);
  runner.run();
  return runner;
};
