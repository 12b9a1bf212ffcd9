import { localToUtcMs } from '@kairos/decisions';
import { DateTime, FixedOffsetZone } from 'luxon';
import type { DateField } from '../mapping/schema.ts';
import { RowRefused } from '../refusal.ts';

/** UTC ms of a text; throws RowRefused where it is no date. */
export type ReadDate = (text: string, column: string) => number;

const LATEST_MS = 4_102_444_800_000;
const utc = FixedOffsetZone.utcInstance;
const OFFSET = /(?:Z|[+-]\d{2}:?(?:\d{2})?)$/i;

/** Dates as the file writes them. A local time that a clock change skips or repeats is read by the house's one rule. */
export function dateReader({ format = 'iso', zone }: DateField): ReadDate {
  const read = readerOf(format, zone);
  let lastText = '';
  let lastMs = Number.NaN;
  return (text, column) => {
    // Rows of one receipt say the same time, and most files are in order of time.
    if (text === lastText) return lastMs;
    const atMs = read(text);
    if (!(atMs >= 0 && atMs < LATEST_MS)) {
      const remedy = `Write it as ${format === 'iso' ? `2026-03-01T12:00:00${zone === undefined ? 'Z' : ''}` : format}, or correct the format in the mapping.`;
      throw new RowRefused('NOT_A_DATE', { field: column, value: text, remedy });
    }
    lastText = text;
    lastMs = atMs;
    return atMs;
  };
}

function readerOf(format: string, zone: string | undefined): (text: string) => number {
  if (format === 'unix')
    return (text) => (/^\d{1,10}(\.\d+)?$/.test(text) ? Math.round(Number(text) * 1000) : Number.NaN);
  if (format === 'unixMs') return (text) => (/^\d{1,13}$/.test(text) ? Number(text) : Number.NaN);
  if (format === 'iso') {
    return (text) => {
      if (OFFSET.test(text) && text.includes(':')) return msOf(DateTime.fromISO(text.replace(' ', 'T'), { zone: utc }));
      return zone === undefined ? Number.NaN : hungIn(zone, DateTime.fromISO(text.replace(' ', 'T'), { zone: utc }));
    };
  }
  const parser = DateTime.buildFormatParser(format, { locale: 'en-GB' });
  return (text) => {
    const read = DateTime.fromFormatParser(text, parser, { zone: utc, locale: 'en-GB' });
    return zone === undefined ? msOf(read) : hungIn(zone, read);
  };
}

const msOf = (read: DateTime): number => (read.isValid ? read.toMillis() : Number.NaN);

/** What a clock shows, read as if it were UTC, as the instant at which a clock of the zone shows it. */
function hungIn(zone: string, shown: DateTime): number {
  if (!shown.isValid) return Number.NaN;
  const { year, month, day, hour, minute, second, millisecond } = shown;
  return localToUtcMs({ year, month, day, hour, minute, second }, zone) + millisecond;
}
