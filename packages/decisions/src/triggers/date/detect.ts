import type { ConditionScope } from '../../conditions/types.ts';
import { parseObject } from '../../profiles/json.ts';
import { formatLocal } from '../../time/index.ts';
import { evidenceText, saidOf } from '../evidence.ts';
import { fireNow, notStarted } from '../facts.ts';
import { isCancelled, mustWaitForReentry } from '../memory.ts';
import { zoneOfScope } from '../person-zone.ts';
import { type Watched, watchedValue } from '../profile-value.ts';
import { scheduleFault } from '../start-gates.ts';
import type { TriggerState } from '../state.ts';
import type { DueItem, EventMoment, StartCode, TimerMoment, TriggerType, TypeStep } from '../trigger-type.ts';
import { mergeDates } from './merge-dates.ts';
import type { DateWhen } from './occurrence.ts';
import { dateSpec } from './spec.ts';
import {
  type ArmAt,
  armed,
  datesOf,
  dealtWith,
  isCancelledBy,
  otherThan,
  ruleOf,
  type WaitingDate,
  withDates,
} from './waiting-dates.ts';

const whenOf = ({ trigger }: Pick<EventMoment, 'trigger'>): DateWhen | null =>
  trigger.when.type === 'date' ? trigger.when : null;

/** The date becomes known, or another one; or the person has moved to another zone. */
function start(state: TriggerState, moment: EventMoment): TypeStep {
  const when = whenOf(moment);
  if (when === null) return { state, facts: [] };
  const { scope, event } = moment;
  const at: ArmAt = { when, zone: zoneOfScope(scope, when.companyZone), nowMs: event.loggedAtMs };
  if (when.of === 'profile') {
    // That it is taken away is seen when it would be due.
    const value = watchedValue(scope.profile, when.path);
    return { state: value === null ? state : tell(state, moment, { at, value }), facts: [] };
  }
  const isTold = when.events.some((one) => one.name === event.name && one.matches(scope));
  const value = isTold ? watchedValue(scope.properties, when.path) : null;
  const next = value === null ? state : tell(state, moment, { at, value });
  return { state: inZone(next, at), facts: [] };
}

function tell(
  state: TriggerState,
  moment: EventMoment,
  { at, value }: { readonly at: ArmAt; readonly value: Watched },
): TriggerState {
  const { event, key, liveHorizonMs } = moment;
  const { when, zone } = at;
  const dates = datesOf(state);
  const known = dates.find((date) => date.key === key);
  const isSame = known?.value === value && known.rule === ruleOf(when) && known.zone === zone.zone;
  if (when.of === 'profile' && isSame) return state;
  // The latest event that tells of it counts, in whichever order they come; what was cancelled is not told again.
  if (when.of === 'properties' && (isOlder(moment, known) || isSettled(state, moment))) return state;
  const doneDate = known?.value === value ? known.doneDate : '';
  const waiting = armed(
    {
      key,
      messageId: isSame ? known.messageId : event.messageId,
      atMs: event.occurredAtMs,
      said: saidOf(event),
      value,
      doneDate,
      // Nothing may come of it: then it is kept while an older event could still tell something else.
      keptUntilMs: Math.max(known?.keptUntilMs ?? 0, event.loggedAtMs + liveHorizonMs),
    },
    at,
  );
  const others = otherThan(dates, key);
  // The profile tells it again with every event: what nothing comes of need not be remembered.
  const isNothing = when.of === 'profile' && waiting.dueAtMs === null && doneDate === '';
  return withDates(state, isNothing ? others : [...others, waiting], event.loggedAtMs);
}

const isOlder = ({ event }: EventMoment, known: WaitingDate | undefined): boolean =>
  known !== undefined &&
  (event.occurredAtMs < known.atMs || (event.occurredAtMs === known.atMs && event.messageId <= known.messageId));

const isSettled = (state: TriggerState, { event, key }: EventMoment): boolean =>
  isCancelled(state, { key, atMs: event.occurredAtMs, exceptMessageId: event.messageId });

/** All dates by the clock of the zone in which the person is now. */
function inZone(state: TriggerState, at: ArmAt): TriggerState {
  const dates = datesOf(state);
  if (dates.every(({ zone }) => zone === at.zone.zone)) return state;
  const moved = dates.map((date) => (date.zone === at.zone.zone ? date : armed(date, at)));
  return withDates(state, moved, at.nowMs);
}

/** What was told by an event goes. A date of the profile remains one: this time it is let go, and the next one is waited for. */
function cancel(state: TriggerState, moment: EventMoment): TriggerState {
  const when = whenOf(moment);
  if (when === null) return state;
  const { event, key, scope } = moment;
  const ending = { key, atMs: event.occurredAtMs, messageId: event.messageId };
  const dates = datesOf(state);
  if (!dates.some((date) => date.dueAtMs !== null && isCancelledBy(date, ending))) return state;
  const at: ArmAt = { when, zone: zoneOfScope(scope, when.companyZone), nowMs: event.loggedAtMs };
  const rest = dates.flatMap((date) => {
    if (date.dueAtMs === null || !isCancelledBy(date, ending)) return [date];
    return when.of === 'properties' ? [] : [dealtWith(date, at)];
  });
  return withDates(state, rest, event.loggedAtMs);
}

function fire(state: TriggerState, item: DueItem, moment: TimerMoment): TypeStep {
  const when = whenOf(moment);
  const dates = datesOf(state);
  const waiting = dates.find(({ key }) => key === item.key);
  if (when === null || waiting === undefined || waiting.dueAtMs === null) return { state, facts: [] };
  const { timeMs, profileText } = moment;
  const profile = parseObject(profileText);
  const at: ArmAt = { when, zone: zoneOfScope({ profile }, when.companyZone), nowMs: timeMs };
  const value = when.of === 'profile' ? watchedValue(profile, when.path) : waiting.value;
  const others = otherThan(dates, item.key);
  if (value === null) return { state: withDates(state, others, timeMs), facts: [] };
  const isSame = value === waiting.value && waiting.rule === ruleOf(when) && waiting.zone === at.zone.zone;
  if (!isSame) {
    // Something else than an event has changed it: the definition, or a merge.
    const doneDate = value === waiting.value ? waiting.doneDate : '';
    return { state: withDates(state, [...others, armed({ ...waiting, value, doneDate }, at)], timeMs), facts: [] };
  }
  return conclude(withDates(state, [...others, dealtWith(waiting, at)], timeMs), moment, waiting);
}

/** A date has come: it fires, or says why not. */
function conclude(state: TriggerState, moment: TimerMoment, waiting: WaitingDate): TypeStep {
  const { trigger, personId, timeMs } = moment;
  const { key, messageId, said, atMs, date, zone, zoneFrom } = waiting;
  const dueAtMs = waiting.dueAtMs ?? timeMs;
  const more = { date, zone, zoneFrom, localTime: formatLocal(dueAtMs, zone) };
  const evidence = { said, firstAtMs: atMs, lastAtMs: atMs, count: 1, more };
  const fault = faultOf(state, waiting, moment);
  if (fault === null) {
    return fireNow(state, {
      ...moment,
      key,
      armedBy: messageId,
      causes: [messageId],
      dueAtMs,
      firedAtMs: timeMs,
      causedAtMs: dueAtMs,
      evidence,
      // The event that told the date belongs to another day.
      traceparent: null,
    });
  }
  const fact = notStarted({
    triggerId: trigger.definition.id,
    personId,
    key,
    code: fault,
    atMs: timeMs,
    dueAtMs,
    cause: messageId,
    // One event tells of a date that may come again and again.
    occasion: date,
    evidence: evidenceText(evidence),
    playbookVersion: moment.playbookVersion,
    traceparent: null,
  });
  return { state, facts: [fact] };
}

function faultOf(state: TriggerState, { key, said, atMs }: WaitingDate, moment: TimerMoment): StartCode | null {
  const { trigger, timeMs, segments } = moment;
  const off = scheduleFault(state, trigger, timeMs);
  if (off !== null) return off;
  if (mustWaitForReentry(state, trigger, { key, nowMs: timeMs })) return 'REENTRY_WAIT';
  const scope: ConditionScope = {
    event: { name: said.event, occurredAtMs: atMs },
    properties: parseObject(said.properties),
    profile: moment.profile,
    segments,
    now: timeMs,
  };
  return trigger.audience === null || trigger.audience.evaluate(scope) ? null : 'NOT_IN_AUDIENCE';
}

/** A date of the person, or of something that they did, on the clock on their wall. */
export const dateTrigger: TriggerType = {
  spec: dateSpec,
  start,
  cancel,
  cancelWindowMs: ({ definition }) => definition.expiresAfterMs,
  dueAtMs: (state) => {
    let earliest: number | undefined;
    for (const { dueAtMs } of datesOf(state)) {
      if (dueAtMs !== null && (earliest === undefined || dueAtMs < earliest)) earliest = dueAtMs;
    }
    return earliest;
  },
  dueItems: (state, timeMs) =>
    datesOf(state).flatMap(({ key, dueAtMs }) => (dueAtMs !== null && dueAtMs <= timeMs ? [{ key, dueAtMs }] : [])),
  fire,
  drop(state, item) {
    const dates = datesOf(state);
    const armedBy = dates.find(({ key }) => key === item.key)?.messageId ?? '';
    return { state: withDates(state, otherThan(dates, item.key), item.dueAtMs), armedBy };
  },
  mergeOwn: mergeDates,
};
