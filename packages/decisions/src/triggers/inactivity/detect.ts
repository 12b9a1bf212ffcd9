import type { ConditionScope } from '../../conditions/types.ts';
import { parseObject } from '../../profiles/json.ts';
import { evidenceText, saidOf } from '../evidence.ts';
import { fireNow, notStarted } from '../facts.ts';
import { isCancelled, mustWaitForReentry, rememberSettled } from '../memory.ts';
import { isTooOld, scheduleFault } from '../start-gates.ts';
import type { Idle, TriggerState } from '../state.ts';
import type { DueItem, EventMoment, StartCode, TimerMoment, TriggerType, TypeStep } from '../trigger-type.ts';
import { inactivitySpec } from './spec.ts';

const dueOf = (idle: Idle): number => idle.last.atMs + idle.forMs;

/** Activity. It moves what is known of the last activity, never the timer. */
function start(state: TriggerState, moment: EventMoment): TypeStep {
  const { trigger, event } = moment;
  if (trigger.when.type !== 'inactivity') return { state, facts: [] };
  const { forMs } = trigger.when;
  const atMs = event.occurredAtMs;
  const last = { messageId: event.messageId, atMs, traceparent: moment.traceparent };
  const { idle } = state;
  if (idle !== null) {
    const isLater = atMs > idle.last.atMs || (atMs === idle.last.atMs && event.messageId > idle.last.messageId);
    if (!isLater) return { state, facts: [] };
    return { state: { ...state, idle: { ...idle, last, said: saidOf(event) } }, facts: [] };
  }
  // History never starts a conversation; nor does what came before the activity that the last firing counted from.
  if (event.backfill || isTooOld(moment) || isSettled(state, moment)) return { state, facts: [] };
  const armed: Idle = { last, said: saidOf(event), forMs, timerAtMs: atMs + forMs };
  return { state: { ...state, idle: armed }, facts: [] };
}

function isSettled(state: TriggerState, { trigger, event }: EventMoment): boolean {
  if (isCancelled(state, { key: '', atMs: event.occurredAtMs })) return true;
  const fired = state.fired.at(-1);
  if (fired === undefined) return false;
  return trigger.definition.reentry.kind === 'never' || event.occurredAtMs <= fired.lastArmAtMs;
}

function cancel(state: TriggerState, { event }: EventMoment): TriggerState {
  return state.idle !== null && state.idle.last.atMs <= event.occurredAtMs ? { ...state, idle: null } : state;
}

function fire(state: TriggerState, item: DueItem, moment: TimerMoment): TypeStep {
  const { idle } = state;
  if (idle === null || idle.timerAtMs > moment.timeMs) return { state, facts: [] };
  const dueAtMs = dueOf(idle);
  if (dueAtMs > moment.timeMs) return { state: { ...state, idle: { ...idle, timerAtMs: dueAtMs } }, facts: [] };
  const { trigger, personId, timeMs } = moment;
  const rest: TriggerState = { ...state, idle: null };
  const evidence = { said: idle.said, firstAtMs: idle.last.atMs, lastAtMs: idle.last.atMs, count: 1 };
  const fault = faultOf(state, idle, moment);
  if (fault === null) {
    return fireNow(rest, {
      ...moment,
      key: item.key,
      armedBy: idle.last.messageId,
      causes: [idle.last.messageId],
      dueAtMs,
      firedAtMs: timeMs,
      causedAtMs: dueAtMs,
      evidence,
      traceparent: idle.last.traceparent,
    });
  }
  const fact = notStarted({
    triggerId: trigger.definition.id,
    personId,
    key: item.key,
    code: fault,
    atMs: timeMs,
    dueAtMs,
    cause: idle.last.messageId,
    evidence: evidenceText(evidence),
    playbookVersion: moment.playbookVersion,
    traceparent: idle.last.traceparent,
  });
  const settled = { key: '', atMs: idle.last.atMs, messageId: idle.last.messageId };
  return { state: rememberSettled(rest, settled, moment), facts: [fact] };
}

function faultOf(state: TriggerState, idle: Idle, moment: TimerMoment): StartCode | null {
  const { trigger, timeMs } = moment;
  const off = scheduleFault(state, trigger, timeMs);
  if (off !== null) return off;
  if (mustWaitForReentry(state, trigger, { key: '', nowMs: timeMs })) return 'REENTRY_WAIT';
  const scope: ConditionScope = {
    event: { name: idle.said.event, occurredAtMs: idle.last.atMs },
    properties: parseObject(idle.said.properties),
    profile: moment.profile,
    segments: moment.segments,
    now: timeMs,
  };
  return trigger.audience === null || trigger.audience.evaluate(scope) ? null : 'NOT_IN_AUDIENCE';
}

/** Nothing of a kind for a period. There is one clock per person; `oncePer` says nothing here. */
export const inactivityTrigger: TriggerType = {
  spec: inactivitySpec,
  start,
  cancel,
  cancelWindowMs: () => 0,
  dueAtMs: ({ idle }) => idle?.timerAtMs,
  dueItems: ({ idle }, timeMs) =>
    idle !== null && idle.timerAtMs <= timeMs ? [{ dueAtMs: dueOf(idle), key: '' }] : [],
  fire,
  drop: (state) => ({ state: { ...state, idle: null }, armedBy: state.idle?.last.messageId ?? '' }),
};
