const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;

/** Largest first; weeks are read but never written, since “14 days” is what marketers say. */
const UNITS: readonly { readonly ms: number; readonly one: string; readonly names: readonly string[] }[] = [
  { ms: WEEK_MS, one: 'week', names: ['w', 'week', 'weeks'] },
  { ms: DAY_MS, one: 'day', names: ['d', 'day', 'days'] },
  { ms: HOUR_MS, one: 'hour', names: ['h', 'hour', 'hours'] },
  { ms: MINUTE_MS, one: 'minute', names: ['m', 'min', 'minute', 'minutes'] },
  { ms: SECOND_MS, one: 'second', names: ['s', 'sec', 'second', 'seconds'] },
  { ms: 1, one: 'millisecond', names: ['ms', 'millisecond', 'milliseconds'] },
];

const unitMs = new Map(UNITS.flatMap((unit) => unit.names.map((name) => [name, unit.ms] as const)));
const PART = /(\d{1,15})\s*([a-z]+)\s*/y;

/**
 * A duration in ms: `500ms`, `15s`, `30m`, `1h`, `14d`, `2w`, joined as in `1h30m`, or in the words that
 * `formatDuration` writes. Units must fall and may come once. A day is 24 hours: a duration knows no calendar.
 * Answers null for anything else (no sign, no fraction, no bare number), so that the caller can name the field.
 */
export function parseDurationMs(text: string): number | null {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  let total = 0;
  let smallest = Number.POSITIVE_INFINITY;
  PART.lastIndex = 0;
  while (PART.lastIndex < trimmed.length) {
    const match = PART.exec(trimmed);
    if (match === null) return null;
    const ms = unitMs.get(match[2] ?? '');
    if (ms === undefined || ms >= smallest) return null;
    smallest = ms;
    total += Number(match[1]) * ms;
  }
  return Number.isSafeInteger(total) ? total : null;
}

/** A duration in words, exact: `14 days`, `1 hour 30 minutes`. `parseDurationMs` reads it back. */
export function formatDuration(durationMs: number): string {
  let rest = Math.max(0, Math.round(durationMs));
  if (rest === 0) return '0 seconds';
  const words: string[] = [];
  for (const { ms, one } of UNITS.slice(1)) {
    const count = Math.floor(rest / ms);
    rest -= count * ms;
    if (count > 0) words.push(`${count} ${one}${count === 1 ? '' : 's'}`);
  }
  return words.join(' ');
}
