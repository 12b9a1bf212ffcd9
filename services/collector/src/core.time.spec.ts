import { describe, expect, it } from '@jest/globals';
import { collected, contextOf, NOW_MS } from './core.fixture.ts';
import type { CollectContext } from './core.ts';

const minute = 60_000;
const iso = (ms: number) => new Date(ms).toISOString();

const eventOf = (type: Parameters<typeof collected>[0], body: object, about?: CollectContext) => {
  const { accepted, rejected } = collected(type, body, about);
  expect(rejected).toEqual([]);
  const [first] = accepted;
  if (first === undefined) throw new Error('nothing was accepted');
  return first;
};

describe('time', () => {
  const timed = (body: object, about?: CollectContext) =>
    eventOf('track', { userId: 'u', event: 'x', ...body }, about).event;

  it('is corrected by what the client’s clock was off', () => {
    // The client's clock is an hour behind: it sent "11:00", a minute after the event.
    const event = timed({ timestamp: iso(NOW_MS - 61 * minute), sentAt: iso(NOW_MS - 60 * minute) });
    expect(event.occurredAtMs).toBe(NOW_MS - minute);
    expect(event.sentAtMs).toBe(NOW_MS - 60 * minute);
  });

  it.each([
    ['ISO', '2026-03-01T11:00:00.5Z', NOW_MS - 60 * minute + 500],
    ['an offset', '2026-03-01T13:00:00+02:00', NOW_MS - 60 * minute],
    ['no zone means UTC', '2026-03-01 11:00:00', NOW_MS - 60 * minute],
    ['microseconds, as Python writes them', '2026-03-01T11:00:00.123456+00:00', NOW_MS - 60 * minute + 123],
    ['a month without its zero', '2026-3-01T11:00:00Z', NOW_MS - 60 * minute],
    ['a day', '2012-12-02', Date.UTC(2012, 11, 2)],
    ['a number of ms', NOW_MS - 5, NOW_MS - 5],
    ['a number as text', String(NOW_MS - 5), NOW_MS - 5],
    ['none', null, NOW_MS],
  ])('is read from %s', (_, timestamp, expected) => {
    expect(timed({ timestamp })).toMatchObject({ occurredAtMs: expected, flags: [] });
  });

  it.each([
    ['more than five minutes ahead', 5 * minute + 1, NOW_MS, ['TIMESTAMP_CLAMPED']],
    ['a little ahead', 5 * minute, NOW_MS + 5 * minute, []],
    ['a year old', -365 * 24 * 60 * minute, NOW_MS - 365 * 24 * 60 * minute, []],
  ])('%s: in the future is clamped and flagged, late is fine', (_, offset, expected, flags) => {
    expect(timed({ timestamp: iso(NOW_MS + offset) })).toMatchObject({ occurredAtMs: expected, flags });
  });

  it('a sentAt that is no date is no reason to lose the event', () => {
    expect(timed({ timestamp: iso(NOW_MS - 5), sentAt: 'yesterday' })).toMatchObject({
      occurredAtMs: NOW_MS - 5,
      sentAtMs: null,
    });
  });

  it('of an import is the archive’s own, and the event never starts a conversation', () => {
    const about = contextOf({ kind: 'import' });
    const event = timed({ timestamp: '2010-12-01T08:26:00Z', sentAt: '2020-01-01T00:00:00Z' }, about);
    expect(event).toMatchObject({ occurredAtMs: Date.UTC(2010, 11, 1, 8, 26), backfill: true });
  });

  it('context.backfill is believed from a server, not from a browser', () => {
    const context = { backfill: true };
    expect(timed({ context }).backfill).toBe(true);
    expect(timed({ context }, contextOf({ kind: 'browser' })).backfill).toBe(false);
  });
});
