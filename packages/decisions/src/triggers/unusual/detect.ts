import { readAmount } from '../../profiles/money.ts';
import type { Pair } from '../merge-types.ts';
import { inOrder, isBefore, memoryUntilMs, mergeEvents, type PatternEvent } from '../pattern-events.ts';
import { longestMsOf } from '../period-length.ts';
import { startNow } from '../start-now.ts';
import type { Own, TriggerState } from '../state.ts';
import type { EventMoment, TriggerType, TypeStep } from '../trigger-type.ts';
import { dropRhythm, fireRhythm, rhythmDueAtMs, rhythmDueItems, rhythmWhenOf, startRhythm } from './detect-rhythm.ts';
import { isUnusual, normOf } from './norm.ts';
import { mergeRhythms, rhythmOwnOf } from './rhythm.ts';
import { unusualSpec } from './spec.ts';

interface Valued extends PatternEvent {
  readonly value: number;
}

/** The latest values of each key, in order of time. */
interface UnusualOwn extends Own {
  readonly type: 'unusual';
  readonly untilMs: number;
  readonly values: readonly Valued[];
}

/** Values that make the norm of one key. */
const MAX_VALUES = 32;
const MAX_KEYS = 8;
const KEPT_MS = 365 * 86_400_000;

export const ownOf = ({ own }: TriggerState): UnusualOwn | null =>
  own?.type === 'unusual' && 'values' in own ? (own as UnusualOwn) : null;

function start(state: TriggerState, moment: EventMoment): TypeStep {
  const { trigger, event, scope, key, timeMs } = moment;
  if (trigger.when.type !== 'unusual') return { state, facts: [] };
  const ofPeriods = rhythmWhenOf(moment);
  if (ofPeriods !== null) return startRhythm(state, moment, ofPeriods);
  const amount = readAmount(trigger.when.value?.value(scope));
  const known = ownOf(state)?.values ?? [];
  const isKnown = known.some(({ messageId }) => messageId === event.messageId);
  if (amount === null || isKnown || event.occurredAtMs <= timeMs - KEPT_MS) return { state, facts: [] };
  const added: Valued = { key, messageId: event.messageId, atMs: event.occurredAtMs, value: Number(amount) };
  const kept = known.filter(({ atMs }) => atMs > timeMs - KEPT_MS);
  const earlier = kept.filter((one) => one.key === key && isBefore(one, added)).map(({ value }) => value);
  const next = withValues(state, inOrder(kept, added));
  const norm = earlier.length < trigger.when.afterAtLeast ? null : normOf(earlier);
  if (norm === null || !isUnusual(added.value, norm, trigger.when)) return { state: next, facts: [] };
  return startNow(next, moment, { more: { value: added.value, usual: norm.median, spread: norm.spread } });
}

const withValues = (state: TriggerState, values: readonly Valued[]): TriggerState => ({
  ...state,
  own: ownWith(values),
});

function ownWith(values: readonly Valued[]): UnusualOwn {
  const kept = bounded(values);
  const newestMs = kept.at(-1)?.atMs ?? 0;
  return { type: 'unusual', untilMs: memoryUntilMs(newestMs, KEPT_MS), values: kept };
}

/** The latest values of the keys that had one last. */
function bounded(values: readonly Valued[]): readonly Valued[] {
  const counts = new Map<string, number>();
  const kept = values.toReversed().filter(({ key }) => {
    const count = counts.get(key) ?? 0;
    if (count >= MAX_VALUES || (count === 0 && counts.size >= MAX_KEYS)) return false;
    counts.set(key, count + 1);
    return true;
  });
  return kept.reverse();
}

/** The values of both: the latest make the norm. Where one has values and the other counts, what the live trigger understands stays. */
function mergeOwn(pair: Pair): Own | null {
  const { into, from, trigger } = pair;
  const [a, b] = [rhythmOwnOf(into), rhythmOwnOf(from)];
  if (a !== null && b !== null) return mergeRhythms(a, b, pair);
  const rhythms = a ?? b;
  const isOfPeriods = trigger === undefined || rhythmWhenOf({ trigger }) !== null;
  if (rhythms !== null && (isOfPeriods || (ownOf(into) ?? ownOf(from)) === null)) return rhythms;
  return ownWith(mergeEvents(ownOf(into)?.values ?? [], ownOf(from)?.values ?? []));
}

export const unusualTrigger: TriggerType = {
  spec: unusualSpec,
  start,
  /** A norm is no wait: what cancels takes back, and the values remain what they were. */
  cancel: (state) => state,
  cancelWindowMs: (trigger, liveHorizonMs) => {
    const { expiresAfterMs } = trigger.definition;
    const per = rhythmWhenOf({ trigger })?.per;
    // Asked when the period ends in which it happened.
    return per === undefined ? expiresAfterMs : Math.max(expiresAfterMs, longestMsOf(per) + liveHorizonMs);
  },
  dueAtMs: rhythmDueAtMs,
  dueItems: rhythmDueItems,
  fire: fireRhythm,
  drop: dropRhythm,
  mergeOwn,
};
