import type { CompiledTrigger } from '../compile-types.ts';
import { isCancelled, mustWaitForReentry } from './memory.ts';
import type { TriggerState } from './state.ts';
import { isSuspended } from './suspension.ts';
import type { EventMoment, StartCode } from './trigger-type.ts';

/** Whether the trigger is active at a log time. */
const isOnSchedule = ({ definition }: CompiledTrigger, atMs: number): boolean =>
  (definition.activeFromMs === null || atMs >= definition.activeFromMs) &&
  (definition.activeToMs === null || atMs < definition.activeToMs);

/** Why the trigger may not start at a log time, whatever starts it; null when it may. */
export function scheduleFault(state: TriggerState, trigger: CompiledTrigger, atMs: number): StartCode | null {
  if (!isOnSchedule(trigger, atMs)) return 'OUTSIDE_SCHEDULE';
  return isSuspended(state, trigger, atMs) ? 'BLOCKED' : null;
}

/** Whether an event is too old, against log time, to start a conversation. */
export const isTooOld = ({ event, liveHorizonMs }: EventMoment): boolean =>
  event.loggedAtMs - event.occurredAtMs > liveHorizonMs;

/** Why an event that matches may not start anything; null when it may. */
export function startFault(state: TriggerState, moment: EventMoment): StartCode | null {
  const { trigger, event, key } = moment;
  if (event.backfill) return 'BACKFILL';
  if (isTooOld(moment)) return 'EVENT_TOO_OLD';
  const off = scheduleFault(state, trigger, event.loggedAtMs);
  if (off !== null) return off;
  if (mustWaitForReentry(state, trigger, { key, nowMs: event.loggedAtMs })) return 'REENTRY_WAIT';
  const arm = { key, atMs: event.occurredAtMs, exceptMessageId: event.messageId };
  return isCancelled(state, arm) ? 'EXITED' : null;
}
