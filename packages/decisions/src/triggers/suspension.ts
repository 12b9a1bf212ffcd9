import type { CompiledTrigger } from '../compile-types.ts';
import type { Suspension, TriggerState } from './state.ts';
import type { EventMoment } from './trigger-type.ts';

/** What an event is to a trigger that may be suspended. */
export interface Suspending {
  readonly suspends: boolean;
  readonly resumes: boolean;
}

/**
 * Remembers when it last happened, in whichever order it comes. Neither matters any more when the watermark has passed the
 * longest suspension since.
 */
export function rememberSuspension(
  state: TriggerState,
  moment: EventMoment,
  { suspends, resumes }: Suspending,
): TriggerState {
  const { trigger, event } = moment;
  if (trigger.unless === null) return state;
  const atMs = event.occurredAtMs;
  const known = state.suspension;
  const suspendedAtMs = suspends ? latest(known?.suspendedAtMs, atMs) : (known?.suspendedAtMs ?? null);
  const resumedAtMs = resumes ? latest(known?.resumedAtMs, atMs) : (known?.resumedAtMs ?? null);
  const untilMs = Math.max(known?.untilMs ?? 0, atMs + trigger.unless.atMostMs);
  if (known?.suspendedAtMs === suspendedAtMs && known.resumedAtMs === resumedAtMs) return state;
  return { ...state, suspension: { suspendedAtMs, resumedAtMs, untilMs } };
}

const latest = (known: number | null | undefined, atMs: number): number => Math.max(known ?? atMs, atMs);

/** Whether the trigger is suspended for the person at a log time, or a watermark. */
export function isSuspended({ suspension }: TriggerState, { unless }: CompiledTrigger, nowMs: number): boolean {
  const suspendedAtMs = suspension?.suspendedAtMs ?? null;
  if (unless === null || suspendedAtMs === null || nowMs >= suspendedAtMs + unless.atMostMs) return false;
  return suspension?.resumedAtMs == null || suspension.resumedAtMs < suspendedAtMs;
}

/** What happened last on either side. */
export function mergeSuspensions(a: Suspension | null, b: Suspension | null): Suspension | null {
  if (a === null || b === null) return a ?? b;
  const later = (x: number | null, y: number | null) => (x === null || y === null ? (x ?? y) : Math.max(x, y));
  return {
    suspendedAtMs: later(a.suspendedAtMs, b.suspendedAtMs),
    resumedAtMs: later(a.resumedAtMs, b.resumedAtMs),
    untilMs: Math.max(a.untilMs, b.untilMs),
  };
}
