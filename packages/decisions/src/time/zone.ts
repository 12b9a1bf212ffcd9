/**
 * Time zones: the only folder that may use `Intl`, and only with an explicit locale and zone, so that nothing depends on
 * the machine it runs on.
 */

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Names come from customers' browsers: keep the cache bounded. */
const MAX_CACHED = 1000;

interface Clock {
  readonly format: Intl.DateTimeFormat;
  /** The minute that was asked for last. */
  minute: number;
  offsetMs: number;
  /** Others that were. To ask the format takes microseconds, and the same days are asked for again and again. */
  readonly known: Map<number, number>;
}

/** Minutes that all clocks together remember: the days of a few years, at some times of day, in the zones that most live in. */
const MAX_MINUTES = 65_536;
let minutesKnown = 0;

const clocks = new Map<string, Clock>();
/** Names only; an offset such as `+02:00` is no zone (it has no summer time), though newer engines accept it. */
const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+/-]{1,63}$/;

const newClock = (zone: string): Clock => ({
  format: new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }),
  minute: Number.NaN,
  offsetMs: 0,
  known: new Map(),
});

function clockOf(zone: string): Clock | undefined {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  if (!ZONE_NAME.test(zone)) return undefined;
  try {
    const clock = newClock(zone);
    if (clocks.size >= MAX_CACHED) clocks.clear();
    clocks.set(zone, clock);
    return clock;
  } catch {
    return undefined;
  }
}

/** Whether `zone` is a name of the IANA time zone database (in any case, old names included). */
export const isZone = (zone: string): boolean => clockOf(zone) !== undefined;

/** What the zone's clock is ahead of UTC at an instant, in ms. Throws RangeError for an unknown zone: ask `isZone` first. */
export function offsetMsAt(utcMs: number, zone: string): number {
  const clock = clockOf(zone);
  if (clock === undefined) throw new RangeError(`"${zone}" is not an IANA time zone`);
  // Clock changes happen on full minutes (St. John's used 00:01), so one offset holds for a minute.
  const minute = Math.floor(utcMs / MINUTE_MS);
  if (clock.minute !== minute) {
    clock.offsetMs = offsetIn(clock, minute);
    clock.minute = minute;
  }
  return clock.offsetMs;
}

function offsetIn({ known, format }: Clock, minute: number): number {
  const before = known.get(minute);
  if (before !== undefined) return before;
  const offsetMs = readOffsetMs(format, minute * MINUTE_MS);
  if (minutesKnown >= MAX_MINUTES) forgetMinutes();
  known.set(minute, offsetMs);
  minutesKnown += 1;
  return offsetMs;
}

function forgetMinutes(): void {
  for (const { known } of clocks.values()) known.clear();
  minutesKnown = 0;
}

function readOffsetMs(format: Intl.DateTimeFormat, utcMs: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(utcMs)) parts[type] = Number(value);
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - utcMs;
}

/** What calendar and clock on the wall show. */
export interface LocalTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** 1 Monday to 7 Sunday (ISO). */
  readonly weekday: number;
}

/** Calendar and clock of a zone at an instant. */
export function localTimeOf(utcMs: number, zone: string): LocalTime {
  const shown = new Date(utcMs + offsetMsAt(utcMs, zone));
  return {
    year: shown.getUTCFullYear(),
    month: shown.getUTCMonth() + 1,
    day: shown.getUTCDate(),
    hour: shown.getUTCHours(),
    minute: shown.getUTCMinutes(),
    second: shown.getUTCSeconds(),
    weekday: ((shown.getUTCDay() + 6) % 7) + 1,
  };
}

/** Ms since local midnight as the clock on the wall shows them. */
export function wallMsOf(utcMs: number, zone: string): number {
  const shown = utcMs + offsetMsAt(utcMs, zone);
  return shown - Math.floor(shown / DAY_MS) * DAY_MS;
}

/** First instant after `fromMs` and up to `toMs` at which the zone's offset is another one; null = none. At most one change is found: clocks change months apart. */
export function clockChangeBetween(fromMs: number, toMs: number, zone: string): number | null {
  const before = offsetMsAt(fromMs, zone);
  if (offsetMsAt(toMs, zone) === before) return null;
  let low = Math.floor(fromMs / MINUTE_MS);
  let high = Math.ceil(toMs / MINUTE_MS);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetMsAt(middle * MINUTE_MS, zone) === before) low = middle;
    else high = middle;
  }
  return high * MINUTE_MS;
}

/**
 * The instant of a local time. THE rule for clock changes: a local time that is **skipped** means the first instant after
 * the gap; a local time that comes **twice** means its first occurrence.
 */
export function localToUtcMs(
  local: Pick<LocalTime, 'year' | 'month' | 'day'> & Partial<Pick<LocalTime, 'hour' | 'minute' | 'second'>>,
  zone: string,
): number {
  const { year, month, day, hour = 0, minute = 0, second = 0 } = local;
  const shown = Date.UTC(year, month - 1, day, hour, minute, second);
  // Any instant that shows `shown` lies within a day of it; a change of the clock splits that span in two.
  const fromMs = shown - DAY_MS;
  const toMs = shown + DAY_MS;
  const first = shown - offsetMsAt(fromMs, zone);
  const change = clockChangeBetween(fromMs, toMs, zone);
  if (change === null || first < change) return first;
  const later = shown - offsetMsAt(toMs, zone);
  return Math.max(later, change);
}

/** `2026-11-01 08:00 Europe/Berlin`: an instant as a person there reads it. */
export function formatLocal(utcMs: number, zone: string): string {
  const shown = new Date(utcMs + offsetMsAt(utcMs, zone)).toISOString();
  return `${shown.slice(0, 10)} ${shown.slice(11, 16)} ${zone}`;
}
