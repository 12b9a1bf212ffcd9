import { localTimeOf, localToUtcMs } from './zone.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export interface LocalGoal {
  readonly zone: string;
  /** Ms since local midnight, in whole minutes. */
  readonly wallMs: number;
  /** 1 Monday to 7 Sunday; empty = any day. */
  readonly weekdays: readonly number[];
}

/**
 * The first instant at or after `fromMs` at which the clock of the zone shows the time, on one of the days. Clock changes
 * by the rule of `localToUtcMs`: what is skipped means the first instant after the gap, what comes twice its first time.
 */
export function nextLocalTimeMs(fromMs: number, { zone, wallMs, weekdays }: LocalGoal): number {
  const today = localTimeOf(fromMs, zone);
  const midnight = Date.UTC(today.year, today.month - 1, today.day);
  const hour = Math.floor(wallMs / (60 * MINUTE_MS));
  const minute = Math.floor(wallMs / MINUTE_MS) % 60;
  // Eight days hold every weekday, also when today's time is over.
  for (let ahead = 0; ahead <= 8; ahead += 1) {
    const day = new Date(midnight + ahead * DAY_MS);
    const weekday = ((day.getUTCDay() + 6) % 7) + 1;
    if (weekdays.length > 0 && !weekdays.includes(weekday)) continue;
    const local = { year: day.getUTCFullYear(), month: day.getUTCMonth() + 1, day: day.getUTCDate(), hour, minute };
    const atMs = localToUtcMs(local, zone);
    if (atMs >= fromMs) return atMs;
  }
  throw new RangeError(`no weekday of 1 to 7 among ${weekdays.join(', ')}`);
}
