import type { CompiledWhen } from '../../compile-types.ts';
import { type CalendarDay, isDay, localTimeOf, localToUtcMs } from '../../time/index.ts';

export type DateWhen = Extract<CompiledWhen, { type: 'date' }>;

const DAY_MS = 86_400_000;

/** When a date is due. */
export interface Occurrence {
  readonly dueAtMs: number;
  /** The date itself, before the offset: `2026-03-05`. */
  readonly date: string;
}

export interface After {
  /** It is due later than this, UTC ms. */
  readonly afterMs: number;
  /** Its date is later than this one; '' for any. */
  readonly afterDate: string;
  readonly zone: string;
}

/**
 * The next time that a date is due: its day (29 February is the 28th in common years), moved by the offset, at the time of
 * day on the clock of the zone. A time that the clock skips is the first instant after the gap, one that comes twice its
 * first. Null when none is to come.
 */
export function nextOccurrence(
  day: CalendarDay,
  when: DateWhen,
  { afterMs, afterDate, zone }: After,
): Occurrence | null {
  if (!when.yearly) {
    const only = day.year === null ? null : occurrenceIn(day.year, day, { when, zone });
    return only !== null && only.dueAtMs > afterMs && only.date > afterDate ? only : null;
  }
  // The offset, at most a year, may bring the date of another year into this one.
  const thisYear = localTimeOf(afterMs, zone).year;
  // Nobody is congratulated before they are born.
  const firstYear = Math.max(thisYear - 2, day.year ?? 0);
  for (let year = firstYear; year <= firstYear + 5; year += 1) {
    const found = occurrenceIn(year, day, { when, zone });
    if (found.dueAtMs > afterMs && found.date > afterDate) return found;
  }
  return null;
}

function occurrenceIn(
  year: number,
  { month, day }: CalendarDay,
  { when, zone }: { readonly when: DateWhen; readonly zone: string },
): Occurrence {
  const shown = isDay(year, month, day) ? day : day - 1;
  const date = Date.UTC(year, month - 1, shown);
  const moved = new Date(date + when.offsetDays * DAY_MS);
  const minutes = when.atWallMs / 60_000;
  const local = {
    year: moved.getUTCFullYear(),
    month: moved.getUTCMonth() + 1,
    day: moved.getUTCDate(),
    hour: Math.floor(minutes / 60),
    minute: minutes % 60,
  };
  return { dueAtMs: localToUtcMs(local, zone), date: new Date(date).toISOString().slice(0, 10) };
}
