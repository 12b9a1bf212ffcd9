import { describe, expect, it } from '@jest/globals';
import { calendarPeriodOf } from './calendar.ts';
import { formatLocal } from './zone.ts';

const HOUR = 3_600_000;
const said = (utcMs: number, per: 'day' | 'week' | 'month', zone: string) => {
  const { fromMs, toMs } = calendarPeriodOf(utcMs, per, zone);
  return `${formatLocal(fromMs, zone)} to ${formatLocal(toMs, zone)}, ${(toMs - fromMs) / HOUR} h`;
};

describe('days, weeks and months on the wall', () => {
  it('are those of the zone, with the hours that the clocks gave them', () => {
    const sunday = Date.UTC(2026, 9, 25, 12);
    expect(said(sunday, 'day', 'Europe/Berlin')).toBe(
      '2026-10-25 00:00 Europe/Berlin to 2026-10-26 00:00 Europe/Berlin, 25 h',
    );
    expect(said(sunday, 'week', 'Europe/Berlin')).toBe(
      '2026-10-19 00:00 Europe/Berlin to 2026-10-26 00:00 Europe/Berlin, 169 h',
    );
    expect(said(Date.UTC(2026, 11, 31, 20), 'month', 'Asia/Tokyo')).toBe(
      '2027-01-01 00:00 Asia/Tokyo to 2027-02-01 00:00 Asia/Tokyo, 744 h',
    );
  });

  it('begin after the gap where midnight is skipped', () => {
    expect(said(Date.UTC(2026, 3, 24, 12), 'day', 'Africa/Cairo')).toBe(
      '2026-04-24 01:00 Africa/Cairo to 2026-04-25 00:00 Africa/Cairo, 23 h',
    );
  });

  it('hold every instant of a year in every zone, one after the other', () => {
    for (const zone of Intl.supportedValuesOf('timeZone')) {
      let endMs: number | null = null;
      for (let atMs = Date.UTC(2026, 0, 1, 5); atMs < Date.UTC(2027, 0, 3); ) {
        const { fromMs, toMs } = calendarPeriodOf(atMs, 'week', zone);
        if (fromMs > atMs || toMs <= atMs || (endMs !== null && fromMs !== endMs)) {
          throw new Error(`${zone}: ${new Date(atMs).toISOString()} is not in ${said(atMs, 'week', zone)}`);
        }
        endMs = toMs;
        atMs = toMs;
      }
    }
    expect(Intl.supportedValuesOf('timeZone').length).toBeGreaterThan(400);
  });
});
