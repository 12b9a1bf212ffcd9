import { describe, expect, it } from '@jest/globals';
import { detectPlanOf } from '../concerned.ts';
import { DAY, HOUR, MINUTE, named, OnePerson, playbookOf, T0, triggerOf } from '../detector.fixture.ts';
import { dueAtMs } from '../due.ts';
import { mergeDetect } from '../merge.ts';
import { seldom, unusually } from './unusual.fixture.ts';

const WEEK = 7 * DAY;
const person = (when = seldom(), with_ = {}) => new OnePerson(playbookOf(triggerOf(when, with_)));
const due = ({ state }: OnePerson) => state && dueAtMs(state);

/** So many views in each week from T0 on, an hour apart; time is told up to the end of each. */
function weeks(ada: OnePerson, counts: readonly number[], { fromMs = T0, more = {} } = {}): void {
  for (const [week, count] of counts.entries()) {
    for (let view = 0; view < count; view += 1) {
      ada.sees({ name: 'Page Viewed', id: `w${week}v${view}`, atMs: fromMs + week * WEEK + view * HOUR, ...more });
    }
    ada.reaches(fromMs + (week + 1) * WEEK);
  }
}

describe('unusual counts per period', () => {
  it('fires when a period ends in which visits have collapsed, with count, norm and period as evidence', () => {
    const ada = person();
    weeks(ada, [6, 8, 7]);
    ada.sees({ name: 'Page Viewed', id: 'last', atMs: T0 + 3 * WEEK, properties: { path: '/' } }, 'trace');
    ada.sees({ name: 'Page Viewed', atMs: T0 + 3 * WEEK + HOUR, backfill: true });
    ada.reaches(T0 + 4 * WEEK - 1);
    expect(ada.facts).toEqual([]);
    ada.reaches(T0 + 4 * WEEK);
    expect(ada.detected).toMatchObject([{ outcome: 'fired', dueAtMs: T0 + 4 * WEEK, causes: ['last'] }]);
    expect(JSON.parse(ada.proposals[0]?.evidence ?? '')).toMatchObject({
      event: 'Page Viewed',
      properties: { path: '/' },
      value: 2,
      usual: 7,
      spread: 1,
      periodFromMs: T0 + 3 * WEEK,
      periodToMs: T0 + 4 * WEEK,
    });
  });

  it('tells of a silence once, when the first empty period ends, and waits for nobody who has left', () => {
    const ada = person();
    weeks(ada, [6, 8, 7, 6, 0, 0, 0]);
    expect(ada.detected.map(({ dueAtMs }) => dueAtMs)).toEqual([T0 + 5 * WEEK]);
    expect(due(ada)).toBeGreaterThan(T0 + 300 * DAY);
    // Empty weeks count in the norm when they come back.
    ada.sees({ name: 'Page Viewed', atMs: T0 + 7 * WEEK });
    expect(due(ada)).toBe(T0 + 8 * WEEK);
    expect(ada.own.rhythms).toMatchObject([
      { periods: [6, 8, 7, 6, 0, 0, 0, 1].map((count) => expect.objectContaining({ count })) },
    ]);
  });

  it('fires above the usual at once, and once in a period', () => {
    const ada = person(seldom({ direction: 'above', times: 3 }));
    weeks(ada, [2, 3, 2]);
    expect(ada.state && dueAtMs(ada.state)).toBeGreaterThan(T0 + 300 * DAY);
    for (let view = 0; view < 9; view += 1)
      ada.sees({ name: 'Page Viewed', id: `x${view}`, atMs: T0 + 3 * WEEK + view });
    expect(ada.proposals).toMatchObject([{ causes: ['x5'], proposedAtMs: T0 + 3 * WEEK + 5 }]);
    expect(JSON.parse(ada.proposals[0]?.evidence ?? '')).toMatchObject({ value: 6, usual: 2 });
  });

  it('sets one timer for a period, that no event of it moves', () => {
    const ada = person();
    const dues = new Set<number | undefined>();
    for (let hour = 0; hour < 100; hour += 1) {
      ada.sees({ name: 'Page Viewed', atMs: T0 + hour * HOUR });
      dues.add(due(ada));
    }
    expect([...dues]).toEqual([T0 + WEEK]);
  });

  it('counts by the calendar where the person lives, or where the company is', () => {
    const ends = (zone: 'person' | 'company', per: 'day' | 'week' | 'month') => {
      const ada = person(seldom({ per: { kind: 'calendar', per, zone } }));
      ada.sees({ name: 'Page Viewed', atMs: T0, profile: { zone: 'Asia/Tokyo' } });
      return new Date(due(ada) ?? 0).toISOString().slice(0, 16);
    };
    expect([ends('person', 'day'), ends('company', 'day')]).toEqual(['2026-06-03T15:00', '2026-06-04T00:00']);
    expect([ends('person', 'week'), ends('company', 'month')]).toEqual(['2026-06-07T15:00', '2026-07-01T00:00']);
  });

  it('reads the zone of the person only where it asks for it, and the profile only where it waits', () => {
    const plan = (when: Parameters<typeof person>[0]) => detectPlanOf(playbookOf(triggerOf(when ?? seldom())));
    const above = { direction: 'above' } as const;
    const byPerson = seldom({ ...above, per: { kind: 'calendar', per: 'day', zone: 'person' } });
    expect(detectPlanOf(playbookOf(triggerOf(byPerson, { send: null }))).unread).not.toContain('profile');
    expect(detectPlanOf(playbookOf(triggerOf(seldom(above), { send: null }))).unread).toContain('profile');
    expect(
      [plan(seldom()), plan(seldom(above)), plan(unusually())].map(({ followsProfile }) => followsProfile),
    ).toEqual([true, false, false]);
  });

  it('after a move to another zone goes on without a gap, with no period of a few hours', () => {
    const ada = person(seldom({ per: { kind: 'calendar', per: 'day', zone: 'person' } }));
    const zones = ['Europe/Berlin', 'America/New_York', 'Pacific/Kiritimati', 'Pacific/Honolulu', 'Asia/Tokyo'];
    for (const [day, zone] of zones.entries()) {
      for (const hours of [0, 20]) {
        ada.sees({ name: 'Page Viewed', atMs: T0 + 2 * day * DAY + hours * HOUR, profile: { zone } });
      }
    }
    const [rhythm] = ada.own.rhythms as readonly {
      toMs: number;
      periods: readonly { fromMs: number; count: number }[];
    }[];
    const starts = [...(rhythm?.periods ?? []).map(({ fromMs }) => fromMs), rhythm?.toMs ?? 0];
    const lengths = starts.slice(1).map((atMs, index) => (atMs - (starts[index] ?? 0)) / HOUR);
    for (const hours of lengths) {
      expect(hours).toBeGreaterThanOrEqual(12);
      expect(hours).toBeLessThanOrEqual(36);
    }
    expect(rhythm?.periods.reduce((sum, { count }) => sum + count, 0)).toBe(10);
  });

  it('takes back what it told when the news come late', () => {
    const ada = person();
    weeks(ada, [4, 4, 4, 2]);
    expect(ada.proposals).toHaveLength(1);
    const late = { name: 'Page Viewed', atMs: T0 + 4 * WEEK - HOUR, loggedAtMs: T0 + 4 * WEEK + HOUR };
    ada.sees({ ...late, id: 'late' });
    expect(ada.withdrawals).toMatchObject([{ code: 'EXITED', causeMessageId: 'late' }]);
  });

  it('history makes the norm and starts no clock', () => {
    const ada = person();
    weeks(ada, [6, 6, 6, 1], { more: { backfill: true } });
    ada.reaches(T0 + 6 * WEEK);
    expect(ada.facts).toEqual([]);
    const ben = person();
    weeks(ben, [6, 6, 6], { more: { backfill: true } });
    ben.sees({ name: 'Page Viewed', atMs: T0 + 3 * WEEK });
    ben.reaches(T0 + 4 * WEEK);
    expect(ben.proposals).toHaveLength(1);
  });

  it('what cancels in a period keeps it from being told, and the next period is another one', () => {
    const ada = person(seldom(), { cancelOn: named('Holiday Announced') });
    weeks(ada, [6, 6, 6]);
    ada.sees({ name: 'Holiday Announced', atMs: T0 + 3 * WEEK + DAY });
    ada.sees({ name: 'Page Viewed', atMs: T0 + 3 * WEEK + 2 * DAY });
    ada.reaches(T0 + 4 * WEEK);
    expect(ada.facts).toEqual([]);
    ada.reaches(T0 + 5 * WEEK);
    expect(ada.proposals).toHaveLength(1);
  });

  it('says why it does not start, once per period', () => {
    const ada = person(seldom({ times: 1.5 }), {
      audience: 'profile.orderCount > 2',
      reentry: { kind: 'after', afterMs: 60 * DAY },
    });
    weeks(ada, [6, 6, 6, 1, 1], { more: { profile: { orderCount: 1 } } });
    expect(ada.codes).toEqual(['NOT_IN_AUDIENCE', 'NOT_IN_AUDIENCE']);
    expect(new Set(ada.detected.map(({ firingId }) => firingId)).size).toBe(2);
  });

  it('lets go what another definition has counted', () => {
    const ada = person();
    weeks(ada, [6, 6, 6]);
    ada.playbook = playbookOf(triggerOf(seldom({ per: { kind: 'rolling', ms: DAY } })));
    ada.reaches(T0 + 4 * WEEK);
    expect([ada.facts, ada.state]).toEqual([[], undefined]);
    for (const playbook of [playbookOf(), playbookOf(triggerOf(unusually()))]) {
      const ben = person();
      weeks(ben, [6, 6, 6]);
      ben.playbook = playbook;
      ben.reaches(T0 + 4 * WEEK);
      expect(ben.facts).toEqual([]);
      expect(due(ben) ?? Number.POSITIVE_INFINITY).toBeGreaterThan(T0 + 300 * DAY);
    }
  });

  it('keeps eight keys, 33 periods and 64 ids, and forgets all after a year', () => {
    const ada = person(seldom({ per: { kind: 'rolling', ms: HOUR } }), { oncePer: ['properties.account'] });
    for (let index = 0; index < 400; index += 1) {
      ada.sees({
        name: 'Page Viewed',
        atMs: T0 + index * 10 * MINUTE,
        properties: { account: `a${index % (index < 20 ? 10 : 8)}` },
      });
    }
    const rhythms = ada.own.rhythms as readonly { periods: readonly unknown[] }[];
    expect([rhythms.length, Math.max(...rhythms.map(({ periods }) => periods.length))]).toEqual([8, 33]);
    expect(ada.own.seen).toHaveLength(64);
    ada.sees({ name: 'Page Viewed', atMs: T0 + 340 * DAY, properties: { account: 'a1' } });
    expect((ada.own.rhythms as readonly { periods: readonly unknown[] }[]).at(-1)?.periods).toHaveLength(33);
    for (const day of [341, 342]) ada.reaches(T0 + day * DAY);
    ada.reaches(T0 + 800 * DAY);
    expect(ada.state).toBeUndefined();
  });

  it('two persons become one: what both counted makes the norm, and the period that is under way is waited for', () => {
    const [phone, laptop] = [person(), person()];
    weeks(phone, [3, 3, 3]);
    weeks(laptop, [3, 3, 3], { fromMs: T0 + DAY });
    const at = {
      personId: 'user:1',
      playbook: phone.playbook,
      timeMs: T0 + 3 * WEEK,
      linkedAtMs: T0,
      profile: '{}',
      segments: [],
    };
    const merged = mergeDetect(phone.state, laptop.state ?? null, at).state;
    expect(mergeDetect(laptop.state, phone.state ?? null, at).state).toEqual(merged);
    phone.state = merged;
    expect(phone.own.rhythms).toMatchObject([{ periods: [{ count: 6 }, { count: 6 }, { count: 6 }] }]);
    expect(due(phone)).toBe(T0 + 4 * WEEK);
  });
});
