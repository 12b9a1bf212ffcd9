import { describe, expect, it } from '@jest/globals';
import { calendarDayOf, clockChangeBetween, formatLocal } from '../../time/index.ts';
import { onDate } from './date.fixture.ts';
import { type DateWhen, nextOccurrence } from './occurrence.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

type Given = Partial<DateWhen> & { readonly zone?: string };

const due = (value: string | number, after: string, { zone = 'Europe/Berlin', ...with_ }: Given = {}) => {
  const when = { ...onDate(), companyZone: zone, ...with_ } as unknown as DateWhen;
  const day = calendarDayOf(value, zone);
  const found = day && nextOccurrence(day, when, { afterMs: new Date(after).getTime(), afterDate: '', zone });
  return found === null ? null : `${formatLocal(found.dueAtMs, zone).slice(0, 16)} for ${found.date}`;
};

describe('the next time that a date is due', () => {
  it('is the day at the time of day, each year or once', () => {
    expect(due('1990-06-10', '2026-06-10T06:59:59Z')).toBe('2026-06-10 09:00 for 2026-06-10');
    expect(due('1990-06-10', '2026-06-10T07:00:00Z')).toBe('2027-06-10 09:00 for 2027-06-10');
    expect(due('--06-10', '2026-01-01T00:00:00Z')).toBe('2026-06-10 09:00 for 2026-06-10');
    expect(due('2027-06-10', '2026-01-01T00:00:00Z')).toBe('2027-06-10 09:00 for 2027-06-10');
    expect(due('2040-06-10', '2026-01-01T00:00:00Z')).toBe('2040-06-10 09:00 for 2040-06-10');
    expect(due('2026-06-10', '2026-01-01T00:00:00Z', { yearly: false })).toBe('2026-06-10 09:00 for 2026-06-10');
    expect(due('2026-06-10', '2026-06-11T00:00:00Z', { yearly: false })).toBeNull();
    expect(due('--06-10', '2026-06-11T00:00:00Z', { yearly: false })).toBeNull();
  });

  it('is moved by whole days of the calendar, over the year and over the change of clocks', () => {
    expect(due('1990-01-15', '2026-11-01T00:00:00Z', { offsetDays: -30 })).toBe('2026-12-16 09:00 for 2027-01-15');
    expect(due('1990-12-20', '2026-12-25T00:00:00Z', { offsetDays: 30 })).toBe('2027-01-19 09:00 for 2026-12-20');
    expect(due('2026-03-30', '2026-01-01T00:00:00Z', { offsetDays: -2, yearly: false })).toBe(
      '2026-03-28 09:00 for 2026-03-30',
    );
  });

  it('is the 28th of February in common years for who was born on the 29th', () => {
    expect(due('2000-02-29', '2026-01-01T00:00:00Z')).toBe('2026-02-28 09:00 for 2026-02-28');
    expect(due('2000-02-29', '2027-12-01T00:00:00Z')).toBe('2028-02-29 09:00 for 2028-02-29');
    expect(due('--02-29', '2026-01-01T00:00:00Z', { offsetDays: 1 })).toBe('2026-03-01 09:00 for 2026-02-28');
  });

  it('takes the day as it is written, and of a moment the day in the zone', () => {
    expect(due('1990-06-10T00:00:00.000Z', '2026-01-01T00:00:00Z', { zone: 'America/New_York' })).toMatch(
      / for 2026-06-10$/,
    );
    expect(due(Date.UTC(2020, 5, 10, 2), '2026-01-01T00:00:00Z', { zone: 'America/New_York' })).toMatch(
      / for 2026-06-09$/,
    );
  });

  it.each(['1990-13-01', '2026-02-30', '1990-6-1', '10.06.1990', 'soon', '1990-06-101', true, Number.NaN, 9e15])(
    '%s is no date',
    (value) => {
      expect(calendarDayOf(value, 'Etc/UTC')).toBeNull();
    },
  );

  it('in every zone, at both changes of the clocks: what is skipped is the first instant after the gap, what comes twice its first', () => {
    const counted = { skipped: 0, twice: 0 };
    for (const zone of Intl.supportedValuesOf('timeZone')) {
      for (const changeMs of changesOf(zone)) {
        const shownAt = (ms: number) => formatLocal(ms, zone).slice(0, 16);
        const minutes = Array.from({ length: 6 * 60 }, (_, index) => changeMs + (index - 180) * MINUTE);
        for (const wanted of wallTimesAround(shownAt(changeMs - MINUTE), shownAt(changeMs))) {
          const [date = '', time = ''] = wanted.split(' ');
          const atWallMs = Number(time.slice(0, 2)) * HOUR + Number(time.slice(3, 5)) * MINUTE;
          const when = { ...onDate({ yearly: false, atWallMs }), companyZone: zone } as unknown as DateWhen;
          const day = calendarDayOf(date, zone);
          const found = day && nextOccurrence(day, when, { afterMs: changeMs - 3 * DAY, afterDate: '', zone });
          // Looked up minute by minute on the clock on the wall.
          const shown = minutes.filter((ms) => shownAt(ms) === wanted);
          if (found?.dueAtMs !== (shown[0] ?? changeMs)) {
            throw new Error(`${zone} ${wanted}: ${found && new Date(found.dueAtMs).toISOString()}`);
          }
          if (shown.length === 0) counted.skipped += 1;
          if (shown.length === 2) counted.twice += 1;
        }
      }
    }
    expect(counted.skipped).toBeGreaterThan(100);
    expect(counted.twice).toBeGreaterThan(100);
  });
});

/** The instants at which a zone's clocks change in a year. */
function changesOf(zone: string): readonly number[] {
  const changes: number[] = [];
  for (let ms = Date.UTC(2026, 0, 1); ms < Date.UTC(2027, 0, 1); ms += 7 * DAY) {
    const change = clockChangeBetween(ms, ms + 7 * DAY, zone);
    if (change !== null) changes.push(change);
  }
  return changes;
}

/** The last minute before a change as the wall shows it, the first after it, and the ones in the middle of what is skipped or comes twice. */
function wallTimesAround(before: string, after: string): readonly string[] {
  const asMs = (text: string) => new Date(`${text.replace(' ', 'T')}:00Z`).getTime();
  const middle = Math.floor((asMs(before) + asMs(after)) / 2 / MINUTE) * MINUTE;
  return [before, after, new Date(middle).toISOString().slice(0, 16).replace('T', ' ')];
}
