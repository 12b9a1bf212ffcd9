import type { CountWindow } from '../../definitions.ts';
import { calendarPeriodOf } from '../../time/index.ts';

/** A period of which the matching events are counted. It ends where the next one begins. */
export interface Period {
  readonly fromMs: number;
  readonly count: number;
  /** Somebody was there: an event that may start a conversation is among them. */
  readonly isLive: boolean;
}

/** Periods without a gap, empty ones included, in order of time. */
export interface Periods {
  readonly periods: readonly Period[];
  /** End of the last. */
  readonly toMs: number;
}

/** How periods follow each other: blocks of a length, or those of the calendar of a zone. */
export interface Grid {
  readonly per: CountWindow;
  readonly zone: string;
}

const DAY_MS = 86_400_000;
/** Periods that make the norm of one key, and the one that is judged. */
export const MAX_PERIODS = 33;
/** Periods that began longer than this before the end of the last are let go. */
export const KEPT_MS = 365 * DAY_MS;

const HALF_DAY_MS = 43_200_000;
/** An instant so far into a period lies in it, whatever the clocks do; after a move to another zone, in the one that is nearest. */
const HALF_MS = { day: HALF_DAY_MS, week: 7 * HALF_DAY_MS, month: 28 * HALF_DAY_MS } as const;

/** When a period ends that begins at an instant. A person who has moved gets one that is up to a day shorter or longer. */
export const endOf = (fromMs: number, { per, zone }: Grid): number =>
  per.kind === 'rolling' ? fromMs + per.ms : calendarPeriodOf(fromMs + HALF_MS[per.per], per.per, zone).toMs;

const startOf = (toMs: number, { per, zone }: Grid): number =>
  per.kind === 'rolling' ? toMs - per.ms : calendarPeriodOf(toMs - HALF_MS[per.per], per.per, zone).fromMs;

/** The end of the period at a place; that of the one after the last, which is not there yet, by the grid. */
export function endAt({ periods, toMs }: Periods, place: number, grid: Grid): number {
  if (place >= periods.length) return endOf(toMs, grid);
  return periods[place + 1]?.fromMs ?? toMs;
}

/** The place of the period that an instant lies in; -1 where there is none. */
export const placeAt = ({ periods, toMs }: Periods, atMs: number): number =>
  atMs >= toMs ? -1 : periods.findLastIndex(({ fromMs }) => fromMs <= atMs);

/** The first period: of a calendar the one that the event lies in, and else the one that begins with it. */
export function firstPeriods(atMs: number, { per, zone }: Grid): Periods {
  const span = per.kind === 'rolling' ? { fromMs: atMs, toMs: atMs + per.ms } : calendarPeriodOf(atMs, per.per, zone);
  return { periods: [{ fromMs: span.fromMs, count: 0, isLive: false }], toMs: span.toMs };
}

/** Adds to the period that an instant lies in, with the empty ones that lead there; null when it lies before all that is kept. */
export function counted(
  known: Periods,
  { atMs, count, isLive }: { readonly atMs: number; readonly count: number; readonly isLive: boolean },
  grid: Grid,
): Periods | null {
  const reached =
    atMs >= known.toMs + KEPT_MS ? firstPeriods(atMs, grid) : reachedBack(reachedOn(known, atMs, grid), atMs, grid);
  const place = reached === null ? -1 : placeAt(reached, atMs);
  const period = reached?.periods[place];
  if (reached === null || period === undefined) return null;
  const added = { fromMs: period.fromMs, count: period.count + count, isLive: period.isLive || isLive };
  return { periods: kept(reached.periods.with(place, added), reached.toMs), toMs: reached.toMs };
}

/** On to an instant: an empty period for each in which nothing happened. */
export function reachedOn({ periods, toMs }: Periods, atMs: number, grid: Grid): Periods {
  const all = [...periods];
  let endMs = toMs;
  const { per } = grid;
  // So many empty ones that nothing else is kept: the earlier need not be made.
  const over = per.kind === 'rolling' ? Math.floor((atMs - toMs) / per.ms) - MAX_PERIODS : 0;
  if (per.kind === 'rolling' && over > 0) {
    all.length = 0;
    endMs += over * per.ms;
  }
  while (endMs <= atMs) {
    all.push({ fromMs: endMs, count: 0, isLive: false });
    endMs = endOf(endMs, grid);
  }
  return { periods: kept(all, endMs), toMs: endMs };
}

/** Back to an instant, for what comes late. */
function reachedBack({ periods, toMs }: Periods, atMs: number, grid: Grid): Periods | null {
  const all = [...periods];
  let fromMs = all[0]?.fromMs ?? toMs;
  while (fromMs > atMs) {
    fromMs = startOf(fromMs, grid);
    if (all.length >= MAX_PERIODS || fromMs < toMs - KEPT_MS) return null;
    all.unshift({ fromMs, count: 0, isLive: false });
  }
  return { periods: all, toMs };
}

const kept = (periods: readonly Period[], toMs: number): readonly Period[] =>
  periods.filter(({ fromMs }) => fromMs >= toMs - KEPT_MS).slice(-MAX_PERIODS);
