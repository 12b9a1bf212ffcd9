import type { Origin } from '@kairos/contracts';
import type { Emission, Processor, Route, StepContext } from './processor.ts';
import { copyMeta, newMeta, type TaskMeta } from './task-meta.ts';
import { TimerIndex } from './timer-index.ts';

/** One input record as a task meets it. */
export interface InputRecord<R> {
  readonly offset: number;
  readonly logTimeMs: number;
  readonly value: R;
  readonly traceparent?: string;
  /** A dead letter put back: its origin is older than what was applied since, and it is no repeat. */
  readonly replayed?: boolean;
}

/** One output with its place among the outputs of its offset. */
export interface Output extends Emission {
  readonly origin: Origin;
}

/** A timer that threw. It stays due and is tried again at the next tick; the others fire, and time goes on. */
export interface FailedTimer {
  readonly key: string;
  readonly error: unknown;
}

export interface Applied {
  readonly outcome: 'applied' | 'repeat' | 'unknown';
  /** What the record was; undefined for a repeat. */
  readonly kind?: Route['kind'];
  readonly outputs: readonly Output[];
  readonly failedTimers: readonly FailedTimer[];
}

/** Finds the compiled playbook of an activation. The runner waits until the playbook was read that far before it applies a marker. */
export type PlaybookAt<P> = (playbookOffset: number, version: string) => P | undefined;

/** What a record would do, worked out before anything changes. */
interface Plan<S, P> {
  readonly context: StepContext<P>;
  readonly emissions: Emission[];
  readonly states: Map<string, S | undefined>;
  readonly failedTimers: FailedTimer[];
  /** Keys whose timers were taken out of the index for this plan, to be put back if it is given up. */
  taken: readonly { readonly key: string; readonly dueAtMs: number }[];
  sourceTimes?: Record<string, number>;
  timeMs?: number;
  playbook?: { readonly at: P | undefined; readonly offset: number; readonly version: string };
  outcome: Applied['outcome'];
}

/**
 * The fold of one input partition: drops repeats by origin, keeps state per key, fires timers on time only, switches the
 * playbook at markers. No I/O; the runners around it (Kafka, memory) acknowledge outputs, write cuts and commit.
 */
export class TaskCore<S, R, P> {
  readonly states: Map<string, S> = new Map();
  /** Keys changed since the last `takeDirty`. */
  #dirty = new Set<string>();
  readonly timers = new TimerIndex();
  meta: TaskMeta = newMeta();
  readonly processor: Processor<S, R, P>;
  readonly partition: number;
  readonly #playbookAt: PlaybookAt<P>;
  #playbook: P | undefined;

  constructor(processor: Processor<S, R, P>, partition: number, playbookAt: PlaybookAt<P>) {
    this.processor = processor;
    this.partition = partition;
    this.#playbookAt = playbookAt;
  }

  /** Replaces everything by restored state and rebuilds the timer index from it. */
  restore(states: Iterable<readonly [string, S]>, meta: TaskMeta): void {
    this.states.clear();
    this.timers.clear();
    this.#dirty.clear();
    for (const [key, state] of states) {
      this.states.set(key, state);
      this.#index(key, state);
    }
    this.meta = copyMeta(meta);
    this.#playbook = meta.playbookOffset >= 0 ? this.#playbookAt(meta.playbookOffset, meta.playbookVersion) : undefined;
  }

  /**
   * Applies one record and moves on. Throws if the processor or `accept` throws, and then nothing has changed: state,
   * meta and timers are as before, so the runner may try again, or give the record to the dead letters and `skip` it.
   * `accept` sees the outputs before anything changes (the runner encodes them there).
   */
  apply(record: InputRecord<R>, accept?: (outputs: readonly Output[]) => void): Applied {
    const origin = this.processor.originOf(record.value);
    if (
      record.offset < this.meta.nextOffset ||
      (origin !== null && record.replayed !== true && this.#isRepeat(origin))
    ) {
      this.skip(record.offset);
      return { outcome: 'repeat', outputs: [], failedTimers: [] };
    }
    const context = this.#context(record);
    const plan: Plan<S, P> = {
      context,
      emissions: [],
      states: new Map(),
      failedTimers: [],
      taken: [],
      outcome: 'applied',
    };
    try {
      const route = this.processor.route(record.value, context);
      this.#plan(route, record.value, plan);
      const outputs = this.#withOrigins(plan.emissions, record.offset);
      accept?.(outputs);
      this.#carryOut(plan);
      if (origin !== null && !this.#isRepeat(origin)) {
        this.meta.origins[`${origin.topic}/${origin.partition}`] = [origin.offset, origin.number];
      }
      this.meta.nextOffset = record.offset + 1;
      return { outcome: plan.outcome, kind: route.kind, outputs, failedTimers: plan.failedTimers };
    } catch (error) {
      for (const { key, dueAtMs } of plan.taken) this.timers.set(key, dueAtMs);
      throw error;
    }
  }

  /** Passes over a record that went to the dead letters. */
  skip(offset: number): void {
    this.meta.nextOffset = Math.max(this.meta.nextOffset, offset + 1);
  }

  /** The version at work now; undefined before the first marker. */
  get playbook(): P | undefined {
    return this.#playbook;
  }

  /** Keys changed since the last call, with their states (undefined = holds nothing). States are values, so the references stay true. */
  takeDirty(): ReadonlyMap<string, S | undefined> {
    const dirty = new Map<string, S | undefined>();
    for (const key of this.#dirty) dirty.set(key, this.states.get(key));
    this.#dirty = new Set();
    return dirty;
  }

  /** Puts keys back that a failed cut did not write. */
  returnDirty(keys: Iterable<string>): void {
    for (const key of keys) this.#dirty.add(key);
  }

  get dirtyKeys(): number {
    return this.#dirty.size;
  }

  #plan(route: Route, value: R, plan: Plan<S, P>): void {
    switch (route.kind) {
      case 'keyed': {
        const result = this.processor.step(this.states.get(route.key), value, plan.context);
        plan.states.set(route.key, result.state);
        plan.emissions.push(...result.emissions);
        return;
      }
      case 'tick':
        this.#planTick(route.sources, plan);
        return;
      case 'time':
        this.#planTime(route.timeMs, plan);
        return;
      case 'marker':
        this.#planSwitch(route.playbookOffset, route.version, plan);
        return;
      case 'unknown':
        plan.outcome = 'unknown';
        return;
    }
  }

  /** The minimum over the declared sources: before each has ticked there is no time. */
  #planTick(sources: Extract<Route, { kind: 'tick' }>['sources'], plan: Plan<S, P>): void {
    const times = { ...this.meta.sourceTimes };
    for (const { source, timeMs } of sources) times[source] = Math.max(times[source] ?? -1, timeMs);
    plan.sourceTimes = times;
    let minimum = Number.POSITIVE_INFINITY;
    for (const source of this.processor.declaredSources ?? []) minimum = Math.min(minimum, times[source] ?? -1);
    if (Number.isFinite(minimum)) this.#planTime(minimum, plan);
  }

  /** Time only moves forward; due timers fire in order of due time, ties by key; then time is passed on. */
  #planTime(timeMs: number, plan: Plan<S, P>): void {
    if (timeMs <= this.meta.timeMs) return;
    const at: StepContext<P> = { ...plan.context, timeMs };
    const fire = this.processor.fire;
    if (fire !== undefined) {
      plan.taken = this.timers.takeDue(timeMs);
      for (const { key } of plan.taken) {
        const state = this.states.get(key);
        if (state === undefined) continue;
        try {
          const result = fire.call(this.processor, state, key, at);
          plan.states.set(key, result.state);
          plan.emissions.push(...result.emissions);
        } catch (error) {
          plan.failedTimers.push({ key, error });
        }
      }
    }
    plan.emissions.push(...(this.processor.onTime?.(at) ?? []));
    plan.timeMs = timeMs;
  }

  /** A lower offset than the active one is ignored: markers may come twice, or late. */
  #planSwitch(offset: number, version: string, plan: Plan<S, P>): void {
    if (offset <= this.meta.playbookOffset) return;
    const playbook = this.#playbookAt(offset, version);
    const at: StepContext<P> = { ...plan.context, playbook, playbookOffset: offset, playbookVersion: version };
    plan.emissions.push(...(this.processor.onMarker?.(at) ?? []));
    plan.playbook = { at: playbook, offset, version };
  }

  /** Nothing here may throw: from the first line on the task has changed. */
  #carryOut(plan: Plan<S, P>): void {
    for (const { key } of plan.taken) {
      // Taken out of the index: those that changed nothing, or failed, are put back from their state.
      const state = this.states.get(key);
      if (state !== undefined) this.#index(key, state);
    }
    for (const [key, state] of plan.states) this.#put(key, state);
    if (plan.sourceTimes !== undefined) this.meta.sourceTimes = plan.sourceTimes;
    if (plan.timeMs !== undefined) this.meta.timeMs = plan.timeMs;
    if (plan.playbook === undefined) return;
    this.#playbook = plan.playbook.at;
    this.meta.playbookOffset = plan.playbook.offset;
    this.meta.playbookVersion = plan.playbook.version;
  }

  #put(key: string, state: S | undefined): void {
    if (state === this.states.get(key)) return;
    if (state === undefined) {
      this.states.delete(key);
      this.timers.remove(key);
    } else {
      this.states.set(key, state);
      this.#index(key, state);
    }
    this.#dirty.add(key);
  }

  #index(key: string, state: S): void {
    const dueAtMs = this.processor.dueAtMs?.(state);
    if (dueAtMs === undefined) this.timers.remove(key);
    else this.timers.set(key, dueAtMs);
  }

  #isRepeat(origin: Origin): boolean {
    const seen = this.meta.origins[`${origin.topic}/${origin.partition}`];
    if (seen === undefined) return false;
    return origin.offset < seen[0] || (origin.offset === seen[0] && origin.number <= seen[1]);
  }

  #context(record: InputRecord<R>): StepContext<P> {
    return {
      topic: this.processor.input,
      partition: this.partition,
      offset: record.offset,
      logTimeMs: record.logTimeMs,
      timeMs: this.meta.timeMs,
      playbook: this.#playbook,
      playbookVersion: this.meta.playbookVersion,
      playbookOffset: this.meta.playbookOffset,
      ...(record.traceparent === undefined ? {} : { traceparent: record.traceparent }),
    };
  }

  #withOrigins(emissions: readonly Emission[], offset: number): Output[] {
    const { input } = this.processor;
    return emissions.map((emission, number) => ({
      ...emission,
      origin: { topic: input, partition: this.partition, offset, number },
    }));
  }
}
