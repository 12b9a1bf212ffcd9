import type { Origin } from '@kairos/contracts';
import type { Emission, Processor, Route, StepContext } from './processor.ts';
import { TimerIndex } from './timer-index.ts';

/** What a task knows beside its keys. Plain data: it is the meta of a cut. */
export interface TaskMeta {
  /** Offset of the next input record. */
  nextOffset: number;
  /** Highest origin seen, per source partition `topic/partition`. */
  origins: Record<string, readonly [offset: number, number: number]>;
  /** Time per source, only in the task that takes the minimum. */
  sourceTimes: Record<string, number>;
  /** Watermark, UTC ms; -1 before there is time. */
  timeMs: number;
  playbookOffset: number;
  playbookVersion: string;
}

export const newMeta = (): TaskMeta => ({
  nextOffset: 0,
  origins: {},
  sourceTimes: {},
  timeMs: -1,
  playbookOffset: -1,
  playbookVersion: '',
});

/** One input record as a task meets it. */
export interface InputRecord<R> {
  readonly offset: number;
  readonly logTimeMs: number;
  readonly value: R;
  readonly traceparent?: string;
}

/** One output with its place among the outputs of its offset. */
export interface Output extends Emission {
  readonly origin: Origin;
}

export interface Applied {
  readonly outcome: 'applied' | 'repeat' | 'unknown';
  readonly outputs: readonly Output[];
}

/** Finds the compiled playbook of an activation. The runner waits until the playbook was read that far before it applies a marker. */
export type PlaybookAt<P> = (playbookOffset: number) => P | undefined;

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
    this.meta = meta;
    this.#playbook = meta.playbookOffset >= 0 ? this.#playbookAt(meta.playbookOffset) : undefined;
  }

  /**
   * Applies one record and moves on. Throws only if the processor throws, and then nothing has changed: state, meta and
   * timers are as before, so the runner may try again or give the record to the dead letters and `skip` it.
   */
  apply(record: InputRecord<R>): Applied {
    const context = this.#context(record);
    const origin = this.processor.originOf(record.value);
    if (origin !== null && this.#isRepeat(origin)) {
      this.meta.nextOffset = record.offset + 1;
      return { outcome: 'repeat', outputs: [] };
    }
    const route = this.processor.route(record.value, context);
    const emissions: Emission[] = [];
    const outcome = this.#applyRoute(route, record, context, emissions);
    if (origin !== null) this.meta.origins[`${origin.topic}/${origin.partition}`] = [origin.offset, origin.number];
    this.meta.nextOffset = record.offset + 1;
    return { outcome, outputs: this.#withOrigins(emissions, record.offset) };
  }

  /** Passes over a record that went to the dead letters. */
  skip(offset: number): void {
    this.meta.nextOffset = offset + 1;
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

  #applyRoute(
    route: Route,
    record: InputRecord<R>,
    context: StepContext<P>,
    emissions: Emission[],
  ): Applied['outcome'] {
    switch (route.kind) {
      case 'keyed': {
        const result = this.processor.step(this.states.get(route.key), record.value, context);
        this.#put(route.key, result.state);
        emissions.push(...result.emissions);
        return 'applied';
      }
      case 'tick':
        this.#foldTick(route.sources, context, emissions);
        return 'applied';
      case 'time':
        this.#advance(route.timeMs, context, emissions);
        return 'applied';
      case 'marker':
        this.#switch(route.playbookOffset, route.version, context, emissions);
        return 'applied';
      case 'unknown':
        return 'unknown';
    }
  }

  #foldTick(
    sources: Extract<Route, { kind: 'tick' }>['sources'],
    context: StepContext<P>,
    emissions: Emission[],
  ): void {
    const times = this.meta.sourceTimes;
    for (const { source, timeMs } of sources) times[source] = Math.max(times[source] ?? -1, timeMs);
    let minimum = Number.POSITIVE_INFINITY;
    for (const source of this.processor.declaredSources ?? []) minimum = Math.min(minimum, times[source] ?? -1);
    if (Number.isFinite(minimum)) this.#advance(minimum, context, emissions);
  }

  /** Time only moves forward; due timers fire in order of due time, ties by key; then time is passed on. */
  #advance(timeMs: number, context: StepContext<P>, emissions: Emission[]): void {
    if (timeMs <= this.meta.timeMs) return;
    const at: StepContext<P> = { ...context, timeMs };
    const fired = new Map<string, { readonly state: S | undefined }>();
    const fire = this.processor.fire;
    if (fire !== undefined) {
      for (const key of this.timers.peekDue(timeMs)) {
        const state = this.states.get(key);
        if (state === undefined) continue;
        const result = fire.call(this.processor, state, key, at);
        fired.set(key, { state: result.state });
        emissions.push(...result.emissions);
      }
    }
    emissions.push(...(this.processor.onTime?.(at) ?? []));
    // Nothing threw: only now the task changes.
    this.timers.dropDue(timeMs);
    for (const [key, { state }] of fired) this.#put(key, state);
    this.meta.timeMs = timeMs;
  }

  #switch(playbookOffset: number, version: string, context: StepContext<P>, emissions: Emission[]): void {
    if (playbookOffset <= this.meta.playbookOffset) return;
    const playbook = this.#playbookAt(playbookOffset);
    const at: StepContext<P> = { ...context, playbook, playbookOffset, playbookVersion: version };
    emissions.push(...(this.processor.onMarker?.(at) ?? []));
    this.#playbook = playbook;
    this.meta.playbookOffset = playbookOffset;
    this.meta.playbookVersion = version;
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
