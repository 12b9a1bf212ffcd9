import type { CompiledTrigger } from '../compile-types.ts';
import { concerns } from './instance-key.ts';
import type { CancelMemory, FiredMemory, TriggerState } from './state.ts';
import type { EventMoment } from './trigger-type.ts';

/** Instances of one trigger that are remembered per person and kind of memory; the oldest go first. */
const MAX_REMEMBERED = 64;

type Cancelling = Pick<EventMoment, 'event' | 'key' | 'timeMs' | 'liveHorizonMs'>;

/**
 * Remembers a cancelling event: an arming event from before it may still come (another device, a phone without network).
 * Such a one is at most as old as the live horizon, so the memory ends when the watermark has passed by that, or by the
 * trigger's window if it is longer.
 */
export function rememberCancel(state: TriggerState, moment: Cancelling, windowMs: number): TriggerState {
  const { event, key, timeMs, liveHorizonMs } = moment;
  const untilMs = event.occurredAtMs + Math.max(windowMs, liveHorizonMs);
  if (untilMs <= timeMs) return state;
  const known = state.cancels.find((cancel) => cancel.key === key);
  if (known !== undefined && known.atMs >= event.occurredAtMs) return state;
  const entry: CancelMemory = { key, atMs: event.occurredAtMs, messageId: event.messageId, untilMs };
  const others = known === undefined ? state.cancels : state.cancels.filter((cancel) => cancel !== known);
  return {
    open: state.open,
    idle: state.idle,
    cancels: lastOf([...others, entry]),
    fired: state.fired,
    own: state.own,
    suspension: state.suspension,
  };
}

const lastOf = <T>(entries: readonly T[]): readonly T[] =>
  entries.length > MAX_REMEMBERED ? entries.slice(-MAX_REMEMBERED) : entries;

/**
 * Remembers that everything up to `atMs` is settled although nothing fired, so that what arrives late from before it
 * does not start again.
 */
export function rememberSettled(
  state: TriggerState,
  settled: Omit<CancelMemory, 'untilMs'>,
  { timeMs, liveHorizonMs }: { readonly timeMs: number; readonly liveHorizonMs: number },
): TriggerState {
  const others = state.cancels.filter((cancel) => cancel.key !== settled.key || cancel.atMs > settled.atMs);
  const entry: CancelMemory = { ...settled, untilMs: timeMs + liveHorizonMs };
  return { ...state, cancels: lastOf([...others, entry]) };
}

/** Whether a cancelling event is remembered that happened at or after an arming event of `key`. */
export const isCancelled = (
  state: TriggerState,
  arm: { readonly key: string; readonly atMs: number; readonly exceptMessageId?: string },
): boolean =>
  state.cancels.some(
    (cancel) => concerns(cancel.key, arm.key) && cancel.atMs >= arm.atMs && cancel.messageId !== arm.exceptMessageId,
  );

export interface FiringToRemember {
  readonly trigger: CompiledTrigger;
  readonly key: string;
  readonly candidateId: string;
  readonly firedAtMs: number;
  readonly dueAtMs: number;
  readonly lastArmAtMs: number;
  readonly liveHorizonMs: number;
}

export function rememberFiring(state: TriggerState, firing: FiringToRemember): TriggerState {
  const { trigger, key, candidateId, firedAtMs, dueAtMs, lastArmAtMs } = firing;
  const { reentry, expiresAfterMs } = trigger.definition;
  // Where nothing was proposed there is nothing to take back.
  const isOpen = trigger.definition.send !== null;
  const expiresAtMs = isOpen ? firedAtMs + expiresAfterMs : firedAtMs;
  const reentryUntilMs = reentry.kind === 'after' ? firedAtMs + reentry.afterMs : firedAtMs;
  const entry: FiredMemory = {
    key,
    candidateId,
    firedAtMs,
    dueAtMs,
    lastArmAtMs,
    expiresAtMs,
    isOpen,
    untilMs: reentry.kind === 'never' ? null : Math.max(expiresAtMs, reentryUntilMs, firedAtMs + firing.liveHorizonMs),
  };
  const fired: FiredMemory[] = [];
  for (const earlier of state.fired) {
    if (earlier.key !== key) fired.push(earlier);
    // An earlier proposal of the same key that is still on its way must remain to be taken back.
    else if (earlier.isOpen && earlier.expiresAtMs > firedAtMs) {
      fired.push({ ...earlier, untilMs: earlier.expiresAtMs });
    }
  }
  fired.push(entry);
  return {
    open: state.open,
    idle: state.idle,
    cancels: state.cancels,
    fired: lastOf(fired),
    own: state.own,
    suspension: state.suspension,
  };
}

/** Whether the trigger fired for this key and may not fire again at this log time. */
export function mustWaitForReentry(state: TriggerState, trigger: CompiledTrigger, at: { key: string; nowMs: number }) {
  const fired = state.fired.findLast(({ key }) => key === at.key);
  if (fired === undefined) return false;
  const { reentry } = trigger.definition;
  if (reentry.kind === 'never') return true;
  return reentry.kind === 'after' && at.nowMs < fired.firedAtMs + reentry.afterMs;
}

/** Lets go what the watermark has passed. */
export function prune(state: TriggerState, timeMs: number): TriggerState {
  const { own, suspension } = state;
  const isOwnOver = own !== null && own.untilMs !== null && own.untilMs <= timeMs;
  const isResumed = suspension !== null && suspension.untilMs <= timeMs;
  if (!isOwnOver && !isResumed && !haveAnyEnded(state.cancels, timeMs) && !haveAnyEnded(state.fired, timeMs))
    return state;
  return {
    ...state,
    cancels: state.cancels.filter(({ untilMs }) => untilMs > timeMs),
    fired: state.fired.filter(({ untilMs }) => untilMs === null || untilMs > timeMs),
    own: isOwnOver ? null : own,
    suspension: isResumed ? null : suspension,
  };
}

function haveAnyEnded(memories: readonly { readonly untilMs: number | null }[], timeMs: number): boolean {
  for (const { untilMs } of memories) if (untilMs !== null && untilMs <= timeMs) return true;
  return false;
}

/** When everything that is remembered may be let go; undefined when nothing has an end. */
export function memoryEndsAtMs(state: TriggerState): number | undefined {
  let end: number | undefined;
  for (const { untilMs } of state.cancels) if (end === undefined || untilMs > end) end = untilMs;
  for (const { untilMs } of state.fired) if (untilMs !== null && (end === undefined || untilMs > end)) end = untilMs;
  const ownUntilMs = state.own?.untilMs ?? null;
  if (ownUntilMs !== null && (end === undefined || ownUntilMs > end)) end = ownUntilMs;
  const { suspension } = state;
  return suspension !== null && (end === undefined || suspension.untilMs > end) ? suspension.untilMs : end;
}
