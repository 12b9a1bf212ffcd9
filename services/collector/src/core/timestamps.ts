import { at, EventRefused, quoted } from './fault.ts';

const EARLIEST_MS = 0;
/** 2100-01-01. */
const LATEST_MS = 4_102_444_800_000;
/** 2000-01-01: a smaller number of milliseconds is more likely a number of seconds. */
const EARLIEST_NUMBER_MS = 946_684_800_000;
/** A client's clock may be this far ahead before its time is replaced. */
export const FUTURE_TOLERANCE_MS = 300_000;

const ISO =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d{2}:?(?:\d{2})?)?)?$/i;

function offsetMs(zone: string | undefined): number {
  if (zone === undefined || zone === '' || zone.toUpperCase() === 'Z') return 0;
  const sign = zone.startsWith('-') ? -1 : 1;
  const digits = zone.slice(1).replace(':', '');
  return sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2) || 0)) * 60_000;
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const CANONICAL_LENGTH = '2026-03-01T12:00:00.000Z'.length;

/** The number that the digits of a stretch of text say; NaN where one of them is no digit. */
function numberAt(text: string, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}

/**
 * What every client's `toISOString` writes, without a pattern. Undefined for all else, also for what is allowed but rare
 * (February 29, second 60).
 */
function parseCanonical(text: string): number | undefined {
  if (text.length !== CANONICAL_LENGTH || text[10] !== 'T' || text[19] !== '.' || text[23] !== 'Z') return undefined;
  if (text[4] !== '-' || text[7] !== '-' || text[13] !== ':' || text[16] !== ':') return undefined;
  const month = numberAt(text, 5, 7);
  const day = numberAt(text, 8, 10);
  const hour = numberAt(text, 11, 13);
  const minute = numberAt(text, 14, 16);
  const second = numberAt(text, 17, 19);
  if (!(day >= 1 && day <= (DAYS[month - 1] ?? 0) && hour < 24 && minute < 60 && second < 60)) return undefined;
  const time = Date.UTC(numberAt(text, 0, 4), month - 1, day, hour, minute, second, numberAt(text, 20, 23));
  return time >= EARLIEST_MS && time < LATEST_MS ? time : undefined;
}

/** ISO 8601 to UTC ms; without an offset it is UTC, never the zone of this machine. Undefined when it is no date. */
function parseIso(text: string): number | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const milliseconds = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 60) return undefined;
  if (day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second, milliseconds) - offsetMs(match[8]);
}

function unitOf(value: number): string {
  if (value > 0 && value < LATEST_MS / 1_000) return ' It looks like seconds: multiply by 1000.';
  if (value > LATEST_MS * 1_000) return ' It looks like nanoseconds: divide by 1000000.';
  return value > LATEST_MS ? ' It looks like microseconds: divide by 1000.' : '';
}

/** UTC ms of a client's timestamp: ISO 8601, or a number of ms since 1970. Undefined when it can't be a date. */
export function parseTime(value: unknown): number | undefined {
  if (typeof value === 'number') {
    return value >= EARLIEST_NUMBER_MS && value < LATEST_MS ? Math.trunc(value) : undefined;
  }
  if (typeof value !== 'string' || value.length > 40) return undefined;
  const canonical = parseCanonical(value);
  if (canonical !== undefined) return canonical;
  const text = value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return parseTime(Number(text));
  const time = parseIso(text);
  return time !== undefined && time >= EARLIEST_MS && time < LATEST_MS ? time : undefined;
}

/** A timestamp of an event; null when it has none. Refuses what can't be a date. */
export function timeField(value: unknown, path: string, name: string): number | null {
  if (value === undefined || value === null || value === '') return null;
  const time = parseTime(value);
  if (time !== undefined) return time;
  const hint = typeof value === 'number' ? unitOf(value) : '';
  throw new EventRefused(
    'TIMESTAMP_ABSURD',
    at(path, name),
    `is ${quoted(value)}, which is no date.${hint} Send ISO 8601 such as "2026-03-01T12:00:00.000Z".`,
  );
}

export interface EventTimes {
  readonly occurredAtMs: number;
  readonly originalTimestampMs: number | null;
  readonly sentAtMs: number | null;
  readonly clamped: boolean;
}

export interface ClientTimes {
  readonly originalMs: number | null;
  readonly sentAtMs: number | null;
  readonly receivedAtMs: number;
  /** false for imports: what a till or an archive says is kept as it is. */
  readonly correct: boolean;
}

/**
 * When it happened: the client's time moved by what its clock was off when it sent (`receivedAt − (sentAt − original)`).
 * Old is fine (late events, history); more than 5 minutes in the future is not, and becomes the time of receipt.
 */
export function resolveTimes({ originalMs, sentAtMs, receivedAtMs, correct }: ClientTimes): EventTimes {
  if (originalMs === null) {
    return { occurredAtMs: receivedAtMs, originalTimestampMs: null, sentAtMs, clamped: false };
  }
  const corrected = correct && sentAtMs !== null ? receivedAtMs - (sentAtMs - originalMs) : originalMs;
  const isAbsurd = corrected > receivedAtMs + FUTURE_TOLERANCE_MS || corrected < EARLIEST_MS;
  const occurredAtMs = isAbsurd ? receivedAtMs : corrected;
  return { occurredAtMs, originalTimestampMs: originalMs, sentAtMs, clamped: isAbsurd };
}
