import type { ConditionScope } from '../../conditions/types.ts';
import { parseObject } from '../../profiles/json.ts';
import { evidenceText, saidOf } from '../evidence.ts';
import { eventNotStarted, fireNow, notStarted } from '../facts.ts';
import { concerns } from '../instance-key.ts';
import { scheduleFault, startFault } from '../start-gates.ts';
import type { OpenInstance, TriggerState } from '../state.ts';
import type { DueItem, EventMoment, Fact, TimerMoment, TriggerType, TypeStep } from '../trigger-type.ts';
import { type AbsenceWhen, addArm, firstOf, lastOf, removeArms, removeInstance } from './instances.ts';
import { absenceSpec } from './spec.ts';

const NO_FACTS: readonly Fact[] = [];
const NO_ITEMS: readonly DueItem[] = [];

const whenOf = (moment: Pick<EventMoment, 'trigger'>): AbsenceWhen | null =>
  moment.trigger.when.type === 'absence' ? moment.trigger.when : null;

function start(state: TriggerState, moment: EventMoment): TypeStep {
  const when = whenOf(moment);
  if (when === null) return { state, facts: [] };
  const { event, key } = moment;
  const fault = startFault(state, moment) ?? (isOfFiredPeriod(state, moment) ? 'REENTRY_WAIT' : null);
  // Settled before it came: the same as had it come in order, and then nothing would be recorded either.
  if (fault === 'EXITED') return { state, facts: [] };
  if (fault !== null) return { state, facts: [eventNotStarted(moment, fault)] };
  const arm = { messageId: event.messageId, atMs: event.occurredAtMs, traceparent: moment.traceparent };
  const said = saidOf(event);
  const { open, gaveWay } = addArm(state.open, { key, arm, said }, when);
  const isRepeat = when.clock === 'startsOnFirst' && state.open.some((instance) => instance.key === key);
  const facts = isRepeat && open !== state.open ? [eventNotStarted(moment, 'ALREADY_ACTIVE')] : NO_FACTS;
  // Where the new one is itself due first, nobody waited for it yet.
  const isTold = gaveWay !== null && gaveWay.key !== key;
  return {
    state: open === state.open ? state : withOpen(state, open),
    facts: isTold ? [...facts, gaveWayFact(gaveWay, moment)] : facts,
  };
}

const gaveWayFact = (instance: OpenInstance, { trigger, event, playbookVersion }: EventMoment): Fact => {
  const { said, count, key, dueAtMs } = instance;
  const first = firstOf(instance);
  return notStarted({
    triggerId: trigger.definition.id,
    personId: event.personId,
    key,
    code: 'TOO_MANY_INSTANCES',
    atMs: event.loggedAtMs,
    dueAtMs,
    cause: first.messageId,
    evidence: evidenceText({ said, firstAtMs: first.atMs, lastAtMs: lastOf(instance).atMs, count }),
    playbookVersion,
    traceparent: lastOf(instance).traceparent,
  });
};

/**
 * An event from before the due time of what has fired, or from before the last event that it fired with, belongs to that
 * firing; it came too late to change it.
 */
export const isOfFiredPeriod = (state: TriggerState, { event, key }: EventMoment): boolean =>
  state.fired.some(
    (fired) => fired.key === key && (event.occurredAtMs < fired.dueAtMs || event.occurredAtMs <= fired.lastArmAtMs),
  );

function cancel(state: TriggerState, moment: EventMoment): TriggerState {
  const when = whenOf(moment);
  if (when === null || state.open.length === 0) return state;
  const { event, key } = moment;
  const ending = {
    atMs: event.occurredAtMs,
    messageId: event.messageId,
    concerns: (other: string) => concerns(key, other),
  };
  const open = removeArms(state.open, ending, when);
  return open === state.open ? state : withOpen(state, open);
}

const ringsAtMs = (instance: OpenInstance): number => instance.dueAtMs + instance.graceMs;

const find = (state: TriggerState, { key }: DueItem): OpenInstance | undefined =>
  state.open.find((open) => open.key === key);

/** Spelled out: made for every event that changes what waits. */
const withOpen = (
  { idle, cancels, fired, own, suspension }: TriggerState,
  open: readonly OpenInstance[],
): TriggerState => ({
  open,
  idle,
  cancels,
  fired,
  own,
  suspension,
});

function isInAudience({ said, arms }: OpenInstance, { trigger, profile, segments, timeMs }: TimerMoment): boolean {
  if (trigger.audience === null) return true;
  const scope: ConditionScope = {
    event: { name: said.event, occurredAtMs: arms[arms.length - 1]?.atMs },
    properties: parseObject(said.properties),
    profile,
    segments,
    now: timeMs,
  };
  return trigger.audience.evaluate(scope);
}

function fire(state: TriggerState, item: DueItem, moment: TimerMoment): TypeStep {
  const instance = find(state, item);
  const when = whenOf(moment);
  if (instance === undefined || when === null) return { state, facts: [] };
  const rest = withOpen(state, removeInstance(state.open, instance, when));
  // As it stood when time was told: what fired just before it, in the same moment, changes nothing.
  const dueAtMs = item.dueAtMs - instance.graceMs;
  const { trigger, personId, timeMs } = moment;
  const first = firstOf(instance);
  const last = lastOf(instance);
  const evidence = {
    said: instance.said,
    firstAtMs: first.atMs,
    lastAtMs: last.atMs,
    count: instance.count,
  };
  const fault = scheduleFault(state, trigger, timeMs) ?? (isInAudience(instance, moment) ? null : 'NOT_IN_AUDIENCE');
  if (fault === null) {
    return fireNow(rest, {
      trigger,
      personId,
      profileText: moment.profileText,
      liveHorizonMs: moment.liveHorizonMs,
      playbookVersion: moment.playbookVersion,
      key: instance.key,
      armedBy: first.messageId,
      causes: instance.arms.map(({ messageId }) => messageId),
      dueAtMs,
      firedAtMs: timeMs,
      causedAtMs: dueAtMs,
      evidence,
      traceparent: last.traceparent,
    });
  }
  const fact = notStarted({
    triggerId: trigger.definition.id,
    personId,
    key: instance.key,
    code: fault,
    atMs: timeMs,
    dueAtMs,
    cause: first.messageId,
    evidence: evidenceText(evidence),
    playbookVersion: moment.playbookVersion,
    traceparent: last.traceparent,
  });
  return { state: rest, facts: [fact] };
}

/** A, and no B within a window. */
export const absenceTrigger: TriggerType = {
  spec: absenceSpec,
  start,
  cancel,
  cancelWindowMs({ when }) {
    if (when.type !== 'absence') return 0;
    return Math.max(when.withinMs, when.atLatestAfterMs ?? 0) + when.graceMs;
  },
  dueAtMs: ({ open }) => {
    let earliest: number | undefined;
    for (const instance of open) {
      const atMs = ringsAtMs(instance);
      if (earliest === undefined || atMs < earliest) earliest = atMs;
    }
    return earliest;
  },
  dueItems: ({ open }, timeMs) => {
    if (open.length === 0) return NO_ITEMS;
    const due: DueItem[] = [];
    for (const instance of open) {
      const dueAtMs = ringsAtMs(instance);
      if (dueAtMs <= timeMs) due.push({ dueAtMs, key: instance.key });
    }
    return due;
  },
  fire,
  drop(state, item) {
    const instance = find(state, item);
    const open = state.open.filter((other) => other !== instance);
    return { state: { ...state, open }, armedBy: instance === undefined ? '' : firstOf(instance).messageId };
  },
};
