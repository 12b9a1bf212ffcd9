import type { Origin } from '@kairos/contracts';
import type { Changes } from './changes.ts';
import { KeySlots } from './key-slots.ts';
import { KeyedStates } from './keyed-states.ts';
import { OriginsSeen } from './origins-seen.ts';
import { copyContext, emptyPlan, type FailedTimer, type PartitionPlan, planFor } from './partition-plan.ts';
import type { Emission, Processor, Route, StepContext } from './processor.ts';
import { PackedStates } from './stage/packed-states.ts';
import { copyMeta, newMeta, type TaskMeta } from './task-meta.ts';
import type { Applied, InputRecord, Output, PlaybookAt } from './task-types.ts';
import { type DueKey, TimerIndex } from './timer-index.ts';

/** A record of time of which a part has fired ahead (see `fireAhead`). */
interface Ahead {
  readonly offset: number;
  /** Outputs so far. */
  number: number;
  readonly failed: { readonly due: DueKey; readonly error: unknown }[];
}

export type { Applied, InputRecord, Output, PlaybookAt } from './task-types.ts';

type Accept = (outputs: readonly Output[]) => void;

const NO_OUTPUTS: readonly Output[] = [];
const NO_FAILURES: readonly FailedTimer[] = [];
const REPEAT: Applied = { outcome: 'repeat', outputs: NO_OUTPUTS, failedTimers: NO_FAILURES };
const SILENT: Applied = { outcome: 'applied', kind: 'keyed', outputs: NO_OUTPUTS, failedTimers: NO_FAILURES };

/**
 * The fold of one input partition: drops repeats by origin, keeps state per key, fires timers on time only, switches the
 * playbook at markers. No I/O; the runners around it (Kafka, memory) acknowledge outputs, write cuts and commit.
 */
export class TaskCore<S, R, P> {
  readonly states: KeyedStates<S>;
  timers: TimerIndex;
  meta: TaskMeta = newMeta();
  readonly processor: Processor<S, R, P>;
  readonly partition: number;
  readonly #slots = new KeySlots();
  readonly #playbookAt: PlaybookAt<P>;
  #playbook: P | undefined;
  #ahead: Ahead | undefined;
  readonly #origins = new OriginsSeen();
  readonly #context: { -readonly [K in keyof StepContext<P>]: StepContext<P>[K] };

  constructor(processor: Processor<S, R, P>, partition: number, playbookAt: PlaybookAt<P>) {
    this.processor = processor;
    this.partition = partition;
    this.states = new KeyedStates(this.#slots, processor);
    this.timers = new TimerIndex(this.#slots);
    this.#playbookAt = playbookAt;
    this.#context = {
      topic: processor.input,
      partition,
      offset: 0,
      logTimeMs: -1,
      timeMs: -1,
      playbook: undefined,
      playbookVersion: '',
      playbookOffset: -1,
      traceparent: undefined,
    };
  }

  /** Replaces everything by restored state and rebuilds the timer index from it. */
  restore(states: Iterable<readonly [string, S]> | PackedStates, meta: TaskMeta): void {
    this.timers.clear();
    this.states.clear();
    this.#slots.clear();
    if (states instanceof PackedStates) {
      this.timers = this.states.restore(states);
    } else {
      for (const [key, state] of states) {
        this.states.set(key, state);
        this.#index(this.#slots.take(key), state);
      }
    }
    this.meta = copyMeta(meta);
    this.#playbook = meta.playbookOffset >= 0 ? this.#playbookAt(meta.playbookOffset, meta.playbookVersion) : undefined;
  }

  /**
   * Applies one record and moves on. Throws if the processor or `accept` throws, and then nothing has changed: state,
   * meta and timers are as before, so the runner may try again, or give the record to the dead letters and `skip` it.
   * `accept` sees the outputs before anything changes (the runner encodes them there).
   */
  apply(record: InputRecord<R>, accept?: Accept): Applied {
    const origin = this.processor.originOf(record.value);
    if (record.offset < this.meta.nextOffset || this.#isRepeat(origin, record)) {
      this.skip(record.offset);
      return REPEAT;
    }
    const context = this.#contextOf(record);
    const route = this.processor.route(record.value, context);
    const applied =
      route.kind === 'keyed'
        ? this.#applyKeyed(route.key, record.value, accept)
        : this.#applyToAll(route, record.offset, accept);
    if (origin !== null) this.#origins.note(origin, this.meta);
    this.meta.nextOffset = record.offset + 1;
    return applied;
  }

  /**
   * Fires at most `limit` of the timers that the time of this record makes due, ahead of `apply`; true = more may be
   * due. So a runner can take breath between a million firings. Each firing counts when `accept` took it; one that throws
   * is reported by `apply`. Until then the task stands inside a record: nothing else may be applied, and no cut taken.
   */
  fireAhead(record: InputRecord<R>, limit: number, accept: Accept): boolean {
    const { fire } = this.processor;
    if (fire === undefined || this.timers.size === 0) return false;
    const timeMs = this.#timeOf(record);
    if (timeMs === undefined || (this.timers.earliest ?? Number.POSITIVE_INFINITY) > timeMs) return false;
    const ahead = this.#ahead ?? { offset: record.offset, number: 0, failed: [] };
    this.#ahead = ahead;
    const at = copyContext(this.#contextOf(record));
    at.timeMs = timeMs;
    const taken = this.timers.takeDue(timeMs, limit);
    for (const due of taken) {
      const key = this.#slots.keyAt(due.slot);
      try {
        const state = this.states.ofSlot(due.slot);
        if (state === undefined) {
          this.#release(due.slot);
          continue;
        }
        const result = fire.call(this.processor, state, key, at);
        const outputs = this.#withOrigins(result.emissions, record.offset);
        accept(outputs);
        ahead.number += outputs.length;
        if (result.state === state) this.#index(due.slot, state);
        else this.#put(due.slot, result.state);
      } catch (error) {
        ahead.failed.push({ due, error });
      }
    }
    return taken.length === limit;
  }

  /** Whether the time of this record makes so many timers due that firing them should take breath. */
  hasManyDue(record: InputRecord<R>, many: number): boolean {
    if (this.timers.size < many || this.processor.fire === undefined) return false;
    const timeMs = this.#timeOf(record);
    return timeMs !== undefined && this.timers.hasDue(timeMs, many);
  }

  /** Within a record: some of its timers have fired, and `apply` has not been called yet. */
  get isInsideRecord(): boolean {
    return this.#ahead !== undefined;
  }

  /** Passes over a record that went to the dead letters. */
  skip(offset: number): void {
    this.meta.nextOffset = Math.max(this.meta.nextOffset, offset + 1);
    if (this.#ahead !== undefined) this.#endAhead();
  }

  /** The version at work now; undefined before the first marker. */
  get playbook(): P | undefined {
    return this.#playbook;
  }

  /** What changed since the last call, as it stands now. */
  takeDirty(): Changes<S> {
    return this.states.takeDirty(this.#dueAt, this.#release);
  }

  /** All keys as they stand now. */
  snapshot(): Changes<S> {
    return this.states.snapshot(this.#dueAt);
  }

  /** Lets a state go that is written down elsewhere; its timer stays. */
  evict(key: string): void {
    this.states.delete(key);
    const slot = this.#slots.find(key);
    if (slot >= 0) this.#release(slot);
  }

  #applyKeyed(key: string, value: R, accept: Accept | undefined): Applied {
    if (this.processor.passesOver?.(value, this.#context) === true) return SILENT;
    const slot = this.states.find(key);
    const before = this.states.at(slot);
    const { state, emissions, refused } = this.processor.step(before, value, this.#context);
    if (emissions.length === 0) {
      if (state !== before) this.#put(slot < 0 ? this.#slots.take(key) : slot, state);
      return refused === undefined ? SILENT : { ...SILENT, refused };
    }
    const outputs = this.#withOrigins(emissions, this.#context.offset);
    accept?.(outputs);
    if (state !== before) this.#put(slot < 0 ? this.#slots.take(key) : slot, state);
    const applied: Applied = { outcome: 'applied', kind: 'keyed', outputs, failedTimers: NO_FAILURES };
    return refused === undefined ? applied : { ...applied, refused };
  }

  #applyToAll(route: Route, offset: number, accept: Accept | undefined): Applied {
    const plan = emptyPlan<S, P>(copyContext(this.#context));
    try {
      planFor(this.#standing, route, plan);
      const outputs = this.#withOrigins(plan.emissions, offset);
      accept?.(outputs);
      this.#carryOut(plan);
      plan.failedTimers.push(...this.#endAhead());
      return { outcome: plan.outcome, kind: route.kind, outputs, failedTimers: plan.failedTimers };
    } catch (error) {
      for (const { slot, dueAtMs } of plan.taken) this.timers.setAt(slot, dueAtMs);
      throw error;
    }
  }

  /** Timers that threw ahead of their record are due again. */
  #endAhead(): FailedTimer[] {
    const failed = this.#ahead?.failed ?? [];
    this.#ahead = undefined;
    for (const { due } of failed) this.timers.setAt(due.slot, due.dueAtMs);
    return failed.map(({ due, error }) => ({ key: this.#slots.keyAt(due.slot), error }));
  }

  /** The time that a record brings, if it is no repeat and moves time on. Ticks are folded by tasks without timers. */
  #timeOf(record: InputRecord<R>): number | undefined {
    if (record.offset < this.meta.nextOffset) return undefined;
    const route = this.processor.route(record.value, this.#contextOf(record));
    if (route.kind !== 'time' || route.timeMs <= this.meta.timeMs) return undefined;
    return this.#isRepeat(this.processor.originOf(record.value), record) ? undefined : route.timeMs;
  }

  #isRepeat(origin: Origin | null, { replayed }: InputRecord<R>): boolean {
    return origin !== null && replayed !== true && this.#origins.isRepeat(origin, this.meta);
  }

  /** Nothing here may throw: from the first line on the task has changed. */
  #carryOut(plan: PartitionPlan<S, P>): void {
    for (const { slot, before, after } of plan.fired) {
      if (after === before) this.#index(slot, before);
      else this.#put(slot, after);
    }
    for (const { slot, dueAtMs } of plan.missed) this.timers.setAt(slot, dueAtMs);
    for (const slot of plan.empty) this.#release(slot);
    if (plan.sourceTimes !== undefined) this.meta.sourceTimes = plan.sourceTimes;
    if (plan.timeMs !== undefined) this.meta.timeMs = plan.timeMs;
    if (plan.playbook === undefined) return;
    this.#playbook = plan.playbook.at;
    this.meta.playbookOffset = plan.playbook.offset;
    this.meta.playbookVersion = plan.playbook.version;
  }

  #put(slot: number, state: S | undefined): void {
    this.states.change(slot, state);
    if (state === undefined) this.timers.removeAt(slot);
    else this.#index(slot, state);
  }

  #index(slot: number, state: S): void {
    const dueAtMs = this.processor.dueAtMs?.(state);
    if (dueAtMs === undefined) this.timers.removeAt(slot);
    else this.timers.setAt(slot, dueAtMs);
  }

  readonly #dueAt = (slot: number): number | undefined => this.timers.dueAt(slot);

  /** A slot of which nothing is known any more is given back. */
  readonly #release = (slot: number): void => {
    if (this.states.isIdle(slot) && this.timers.dueAt(slot) === undefined) this.#slots.release(slot);
  };

  get #standing() {
    const { processor, states, timers, meta } = this;
    return { processor, slots: this.#slots, states, timers, meta, playbookAt: this.#playbookAt };
  }

  /** The one context object of this task, set to a record. */
  #contextOf(record: InputRecord<R>): StepContext<P> {
    const context = this.#context;
    context.offset = record.offset;
    context.logTimeMs = record.logTimeMs;
    context.timeMs = this.meta.timeMs;
    context.playbook = this.#playbook;
    context.playbookVersion = this.meta.playbookVersion;
    context.playbookOffset = this.meta.playbookOffset;
    context.traceparent = record.traceparent;
    return context;
  }

  #withOrigins(emissions: readonly Emission[], offset: number): readonly Output[] {
    const { input: topic } = this.processor;
    const { partition } = this;
    const first = this.#ahead?.number ?? 0;
    // Spelled out: this is made for everything that is written.
    return emissions.map((emission, at) => ({
      topic: emission.topic,
      key: emission.key,
      value: emission.value,
      to: emission.to,
      traceparent: emission.traceparent,
      origin: { topic, partition, offset, number: first + at },
    }));
  }
}
