import { describe, expect, it } from '@jest/globals';
import { nextLocalTimeMs } from './next-local-time.ts';

const NINE = 9 * 3_600_000;
const next = (from: string, zone: string, { weekdays = [] as readonly number[], wallMs = NINE } = {}) =>
  new Date(nextLocalTimeMs(Date.parse(from), { zone, wallMs, weekdays })).toISOString();

describe('the next local time', () => {
  it('is today before it, tomorrow after it, and now at it', () => {
    expect(next('2026-06-03T06:59:59Z', 'Europe/Berlin')).toBe('2026-06-03T07:00:00.000Z');
    expect(next('2026-06-03T07:00:00Z', 'Europe/Berlin')).toBe('2026-06-03T07:00:00.000Z');
    expect(next('2026-06-03T07:00:00.001Z', 'Europe/Berlin')).toBe('2026-06-04T07:00:00.000Z');
    expect(next('2026-06-03T06:00:00Z', 'Asia/Tokyo')).toBe('2026-06-04T00:00:00.000Z');
  });

  it('waits for the weekday, a whole week where today’s is over', () => {
    expect(next('2026-06-03T10:00:00Z', 'Etc/UTC', { weekdays: [1] })).toBe('2026-06-08T09:00:00.000Z');
    expect(next('2026-06-03T10:00:00Z', 'Etc/UTC', { weekdays: [3] })).toBe('2026-06-10T09:00:00.000Z');
    expect(next('2026-06-03T10:00:00Z', 'Etc/UTC', { weekdays: [1, 5] })).toBe('2026-06-05T09:00:00.000Z');
  });

  it('takes a skipped hour after the gap and a repeated one the first time', () => {
    const halfPastTwo = 2.5 * 3_600_000;
    expect(next('2026-03-28T23:30:00Z', 'Europe/Berlin', { wallMs: halfPastTwo })).toBe('2026-03-29T01:00:00.000Z');
    expect(next('2026-10-24T23:00:00Z', 'Europe/Berlin', { wallMs: halfPastTwo })).toBe('2026-10-25T00:30:00.000Z');
  });
});
