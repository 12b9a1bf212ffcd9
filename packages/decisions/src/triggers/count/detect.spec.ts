import { describe, expect, it } from '@jest/globals';
import { DAY, HOUR, MINUTE, named, OnePerson, playbookOf, T0, triggerOf } from '../detector.fixture.ts';
import { dueAtMs } from '../due.ts';
import { mergeDetect } from '../merge.ts';
import { counting } from './count.fixture.ts';

const viewed = (atMs: number, more: object = {}) => ({ name: 'Product Viewed', atMs, ...more });
const person = (when = counting(), with_ = {}) => new OnePerson(playbookOf(triggerOf(when, with_)));

describe('count', () => {
  it('fires with the third within the window, with all three as its causes, and starts anew', () => {
    const ada = person();
    for (const [index, minutes] of [0, 30, 60, 70, 80].entries())
      ada.sees(viewed(T0 + minutes * MINUTE, { id: `v${index}` }));
    expect(ada.proposals).toMatchObject([{ causes: ['v0', 'v1', 'v2'], proposedAtMs: T0 + HOUR }]);
    expect(JSON.parse(ada.proposals[0]?.evidence ?? '')).toMatchObject({
      count: 3,
      firstAtMs: T0,
      lastAtMs: T0 + HOUR,
      event: 'Product Viewed',
    });
    ada.sees(viewed(T0 + 90 * MINUTE, { id: 'v5' }));
    expect(ada.proposals).toHaveLength(2);
  });

  it('does not count together what lies a whole window apart', () => {
    const ada = person();
    for (const hours of [0, 1, 2, 3]) ada.sees(viewed(T0 + hours * HOUR));
    expect(ada.facts).toEqual([]);
  });

  it('sums exact decimals and reads amounts that are texts; what has no amount is not counted', () => {
    const ada = person(counting({ of: 'sum', value: 'properties.minutes', atLeast: 0.8 }));
    ada.sees(viewed(T0, { properties: { minutes: '0.1' } }));
    ada.sees(viewed(T0, { properties: { minutes: 'many' } }));
    ada.sees(viewed(T0, { properties: {} }));
    expect(ada.proposals).toEqual([]);
    ada.sees(viewed(T0, { properties: { minutes: 0.7 } }));
    expect(JSON.parse(ada.proposals[0]?.evidence ?? '')).toMatchObject({ sum: 0.8, count: 2 });
  });

  it('tells different values apart', () => {
    const ada = person(counting({ of: 'distinct', value: 'properties.category', atLeast: 2 }));
    ada.sees(viewed(T0, { properties: { category: 'lamps' } }));
    ada.sees(viewed(T0 + 1, { properties: { category: 'lamps' } }));
    expect(ada.proposals).toEqual([]);
    ada.sees(viewed(T0 + 2, { properties: { category: 'rugs' } }));
    expect(JSON.parse(ada.proposals[0]?.evidence ?? '')).toMatchObject({ distinct: 2, count: 3 });
  });

  it('counts the days of the person’s calendar, or of the company’s', () => {
    const calendar = (zone: 'person' | 'company') =>
      counting({ atLeast: 2, window: { kind: 'calendar', per: 'day', zone } });
    // 23:30 and 00:30 in Tokyo, on one day in UTC (the company of the fixture lives there).
    const times = [Date.UTC(2026, 5, 3, 14, 30), Date.UTC(2026, 5, 3, 15, 30)];
    const fired = (zone: 'person' | 'company') => {
      const ada = person(calendar(zone));
      for (const atMs of times) ada.sees(viewed(atMs, { profile: { zone: 'Asia/Tokyo' } }));
      return ada.proposals.length;
    };
    expect([fired('person'), fired('company')]).toEqual([0, 1]);
  });

  it('counts within a year, and by weeks and months of the calendar of either', () => {
    const fires = (window: Parameters<typeof counting>[0], times: readonly number[]) => {
      const ada = person(counting({ atLeast: 2, ...window }));
      for (const atMs of times) {
        ada.sees(viewed(atMs, { profile: { zone: 'Asia/Tokyo' } }));
        ada.reaches(atMs);
      }
      return ada.proposals.length;
    };
    const year = { window: { kind: 'rolling', ms: 365 * DAY } } as const;
    expect([fires(year, [T0, T0 + 365 * DAY - 1]), fires(year, [T0, T0 + 365 * DAY])]).toEqual([1, 0]);
    const calendar = (per: 'week' | 'month', zone: 'person' | 'company') =>
      ({ window: { kind: 'calendar', per, zone } }) as const;
    // Sunday, 31 May 2026, 23:30 and 00:30 in Tokyo: another week and another month there, the same in UTC.
    const times = [Date.UTC(2026, 4, 31, 14, 30), Date.UTC(2026, 4, 31, 15, 30)];
    for (const per of ['week', 'month'] as const) {
      expect([fires(calendar(per, 'person'), times), fires(calendar(per, 'company'), times)]).toEqual([0, 1]);
    }
  });

  it('records once per crossing why it did not start', () => {
    const ada = person(counting(), { audience: 'profile.orderCount > 0' });
    for (let minute = 0; minute < 6; minute += 1) ada.sees(viewed(T0 + minute * MINUTE));
    expect(ada.codes).toEqual(['NOT_IN_AUDIENCE', 'NOT_IN_AUDIENCE']);
  });

  it('an import that reaches the limit starts nothing, and the count begins anew', () => {
    const ada = person();
    for (let minute = 0; minute < 3; minute += 1) ada.sees(viewed(T0 + minute * MINUTE, { backfill: true }));
    expect(ada.codes).toEqual(['BACKFILL']);
    for (const minute of [10, 11]) ada.sees(viewed(T0 + minute * MINUTE));
    expect(ada.proposals).toEqual([]);
    ada.sees(viewed(T0 + 12 * MINUTE));
    expect(ada.proposals).toHaveLength(1);
  });

  it('keeps the 256 latest events and forgets all when none can count any more', () => {
    const ada = person(counting({ atLeast: 200, window: { kind: 'rolling', ms: HOUR } }));
    for (let minute = 0; minute < 400; minute += 1) ada.sees(viewed(T0 + minute * MINUTE));
    expect(ada.own.counted).toHaveLength(256);
    const last = T0 + 399 * MINUTE;
    expect(ada.state && dueAtMs(ada.state)).toBeLessThan(last + DAY + 3 * HOUR);
    ada.reaches(last + DAY + 3 * HOUR);
    expect(ada.state).toBeUndefined();
  });

  it('moves its one timer, the end of its memory, at most once an hour', () => {
    const ada = person();
    const dues = new Set<number | undefined>();
    for (let minute = 0; minute < 120; minute += 10) {
      ada.sees(viewed(T0 + minute * MINUTE, { properties: {} }));
      dues.add(ada.state && dueAtMs(ada.state));
    }
    expect(dues.size).toBeLessThan(6);
  });

  it('two persons become one: both counts join, the merge starts nothing, the next event does', () => {
    const when = counting({ atLeast: 3 });
    const merged = (order: readonly [number, number]) => {
      const sides = [person(when), person(when)] as const;
      sides[0].sees(viewed(T0, { id: 'a' }));
      sides[1].sees(viewed(T0 + MINUTE, { id: 'b' }));
      const [into, from] = [sides[order[0]], sides[order[1]]];
      const at = { personId: 'user:1', playbook: into?.playbook, timeMs: T0, linkedAtMs: T0 + HOUR };
      const result = mergeDetect(into?.state, from?.state ?? null, { ...at, profile: '{}', segments: [] });
      expect(result.facts).toEqual([]);
      return result.state;
    };
    expect(merged([0, 1])).toEqual(merged([1, 0]));
    const ada = person(when);
    ada.state = merged([0, 1]);
    ada.sees(viewed(T0 + 2 * MINUTE, { id: 'c' }));
    expect(ada.proposals).toMatchObject([{ causes: ['a', 'b', 'c'] }]);
  });

  it('an order on one device ends what was counted on the other', () => {
    const cancelOn = { cancelOn: named('Order Completed') };
    const [phone, laptop] = [person(counting({ atLeast: 2 }), cancelOn), person(counting({ atLeast: 2 }), cancelOn)];
    phone.sees(viewed(T0));
    laptop.sees({ name: 'Order Completed', atMs: T0 + MINUTE });
    const at = { personId: 'user:1', playbook: phone.playbook, timeMs: T0, linkedAtMs: T0 + HOUR };
    laptop.state = mergeDetect(laptop.state, phone.state ?? null, { ...at, profile: '{}', segments: [] }).state;
    laptop.sees(viewed(T0 + 2 * MINUTE));
    expect(laptop.proposals).toEqual([]);
  });
});
