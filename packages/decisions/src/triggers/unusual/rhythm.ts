import type { CountWindow } from '../../definitions.ts';
import type { Pair } from '../merge-types.ts';
import { isBefore, latest, memoryUntilMs, type PatternEvent } from '../pattern-events.ts';
import type { Arm, Own, Said, TriggerState } from '../state.ts';
import { counted, endAt, type Grid, KEPT_MS, type Period, type Periods } from './periods.ts';

/** How often something happens, of one key. */
export interface Rhythm extends Periods {
  readonly key: string;
  /** By whose calendar the periods go on. */
  readonly zone: string;
  /** Periods that ended by then have been judged, or told. */
  readonly doneMs: number;
  /** The event that happened last and what it said, for who waits for the end of a period; null where nobody does. */
  readonly last: { readonly arm: Arm; readonly said: Said } | null;
}

export interface RhythmOwn extends Own {
  readonly type: 'unusual';
  readonly untilMs: number;
  /** What the periods were made by: those of another rule say nothing. */
  readonly per: CountWindow;
  readonly rhythms: readonly Rhythm[];
  /** Events that came last, by log time: one that comes again counts once. */
  readonly seen: readonly PatternEvent[];
}

const MAX_KEYS = 8;
const MAX_SEEN = 64;

const NO_RHYTHMS: readonly Rhythm[] = [];

export const rhythmOwnOf = ({ own }: TriggerState): RhythmOwn | null =>
  own?.type === 'unusual' && 'rhythms' in own ? (own as RhythmOwn) : null;

export const rhythmsOf = (state: TriggerState): readonly Rhythm[] => rhythmOwnOf(state)?.rhythms ?? NO_RHYTHMS;

export const ruleOf = (per: CountWindow): string => (per.kind === 'rolling' ? `${per.ms}` : `${per.per} ${per.zone}`);

/** Whether so much time has passed since that it tells nothing any more. */
export const isOver = ({ toMs }: Rhythm, timeMs: number): boolean => memoryUntilMs(toMs, KEPT_MS) <= timeMs;

/** The rhythms of the keys that had an event last. */
export function ownWith({ per, rhythms, seen }: Pick<RhythmOwn, 'per' | 'rhythms' | 'seen'>): RhythmOwn | null {
  const kept = latest(
    [...rhythms].sort((a, b) => a.toMs - b.toMs || (a.key < b.key ? -1 : 1)),
    MAX_KEYS,
  );
  const last = kept.at(-1);
  if (last === undefined) return null;
  return {
    type: 'unusual',
    untilMs: memoryUntilMs(last.toMs, KEPT_MS),
    per,
    rhythms: kept,
    seen: latest(seen, MAX_SEEN),
  };
}

export const gridOf = ({ per }: Pick<RhythmOwn, 'per'>, { zone }: Rhythm): Grid => ({ per, zone });

/** A period whose end is waited for. */
interface PendingPeriod {
  readonly place: number;
  readonly endMs: number;
}

/**
 * Periods to be judged when they end: in which somebody was there, or was just before. So a silence that goes on is told
 * once, and no timer goes on for somebody who has left.
 */
export function pendingPeriods(own: RhythmOwn, rhythm: Rhythm): readonly PendingPeriod[] {
  const pending: PendingPeriod[] = [];
  for (let next = nextPending(own, rhythm, 0); next !== null; next = nextPending(own, rhythm, next.place + 1)) {
    pending.push(next);
  }
  return pending;
}

/** The first of them from a place on. Stops there: where the next one ends is a question to the calendar. */
export function nextPending(own: RhythmOwn, rhythm: Rhythm, from: number): PendingPeriod | null {
  const { periods, doneMs, last } = rhythm;
  if (last === null) return null;
  for (let place = from; place <= periods.length; place += 1) {
    if (periods[place]?.isLive !== true && periods[place - 1]?.isLive !== true) continue;
    const endMs = endAt(rhythm, place, gridOf(own, rhythm));
    if (endMs > doneMs) return { place, endMs };
  }
  return null;
}

/** Counts of those before a place. */
export const countsBefore = (periods: readonly Period[], place: number): readonly number[] =>
  periods.slice(0, place).map(({ count }) => count);

/** How often it happened on both sides. */
export function mergeRhythms(a: RhythmOwn, b: RhythmOwn, { trigger }: Pick<Pair, 'trigger'>): Own | null {
  const rules = [a, b].map(({ per }) => ruleOf(per));
  if (rules[0] !== rules[1]) {
    const per = trigger?.when.type === 'unusual' ? trigger.when.per : null;
    const live = per === null ? '' : ruleOf(per);
    if (rules.includes(live)) return rules[0] === live ? a : b;
    return (rules[0] ?? '') < (rules[1] ?? '') ? a : b;
  }
  const both = new Map(a.rhythms.map((rhythm) => [rhythm.key, rhythm]));
  for (const rhythm of b.rhythms) {
    const known = both.get(rhythm.key);
    both.set(rhythm.key, known === undefined ? rhythm : mergeTwo(known, rhythm, a));
  }
  return ownWith({ per: a.per, rhythms: [...both.values()], seen: mergeSeen(a.seen, b.seen) });
}

/** Each once, as it came first: log times differ where both have seen it. */
function mergeSeen(a: readonly PatternEvent[], b: readonly PatternEvent[]): readonly PatternEvent[] {
  const all = [...a, ...b].sort((x, y) => (isBefore(x, y) ? -1 : 1));
  const first = new Map<string, PatternEvent>();
  for (const event of all) if (!first.has(event.messageId)) first.set(event.messageId, event);
  return [...first.values()];
}

/** The periods of the one that began earlier stand; what the other counted goes where the middle of its period lies. */
function mergeTwo(a: Rhythm, b: Rhythm, own: RhythmOwn): Rhythm {
  const [base, other] = beginsFirst(a, b) ? [a, b] : [b, a];
  const grid = gridOf(own, base);
  let periods: Periods = base;
  for (const [place, { fromMs, count, isLive }] of other.periods.entries()) {
    const atMs = Math.floor((fromMs + endAt(other, place, grid)) / 2);
    periods = counted(periods, { atMs, count, isLive }, grid) ?? periods;
  }
  const later = a.toMs > b.toMs || (a.toMs === b.toMs && a.zone <= b.zone) ? a : b;
  return {
    key: a.key,
    zone: later.zone,
    periods: periods.periods,
    toMs: periods.toMs,
    doneMs: Math.max(a.doneMs, b.doneMs),
    last: laterOf(a.last, b.last),
  };
}

function beginsFirst(a: Rhythm, b: Rhythm): boolean {
  const [aMs, bMs] = [a.periods[0]?.fromMs ?? a.toMs, b.periods[0]?.fromMs ?? b.toMs];
  return aMs < bMs || (aMs === bMs && (a.toMs > b.toMs || (a.toMs === b.toMs && a.zone <= b.zone)));
}

/** Of two events the one that happened later. */
export function laterOf(a: Rhythm['last'], b: Rhythm['last']): Rhythm['last'] {
  if (a === null || b === null) return a ?? b;
  const isLater = a.arm.atMs > b.arm.atMs || (a.arm.atMs === b.arm.atMs && a.arm.messageId >= b.arm.messageId);
  return isLater ? a : b;
}
