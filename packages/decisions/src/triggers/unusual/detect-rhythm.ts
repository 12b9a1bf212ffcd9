import type { ConditionScope } from '../../conditions/types.ts';
import type { CountWindow } from '../../definitions.ts';
import { type JsonObject, parseObject } from '../../profiles/json.ts';
import { evidenceText, saidOf } from '../evidence.ts';
import { fireNow, notStarted } from '../facts.ts';
import { isCancelled, mustWaitForReentry } from '../memory.ts';
import { inOrder } from '../pattern-events.ts';
import { zoneOfScope } from '../person-zone.ts';
import { isTooOld, scheduleFault } from '../start-gates.ts';
import { startNow } from '../start-now.ts';
import type { TriggerState } from '../state.ts';
import type { DueItem, EventMoment, StartCode, TimerMoment, TypeStep } from '../trigger-type.ts';
import { takeBack } from '../withdraw.ts';
import { isUnusual, type Norm, normOf, type UnusualWhen } from './norm.ts';
import { counted, endAt, firstPeriods, KEPT_MS, type Period, placeAt, reachedOn } from './periods.ts';
import {
  countsBefore,
  gridOf,
  isOver,
  laterOf,
  nextPending,
  ownWith,
  pendingPeriods,
  type Rhythm,
  type RhythmOwn,
  rhythmOwnOf,
  ruleOf,
} from './rhythm.ts';

/** An `unusual` that counts events per period. */
type RhythmWhen = UnusualWhen & { readonly per: CountWindow };

export const rhythmWhenOf = ({ trigger: { when } }: Pick<EventMoment, 'trigger'>): RhythmWhen | null =>
  when.type === 'unusual' && when.per !== null ? (when as RhythmWhen) : null;

const zoneIn = ({ scope }: EventMoment, { per, companyZone }: RhythmWhen): string =>
  per.kind === 'calendar' && per.zone === 'person' ? zoneOfScope(scope, companyZone).zone : companyZone;

/** An event counts in its period: too many are told at once, too few when the period ends. */
export function startRhythm(state: TriggerState, moment: EventMoment, when: RhythmWhen): TypeStep {
  const { event, key, timeMs } = moment;
  const stored = rhythmOwnOf(state);
  // What another rule has counted says nothing of this one.
  const own = stored !== null && ruleOf(stored.per) === ruleOf(when.per) ? stored : null;
  const isKnown = own?.seen.some(({ messageId }) => messageId === event.messageId) === true;
  if (isKnown || event.occurredAtMs <= timeMs - KEPT_MS) return { state, facts: [] };
  const known = (own?.rhythms ?? []).filter((rhythm) => !isOver(rhythm, timeMs));
  const rhythm = rhythmWith(known.find((one) => one.key === key) ?? null, moment, when);
  if (rhythm === null) return { state, facts: [] };
  const others = known.filter((one) => one.key !== key);
  const seen = inOrder(own?.seen ?? [], { key, messageId: event.messageId, atMs: event.loggedAtMs });
  const place = placeAt(rhythm, event.occurredAtMs);
  const endMs = endAt(rhythm, place, { per: when.per, zone: rhythm.zone });
  const found = unusualAt(rhythm.periods, place, when);
  const isTold = when.direction === 'above' && found !== null && endMs > rhythm.doneMs;
  const told = isTold ? { ...rhythm, doneMs: endMs } : rhythm;
  const next = { ...state, own: ownWith({ per: when.per, rhythms: [...others, told], seen }) };
  if (isTold) return startNow(next, moment, { more: evidenceOf(found, { period: rhythm.periods[place], endMs }) });
  if (when.direction === 'above' || found !== null || endMs > rhythm.doneMs) return { state: next, facts: [] };
  // It was not so few after all; the news came late.
  return takeBack(next, moment, (firing) => (firing.key === key && firing.dueAtMs === endMs ? 'EXITED' : null));
}

function rhythmWith(known: Rhythm | null, moment: EventMoment, when: RhythmWhen): Rhythm | null {
  const { event, key, traceparent } = moment;
  const zone = zoneIn(moment, when);
  const grid = { per: when.per, zone };
  const atMs = event.occurredAtMs;
  // History makes the norm known; that it is over is no news.
  const isLive = !event.backfill && !isTooOld(moment);
  const periods = counted(known ?? firstPeriods(atMs, grid), { atMs, count: 1, isLive }, grid);
  if (periods === null) return null;
  const isWaiting = when.direction === 'below' && isLive;
  const last = isWaiting ? { arm: { messageId: event.messageId, atMs, traceparent }, said: saidOf(event) } : null;
  return {
    key,
    zone,
    periods: periods.periods,
    toMs: periods.toMs,
    doneMs: known?.doneMs ?? 0,
    last: laterOf(known?.last ?? null, last),
  };
}

/** The norm of the periods before one, where that lies as far from it as the trigger asks. */
function unusualAt(periods: readonly Period[], place: number, when: RhythmWhen): Norm | null {
  const earlier = countsBefore(periods, place);
  const norm = earlier.length < when.afterAtLeast ? null : normOf(earlier);
  return norm !== null && isUnusual(periods[place]?.count ?? 0, norm, when) ? norm : null;
}

const evidenceOf = (
  norm: Norm,
  { period, endMs }: { readonly period: Period | undefined; readonly endMs: number },
): JsonObject => ({
  value: period?.count ?? 0,
  usual: norm.median,
  spread: norm.spread,
  periodFromMs: period?.fromMs ?? endMs,
  periodToMs: endMs,
});

/** When the first period ends that is waited for. */
export function rhythmDueAtMs(state: TriggerState): number | undefined {
  const own = rhythmOwnOf(state);
  if (own === null) return undefined;
  let earliest: number | undefined;
  for (const rhythm of own.rhythms) {
    const endMs = nextPending(own, rhythm, 0)?.endMs;
    if (endMs !== undefined && (earliest === undefined || endMs < earliest)) earliest = endMs;
  }
  return earliest;
}

/** Of each key the last period that has ended: when time stood still, the earlier ones are no news. */
export function rhythmDueItems(state: TriggerState, timeMs: number): readonly DueItem[] {
  const own = rhythmOwnOf(state);
  if (own === null) return [];
  return own.rhythms.flatMap((rhythm) => {
    const ended = pendingPeriods(own, rhythm).findLast(({ endMs }) => endMs <= timeMs);
    return ended === undefined ? [] : [{ key: rhythm.key, dueAtMs: ended.endMs }];
  });
}

/** A period has ended. */
export function fireRhythm(state: TriggerState, item: DueItem, moment: TimerMoment): TypeStep {
  const when = rhythmWhenOf(moment);
  const own = rhythmOwnOf(state);
  if (when === null || own === null || ruleOf(own.per) !== ruleOf(when.per)) {
    // The definition is another one now: what was counted by the old one is let go.
    return { state: { ...state, own: null }, facts: [] };
  }
  if (when.direction === 'above') return { state: dropRhythm(state, item).state, facts: [] };
  const rhythm = own.rhythms.find(({ key }) => key === item.key);
  const pending = rhythm && pendingPeriods(own, rhythm).find(({ endMs }) => endMs === item.dueAtMs);
  if (rhythm === undefined || pending === undefined || rhythm.last === null) return { state, facts: [] };
  const { periods, toMs } = reachedOn(rhythm, pending.endMs - 1, gridOf(own, rhythm));
  const judged: Rhythm = { ...rhythm, periods, toMs, doneMs: pending.endMs };
  const next = withRhythm(state, own, judged);
  const place = placeAt(judged, pending.endMs - 1);
  const period = periods[place];
  const norm = unusualAt(periods, place, when);
  const isSettled = isCancelled(state, { key: item.key, atMs: period?.fromMs ?? pending.endMs });
  if (norm === null || period === undefined || isSettled) return { state: next, facts: [] };
  return conclude(next, moment, { rhythm, last: rhythm.last, period, endMs: pending.endMs, norm });
}

interface TooFew {
  readonly rhythm: Rhythm;
  readonly last: NonNullable<Rhythm['last']>;
  readonly period: Period;
  readonly endMs: number;
  readonly norm: Norm;
}

/** So few are unusual: it fires, or says why not. */
function conclude(state: TriggerState, moment: TimerMoment, { rhythm, last, period, endMs, norm }: TooFew): TypeStep {
  const { trigger, personId, timeMs } = moment;
  const { arm, said } = last;
  const { key } = rhythm;
  const more = evidenceOf(norm, { period, endMs });
  const evidence = { said, firstAtMs: arm.atMs, lastAtMs: arm.atMs, count: 1, more };
  const fault = faultOf(state, { key, last }, moment);
  if (fault === null) {
    return fireNow(state, {
      ...moment,
      key,
      armedBy: arm.messageId,
      causes: [arm.messageId],
      dueAtMs: endMs,
      firedAtMs: timeMs,
      causedAtMs: endMs,
      evidence,
      // What cancels it from the beginning of the period on would have kept it from being told.
      armedAtMs: period.fromMs,
      traceparent: arm.traceparent,
    });
  }
  const fact = notStarted({
    triggerId: trigger.definition.id,
    personId,
    key,
    code: fault,
    atMs: timeMs,
    dueAtMs: endMs,
    cause: arm.messageId,
    // The same event may be the last one of two periods: of its own, and of an empty one.
    occasion: String(endMs),
    evidence: evidenceText(evidence),
    playbookVersion: moment.playbookVersion,
    traceparent: arm.traceparent,
  });
  return { state, facts: [fact] };
}

function faultOf(
  state: TriggerState,
  { key, last: { arm, said } }: Pick<TooFew, 'last'> & { readonly key: string },
  moment: TimerMoment,
): StartCode | null {
  const { trigger, timeMs, profile, segments } = moment;
  const off = scheduleFault(state, trigger, timeMs);
  if (off !== null) return off;
  if (mustWaitForReentry(state, trigger, { key, nowMs: timeMs })) return 'REENTRY_WAIT';
  const scope: ConditionScope = {
    event: { name: said.event, occurredAtMs: arm.atMs },
    properties: parseObject(said.properties),
    profile,
    segments,
    now: timeMs,
  };
  return trigger.audience === null || trigger.audience.evaluate(scope) ? null : 'NOT_IN_AUDIENCE';
}

/** Nobody waits for the end of these periods any more; what was counted remains. */
export function dropRhythm(
  state: TriggerState,
  item: DueItem,
): { readonly state: TriggerState; readonly armedBy: string } {
  const own = rhythmOwnOf(state);
  const rhythm = own?.rhythms.find(({ key }) => key === item.key);
  if (own === null || rhythm === undefined) return { state, armedBy: '' };
  const dropped = { ...rhythm, doneMs: item.dueAtMs, last: null };
  return { state: withRhythm(state, own, dropped), armedBy: rhythm.last?.arm.messageId ?? '' };
}

const withRhythm = (state: TriggerState, own: RhythmOwn, rhythm: Rhythm): TriggerState => ({
  ...state,
  own: ownWith({ ...own, rhythms: own.rhythms.map((one) => (one.key === rhythm.key ? rhythm : one)) }),
});
