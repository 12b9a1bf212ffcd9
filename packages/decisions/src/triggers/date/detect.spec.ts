import { describe, expect, it } from '@jest/globals';
import { detectPlanOf } from '../concerned.ts';
import { concernsNobody } from '../detect.ts';
import { DAY, eventOf, HOUR, MINUTE, named, OnePerson, playbookOf, T0, triggerOf } from '../detector.fixture.ts';
import { dueAtMs } from '../due.ts';
import { mergeDetect } from '../merge.ts';
import { onDate } from './date.fixture.ts';

const person = (when = onDate(), with_ = {}) => new OnePerson(playbookOf(triggerOf(when, with_)));
const page = (atMs: number, profile: object = {}, more: object = {}) => ({
  name: 'Page Viewed',
  atMs,
  profile: { zone: 'Asia/Tokyo', zoneFrom: 'context', ...profile },
  ...more,
});
const born = (birthday: unknown) => ({ traits: { birthday } });
/** 10 June 2026, 09:00 in Tokyo. */
const BIRTHDAY = Date.UTC(2026, 5, 10);
const contract = onDate({
  of: 'properties',
  path: 'end',
  events: named('Contract Signed'),
  yearly: false,
  offsetDays: -30,
});

describe('date', () => {
  it('fires on the day at the time of day where the person lives, says by which zone, and waits for the next year', () => {
    const ada = person();
    ada.sees(page(T0, born('1990-06-10'), { id: 'e1' }));
    ada.reaches(BIRTHDAY - 1);
    expect(ada.facts).toEqual([]);
    ada.reaches(BIRTHDAY + MINUTE);
    expect(ada.detected).toMatchObject([{ outcome: 'fired', dueAtMs: BIRTHDAY, causes: ['e1'] }]);
    expect(JSON.parse(ada.proposals[0]?.evidence ?? '')).toMatchObject({
      date: '2026-06-10',
      zone: 'Asia/Tokyo',
      zoneFrom: 'context',
      localTime: '2026-06-10 09:00 Asia/Tokyo',
    });
    expect(ada.state && dueAtMs(ada.state)).toBe(Date.UTC(2027, 5, 10));
    ada.reaches(Date.UTC(2027, 5, 10));
    expect(ada.proposals).toHaveLength(2);
    expect(new Set(ada.proposals.map(({ firingId }) => firingId)).size).toBe(2);
  });

  it('of a date that proposes nothing the profile and the segments are decoded all the same: they are remembered', () => {
    const plan = detectPlanOf(playbookOf(triggerOf(onDate(), { send: null })));
    expect(plan.remembersProfile).toBe(true);
    for (const field of ['profile', 'segments'] as const) expect(plan.unread).not.toContain(field);
  });

  it('a date that is changed moves it, and one that is taken away lets it go', () => {
    const ada = person();
    ada.sees(page(T0, born('1990-06-10')));
    ada.sees(page(T0 + MINUTE, born('1990-06-12')));
    expect(ada.state && dueAtMs(ada.state)).toBe(BIRTHDAY + 2 * DAY);
    ada.sees(page(T0 + 2 * MINUTE, born(null)));
    ada.reaches(BIRTHDAY + 2 * DAY);
    expect(ada.facts).toEqual([]);
    expect(ada.state).toBeUndefined();
  });

  it('follows the person into another zone, and does not come again there', () => {
    const ada = person();
    ada.sees(page(T0, born('1990-06-10')));
    ada.sees(page(T0 + MINUTE, { ...born('1990-06-10'), zone: 'America/New_York' }));
    expect(ada.state && dueAtMs(ada.state)).toBe(BIRTHDAY + 13 * HOUR);
    for (const yearly of [true, false]) {
      const ben = person(onDate({ yearly }));
      ben.sees(page(T0, born('2026-06-10')));
      ben.reaches(BIRTHDAY);
      ben.sees(page(BIRTHDAY + HOUR, { ...born('2026-06-10'), zone: 'America/New_York' }));
      ben.reaches(BIRTHDAY + 2 * DAY);
      expect(ben.proposals).toHaveLength(1);
    }
  });

  it('is late rather than lost when time stands still, and counts on from the day that it is', () => {
    const ada = person();
    ada.sees(page(T0, born('1990-06-10')));
    ada.reaches(BIRTHDAY + 800 * DAY);
    expect(ada.proposals).toHaveLength(1);
    expect(ada.state && dueAtMs(ada.state)).toBe(Date.UTC(2029, 5, 10));
  });

  it('becomes known by an import, too; what had passed by then is let go', () => {
    const ada = person(onDate({ yearly: false }));
    ada.sees(page(T0, born('2026-06-10'), { backfill: true }));
    ada.reaches(BIRTHDAY);
    expect(ada.proposals).toHaveLength(1);
    const ben = person(onDate({ yearly: false }));
    ben.sees(page(BIRTHDAY, born('2026-06-10')));
    ben.reaches(BIRTHDAY + DAY);
    expect(ben.facts).toEqual([]);
  });

  it('records why it did not start, for each date under an id of its own, and goes on', () => {
    const ada = person(onDate(), { audience: 'profile.orderCount > 3' });
    ada.sees(page(T0, born('1990-06-10')));
    ada.reaches(BIRTHDAY);
    ada.reaches(BIRTHDAY + 365 * DAY);
    expect(ada.codes).toEqual(['NOT_IN_AUDIENCE', 'NOT_IN_AUDIENCE']);
    expect(new Set(ada.detected.map(({ firingId }) => firingId)).size).toBe(2);
    const paused = person();
    paused.sees(page(T0, born('1990-06-10')));
    paused.playbook = playbookOf(triggerOf(onDate(), { status: 'paused' }));
    paused.reaches(BIRTHDAY);
    expect(paused.codes).toEqual(['TRIGGER_PAUSED']);
  });

  it('is worked out anew when the definition has another time, at the latest when it rings', () => {
    const ada = person();
    ada.sees(page(T0, born('1990-06-10')));
    ada.playbook = playbookOf(triggerOf(onDate({ atWallMs: 18 * HOUR })));
    ada.reaches(BIRTHDAY);
    expect(ada.facts).toEqual([]);
    ada.reaches(BIRTHDAY + 9 * HOUR);
    expect(ada.proposals).toHaveLength(1);
  });

  it('is let go this time when a cancelling event comes, and taken back when that comes after', () => {
    const ada = person(onDate(), { cancelOn: named('Order Completed') });
    ada.sees(page(T0, born('1990-06-10')));
    ada.sees({ ...page(T0 + DAY, born('1990-06-10')), name: 'Order Completed' });
    ada.sees(page(T0 + 2 * DAY, born('1990-06-10')));
    expect(ada.state && dueAtMs(ada.state)).toBe(Date.UTC(2027, 5, 10));
    const ben = person(onDate(), { cancelOn: named('Order Completed') });
    ben.sees(page(T0, born('1990-06-10')));
    ben.reaches(BIRTHDAY);
    ben.sees({ ...page(BIRTHDAY + HOUR, born('1990-06-10')), name: 'Order Completed' });
    expect(ben.withdrawals).toHaveLength(1);
  });

  it('concerns no event of a person whose profile has no such date; but the profile is remembered for the day', () => {
    const playbook = playbookOf(triggerOf(onDate(), { send: null }));
    expect(concernsNobody(eventOf(page(T0)), playbook)).toBe(false);
    expect(playbook.projection).toEqual(expect.arrayContaining(['traits.birthday', 'zone', 'zoneFrom']));
    const ada = person();
    ada.sees(page(T0));
    expect(ada.state).toBeUndefined();
  });
});

describe('date of an event', () => {
  const signed = (atMs: number, end: unknown, more: object = {}) => ({
    ...page(atMs),
    name: 'Contract Signed',
    properties: { end, id: 'c1' },
    ...more,
  });

  it('fires so many days before, with what the event said; the event that happened last counts', () => {
    const ada = person(contract);
    ada.sees(signed(T0 + HOUR, '2026-09-30', { id: 'later' }));
    ada.sees(signed(T0, '2026-08-31', { loggedAtMs: T0 + 2 * HOUR }));
    ada.reaches(Date.UTC(2026, 7, 31, 0, 0));
    expect(ada.detected).toMatchObject([{ dueAtMs: Date.UTC(2026, 7, 31), causes: ['later'] }]);
    expect(JSON.parse(ada.proposals[0]?.evidence ?? '')).toMatchObject({
      event: 'Contract Signed',
      properties: { end: '2026-09-30' },
      date: '2026-09-30',
    });
    ada.reaches(Date.UTC(2026, 9, 31));
    expect(ada.state).toBeUndefined();
  });

  it('keeps contracts apart, ends with what cancels one, and bounds how many there are', () => {
    const ada = person(contract, { oncePer: ['properties.id'], cancelOn: named('Contract Renewed') });
    const of = (id: string) => ({ properties: { end: '2026-09-30', id } });
    ada.sees(signed(T0, '', of('c1')));
    ada.sees(signed(T0, '', of('c2')));
    ada.sees({ ...page(T0 + HOUR), name: 'Contract Renewed', ...of('c1') });
    ada.sees(signed(T0 + MINUTE, '', { ...of('c1'), loggedAtMs: T0 + 2 * HOUR }));
    ada.reaches(Date.UTC(2026, 7, 31));
    expect(ada.proposals.map(({ instanceKey }) => instanceKey)).toEqual(['c2']);
    for (let index = 0; index < 70; index += 1) ada.sees(signed(T0, '', of(`d${index}`)));
    expect((ada.own.dates as unknown[]).length).toBe(64);
  });

  it('follows the person into another zone by the event that says so', () => {
    const ada = person(contract);
    ada.sees(signed(T0, '2026-09-30'));
    const contact = {
      email: null,
      phone: null,
      userId: null,
      anonymousId: null,
      zone: 'Europe/Berlin',
      zoneFrom: 'context',
      locale: null,
      consent: [],
    };
    ada.sees(page(T0 + HOUR, { zone: 'Europe/Berlin' }, { contact }));
    expect(ada.state && dueAtMs(ada.state)).toBe(Date.UTC(2026, 7, 31, 7));
  });
});

describe('date, when two persons become one', () => {
  const merge = ([into, from]: readonly [OnePerson, OnePerson], profile: object, nowMs = T0 + HOUR) =>
    mergeDetect(into.state, from.state ?? null, {
      personId: 'user:1',
      playbook: into.playbook,
      timeMs: nowMs,
      linkedAtMs: nowMs,
      profile: JSON.stringify({ zone: 'Asia/Tokyo', ...profile }),
      segments: [],
    });

  it('waits for the date that the profile of both has, once, whoever moved to whom', () => {
    const [a, b] = [person(), person()];
    a.sees(page(T0, born('1990-06-10'), { id: 'a' }));
    b.sees(page(T0 + 1, born('1990-06-12'), { id: 'b' }));
    const merged = merge([a, b], born('1990-06-12'));
    expect(merge([b, a], born('1990-06-12'))).toEqual(merged);
    expect(merged.state && dueAtMs(merged.state)).toBe(BIRTHDAY + 2 * DAY);
    expect(merge([a, b], {}).state).toBeUndefined();
  });

  it('does not congratulate twice', () => {
    const [a, b] = [person(), person()];
    for (const one of [a, b]) one.sees(page(T0, born('1990-06-10')));
    a.reaches(BIRTHDAY);
    b.timeMs = BIRTHDAY;
    const merged = merge([b, a], { ...born('1990-06-10'), zone: 'America/New_York' }, BIRTHDAY + 1);
    expect(merged.state && dueAtMs(merged.state)).toBeGreaterThan(BIRTHDAY + 300 * DAY);
  });
});
