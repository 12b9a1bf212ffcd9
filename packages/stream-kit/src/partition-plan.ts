import type { KeySlots } from './key-slots.ts';
import type { KeyedStates } from './keyed-states.ts';
import type { Emission, Processor, Route, StepContext } from './processor.ts';
import type { TaskMeta } from './task-meta.ts';
import type { DueKey, TimerIndex } from './timer-index.ts';

/** A timer that threw. It stays due and is tried again at the next tick; the others fire, and time goes on. */
export interface FailedTimer {
  readonly key: string;
  readonly error: unknown;
}

/** A timer that fired, and what it leaves behind. */
interface Fired<S> {
  readonly slot: number;
  readonly before: S;
  readonly after: S | undefined;
}

/** What a record of the whole partition (tick, time, marker) would do, worked out before anything changes. */
export interface PartitionPlan<S, P> {
  readonly context: StepContext<P>;
  readonly emissions: Emission[];
  /** What fired, with its state before and after. */
  readonly fired: Fired<S>[];
  readonly failedTimers: FailedTimer[];
  /** Timers that threw. */
  readonly missed: DueKey[];
  /** Slots with a timer whose key holds nothing. */
  readonly empty: number[];
  /** Keys whose timers were taken out of the index for this plan, to be put back if it is given up. */
  taken: readonly DueKey[];
  sourceTimes?: Record<string, number>;
  timeMs?: number;
  playbook?: { readonly at: P | undefined; readonly offset: number; readonly version: string };
  outcome: 'applied' | 'unknown';
}

/** Spelled out: one is made for every tick, and a spread costs many times as much. */
export const copyContext = <P>(of: StepContext<P>): { -readonly [K in keyof StepContext<P>]: StepContext<P>[K] } => ({
  topic: of.topic,
  partition: of.partition,
  offset: of.offset,
  logTimeMs: of.logTimeMs,
  timeMs: of.timeMs,
  playbook: of.playbook,
  playbookVersion: of.playbookVersion,
  playbookOffset: of.playbookOffset,
  traceparent: of.traceparent,
});

export const emptyPlan = <S, P>(context: StepContext<P>): PartitionPlan<S, P> => ({
  context,
  emissions: [],
  fired: [],
  failedTimers: [],
  missed: [],
  empty: [],
  taken: [],
  outcome: 'applied',
});

/** What planning reads of a task. */
interface Standing<S, R, P> {
  readonly processor: Processor<S, R, P>;
  readonly slots: KeySlots;
  readonly states: KeyedStates<S>;
  readonly timers: TimerIndex;
  readonly meta: TaskMeta;
  playbookAt(offset: number, version: string): P | undefined;
}

/** Fills the plan. Throws if the processor throws (a timer that throws is noted and stays due). */
export function planFor<S, R, P>(task: Standing<S, R, P>, route: Route, plan: PartitionPlan<S, P>): void {
  switch (route.kind) {
    case 'keyed':
      return;
    case 'tick':
      planTick(task, route.sources, plan);
      return;
    case 'time':
      planTime(task, route.timeMs, plan);
      return;
    case 'marker':
      planSwitch(task, route, plan);
      return;
    case 'unknown':
      plan.outcome = 'unknown';
      return;
  }
}

/** The minimum over the declared sources: before each has ticked there is no time. */
function planTick<S, R, P>(
  task: Standing<S, R, P>,
  sources: Extract<Route, { kind: 'tick' }>['sources'],
  plan: PartitionPlan<S, P>,
): void {
  const times = { ...task.meta.sourceTimes };
  for (const { source, timeMs } of sources) times[source] = Math.max(times[source] ?? -1, timeMs);
  plan.sourceTimes = times;
  let minimum = Number.POSITIVE_INFINITY;
  for (const source of task.processor.declaredSources ?? []) minimum = Math.min(minimum, times[source] ?? -1);
  if (Number.isFinite(minimum)) planTime(task, minimum, plan);
}

/** Time only moves forward; due timers fire in order of due time, ties by key; then time is passed on. */
function planTime<S, R, P>(task: Standing<S, R, P>, timeMs: number, plan: PartitionPlan<S, P>): void {
  if (timeMs <= task.meta.timeMs) return;
  const at = copyContext(plan.context);
  at.timeMs = timeMs;
  const { fire } = task.processor;
  if (fire !== undefined) {
    plan.taken = task.timers.takeDue(timeMs);
    for (const due of plan.taken) {
      const { slot } = due;
      const key = task.slots.keyAt(slot);
      try {
        const before = task.states.ofSlot(slot);
        if (before === undefined) {
          plan.empty.push(slot);
          continue;
        }
        const result = fire.call(task.processor, before, key, at);
        plan.fired.push({ slot, before, after: result.state });
        for (const emission of result.emissions) plan.emissions.push(emission);
      } catch (error) {
        plan.failedTimers.push({ key, error });
        plan.missed.push(due);
      }
    }
  }
  plan.emissions.push(...(task.processor.onTime?.(at) ?? []));
  plan.timeMs = timeMs;
}

/** A lower offset than the active one is ignored: markers may come twice, or late. */
function planSwitch<S, R, P>(
  task: Standing<S, R, P>,
  { playbookOffset: offset, version }: Extract<Route, { kind: 'marker' }>,
  plan: PartitionPlan<S, P>,
): void {
  if (offset <= task.meta.playbookOffset) return;
  const playbook = task.playbookAt(offset, version);
  const at: StepContext<P> = { ...plan.context, playbook, playbookOffset: offset, playbookVersion: version };
  plan.emissions.push(...(task.processor.onMarker?.(at) ?? []));
  plan.playbook = { at: playbook, offset, version };
}
