import { describe, expect, it } from '@jest/globals';
import { DAY, HOUR, inactiveFor, MINUTE, named, OnePerson, playbookOf, T0, triggerOf } from '../detector.fixture.ts';
import { dueAtMs } from '../due.ts';

const came = (atMs: number, more: object = {}) => ({ name: 'Page Viewed', atMs, ...more });
const person = (with_ = {}, when = inactiveFor(7 * DAY)) => new OnePerson(playbookOf(triggerOf(when, with_)));

describe('inactivity', () => {
  it('fires when nothing happened for the period, once', () => {
    const ada = person();
    ada.sees(came(T0, { id: 'a' }));
    ada.sees(came(T0 + DAY, { id: 'b' }));
    ada.reaches(T0 + 8 * DAY - 1);
    expect(ada.proposals).toEqual([]);
    ada.reaches(T0 + 8 * DAY);
    ada.reaches(T0 + 60 * DAY);
    expect(ada.proposals).toMatchObject([{ causes: ['b'], causedAtMs: T0 + 8 * DAY, proposedAtMs: T0 + 8 * DAY }]);
  });

  it('later activity never moves the timer; it is set anew when it rings', () => {
    const ada = person();
    const due = () => (ada.state === undefined ? undefined : dueAtMs(ada.state));
    ada.sees(came(T0));
    for (let hour = 1; hour < 48; hour += 1) {
      ada.sees(came(T0 + hour * HOUR));
      expect(due()).toBe(T0 + 7 * DAY);
    }
    ada.reaches(T0 + 7 * DAY);
    expect(due()).toBe(T0 + 7 * DAY + 47 * HOUR);
  });

  it('what a provider tells of a message is no activity, unless the trigger names it', () => {
    const ada = person();
    const named = person({}, inactiveFor(7 * DAY, [{ name: 'SMS Delivered', where: null }]));
    for (const one of [ada, named]) {
      one.sees(came(T0));
      one.sees({ name: 'SMS Delivered', atMs: T0 + DAY, id: 'told' });
      one.reaches(T0 + 7 * DAY);
    }
    expect([ada.proposals.length, named.proposals.length]).toEqual([1, 0]);
    ada.sees({ name: 'SMS Delivered', atMs: T0 + 8 * DAY });
    named.reaches(T0 + 8 * DAY);
    ada.reaches(T0 + 60 * DAY);
    expect([ada.proposals.length, named.proposals.length]).toEqual([1, 1]);
  });

  it('starts anew when the person comes back', () => {
    const ada = person();
    ada.sees(came(T0));
    ada.reaches(T0 + 7 * DAY);
    ada.sees(came(T0 + 9 * DAY));
    ada.reaches(T0 + 16 * DAY);
    expect(ada.proposals).toHaveLength(2);
    expect(ada.withdrawals).toEqual([]);
  });

  it('activity that happened in time and arrives after the firing takes it back and waits from there', () => {
    const ada = person();
    ada.sees(came(T0));
    ada.reaches(T0 + 7 * DAY);
    ada.sees(came(T0 + 7 * DAY - HOUR, { loggedAtMs: T0 + 7 * DAY + MINUTE }));
    expect(ada.withdrawals.map(({ code }) => code)).toEqual(['EXITED']);
    ada.reaches(T0 + 14 * DAY - HOUR);
    expect(ada.proposals).toHaveLength(2);
  });

  it('re-entry never: one message for life; after a time: none before', () => {
    const once = person({ reentry: { kind: 'never' } });
    const yearly = person({ reentry: { kind: 'after', afterMs: 90 * DAY } });
    for (const one of [once, yearly]) {
      one.sees(came(T0));
      one.reaches(T0 + 7 * DAY);
      one.sees(came(T0 + 8 * DAY));
      one.reaches(T0 + 20 * DAY);
      expect(one.proposals).toHaveLength(1);
    }
    expect(yearly.codes).toEqual(['REENTRY_WAIT']);
    yearly.sees(came(T0 + 100 * DAY));
    yearly.reaches(T0 + 107 * DAY);
    expect(yearly.proposals).toHaveLength(2);
  });

  it('imported history and old events never start the clock, and move it once it runs', () => {
    const ada = person();
    ada.sees(came(T0, { backfill: true }));
    ada.sees(came(T0, { loggedAtMs: T0 + 3 * DAY }));
    ada.reaches(T0 + 30 * DAY);
    expect(ada.state).toBeUndefined();
    ada.sees(came(T0 + 30 * DAY));
    ada.sees(came(T0 + 32 * DAY, { backfill: true }));
    ada.reaches(T0 + 37 * DAY);
    expect(ada.proposals).toEqual([]);
    ada.reaches(T0 + 39 * DAY);
    expect(ada.proposals).toHaveLength(1);
  });

  it('counts only the events that it names, and stops for what cancels it', () => {
    const ada = person({ cancelOn: named('Account Closed') }, inactiveFor(7 * DAY, named('Signed In')));
    ada.sees({ name: 'Signed In', atMs: T0 });
    ada.sees(came(T0 + DAY));
    ada.sees({ name: 'Account Closed', atMs: T0 + 2 * DAY });
    ada.reaches(T0 + 30 * DAY);
    expect(ada.facts).toEqual([]);
  });

  it('asks for the audience when it would fire', () => {
    const ada = person({ audience: 'profile.orderCount > 0' });
    ada.sees(came(T0, { profile: { orderCount: 0 } }));
    ada.reaches(T0 + 7 * DAY);
    expect(ada.codes).toEqual(['NOT_IN_AUDIENCE']);
  });

  it('what was settled without firing does not start again from late news of before', () => {
    const ada = person({ audience: 'profile.orderCount > 0' });
    ada.sees(came(T0, { profile: { orderCount: 0 } }));
    ada.reaches(T0 + 7 * DAY);
    ada.sees(came(T0 - HOUR, { loggedAtMs: T0 - HOUR + DAY, profile: { orderCount: 1 } }));
    ada.reaches(T0 + 7 * DAY + HOUR);
    expect(ada.proposals).toEqual([]);
    expect(ada.codes).toEqual(['NOT_IN_AUDIENCE']);
  });
});
