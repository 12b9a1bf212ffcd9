import { localTimeOf } from './zone.ts';

/** A day of the calendar; without a year it comes each year. */
export interface CalendarDay {
  readonly year: number | null;
  readonly month: number;
  readonly day: number;
}

const WRITTEN = /^(?:(\d{4})-|--)(\d{2})-?(\d{2})(?:$|[T ])/;

/** The day that a value means; null when it means none. */
export function calendarDayOf(value: unknown, zone: string): CalendarDay | null {
  if (typeof value === 'number') {
    // What a Date can hold; zones' offsets of today are asked of all of them.
    if (!Number.isFinite(value) || Math.abs(value) > 8e15) return null;
    const { year, month, day } = localTimeOf(value, zone);
    return { year, month, day };
  }
  const match = typeof value === 'string' ? WRITTEN.exec(value) : null;
  if (match === null) return null;
  const found = {
    year: match[1] === undefined ? null : Number(match[1]),
    month: Number(match[2]),
    day: Number(match[3]),
  };
  // A leap year knows every day that there is.
  return isDay(found.year ?? 2000, found.month, found.day) ? found : null;
}

/** Whether the calendar has this day. */
export function isDay(year: number, month: number, day: number): boolean {
  const shown = new Date(Date.UTC(2000, month - 1, day));
  shown.setUTCFullYear(year, month - 1, day);
  return month >= 1 && month <= 12 && shown.getUTCMonth() === month - 1 && shown.getUTCDate() === day;
}
