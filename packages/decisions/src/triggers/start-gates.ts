import type { CompiledTrigger } from '../compile-types.ts';
import { isCancelled, mustWaitForReentry } from './memory.ts';
import type { TriggerState } from './state.ts';
import type { EventMoment, StartCode } from './trigger-type.ts';

/** Whether the trigger is active at a log time. */
export const isOnSchedule = ({ definition }: CompiledTrigger, atMs: number): boolean =>
  (definition.activeFromMs === null || atMs >= definition.activeFromMs) &&
  (definition.activeToMs === null || atMs < definition.activeToMs);

/** Whether an event is too old, against log time, to start a conversation. */
export const isTooOld = ({ event, liveHorizonMs }: EventMoment): boolean =>
  event.loggedAtMs - event.occurredAtMs > liveHorizonMs;

/** Why an event that matches may not start anything; null when it may. */
export function startFault(state: TriggerState, moment: EventMoment): StartCode | null {
  const { trigger, event, key } = moment;
  if (event.backfill) return 'BACKFILL';
  if (isTooOld(moment)) return 'EVENT_TOO_OLD';
  if (!isOnSchedule(trigger, event.loggedAtMs)) return 'OUTSIDE_SCHEDULE';
  if (mustWaitForReentry(state, trigger, { key, nowMs: event.loggedAtMs })) return 'REENTRY_WAIT';
  const arm = { key, atMs: event.occurredAtMs, exceptMessageId: event.messageId };
  return isCancelled(state, arm) ? 'EXITED' : null;
}
