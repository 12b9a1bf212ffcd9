export { calendarPeriodOf } from './calendar.ts';
export { type CalendarDay, calendarDayOf, isDay } from './calendar-day.ts';
export { singleZoneOfCountry } from './country-zone.ts';
export { formatDuration, parseDurationMs } from './duration.ts';
export { nextLocalTimeMs } from './next-local-time.ts';
export { parseWallTimeMs, type QuietSpan, quietUntilMs } from './quiet-hours.ts';
export {
  clockChangeBetween,
  formatLocal,
  isZone,
  type LocalTime,
  localTimeOf,
  localToUtcMs,
  offsetMsAt,
  wallMsOf,
} from './zone.ts';
