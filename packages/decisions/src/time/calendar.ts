import { localTimeOf, localToUtcMs } from './zone.ts';

export type CalendarPeriod = 'day' | 'week' | 'month';

/** From `fromMs` on, and before `toMs`. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * The day, week (from Monday, ISO) or month that an instant lies in, on the calendar of a zone. A day begins with its
 * midnight; where the clock skips that, with the first instant after the gap.
 */
export function calendarPeriodOf(utcMs: number, per: CalendarPeriod, zone: string): Span {
  const { year, month, day, weekday } = localTimeOf(utcMs, zone);
  // Days and months beyond the end of theirs run on into the next.
  const at = (m: number, d: number) => localToUtcMs({ year, month: m, day: d }, zone);
  switch (per) {
    case 'day':
      return { fromMs: at(month, day), toMs: at(month, day + 1) };
    case 'week':
      return { fromMs: at(month, day + 1 - weekday), toMs: at(month, day + 8 - weekday) };
    case 'month':
      return { fromMs: at(month, 1), toMs: at(month + 1, 1) };
  }
}
