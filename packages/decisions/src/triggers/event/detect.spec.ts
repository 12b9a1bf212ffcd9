import { describe, expect, it } from '@jest/globals';
import { DAY, eventWhen, HOUR, MINUTE, named, OnePerson, playbookOf, T0, triggerOf } from '../detector.fixture.ts';

const viewed = (atMs: number, more: object = {}) => ({ name: 'Page Viewed', atMs, ...more });
const person = (with_ = {}, where: string | null = null) =>
  new OnePerson(playbookOf(triggerOf(eventWhen('Page Viewed', where), with_)));

describe('event', () => {
  it('fires at once, in the trace of the event, timed by the log and caused when it was received', () => {
    const ada = person();
    ada.sees(viewed(T0, { id: 'e1', loggedAtMs: T0 + 5 }), 'trace');
    expect(ada.proposals).toMatchObject([{ proposedAtMs: T0 + 5, causedAtMs: T0 + 5, causes: ['e1'] }]);
    expect(ada.detected).toMatchObject([{ outcome: 'fired', dueAtMs: null, detectedAtMs: T0 + 5 }]);
    expect(ada.facts.map((fact) => 'traceparent' in fact && fact.traceparent)).toEqual([null, null]);
  });

  it('meets only events that fulfil its condition', () => {
    const ada = person({}, "properties.path == '/pricing'");
    ada.sees(viewed(T0, { properties: { path: '/' } }));
    expect(ada.facts).toEqual([]);
    ada.sees(viewed(T0, { properties: { path: '/pricing' } }));
    expect(ada.proposals).toHaveLength(1);
  });

  it('a match outside the audience is recorded, with the profile after the event', () => {
    const ada = person({ audience: 'profile.orderCount == 1' });
    ada.sees(viewed(T0, { profile: { orderCount: 2 } }));
    ada.sees(viewed(T0, { profile: {} }));
    ada.sees(viewed(T0, { profile: { orderCount: 1 } }));
    expect(ada.codes).toEqual(['NOT_IN_AUDIENCE', 'NOT_IN_AUDIENCE']);
    expect(ada.proposals).toHaveLength(1);
  });

  it('fires once per instance if re-entry is never, and again after a time if asked', () => {
    const once = person({ reentry: { kind: 'never' }, oncePer: ['properties.sku', 'person'] });
    for (const sku of ['a', 'b', 'a', undefined, undefined]) once.sees(viewed(T0, { properties: { sku } }));
    expect(once.proposals.map(({ instanceKey }) => instanceKey)).toEqual(['a', 'b', '']);
    expect(once.codes).toEqual(['REENTRY_WAIT', 'REENTRY_WAIT']);
    once.reaches(T0 + 400 * DAY);
    once.sees(viewed(T0 + 400 * DAY, { properties: { sku: 'a' } }));
    expect(once.proposals).toHaveLength(3);

    const daily = person({ reentry: { kind: 'after', afterMs: DAY } });
    for (const hours of [0, 23, 24]) daily.sees(viewed(T0 + hours * HOUR));
    expect(daily.proposals).toHaveLength(2);
    expect(daily.codes).toEqual(['REENTRY_WAIT']);
  });

  it('history and old events start nothing', () => {
    const ada = person();
    ada.sees(viewed(T0, { backfill: true }));
    ada.sees(viewed(T0, { loggedAtMs: T0 + 2 * DAY }));
    expect(ada.codes).toEqual(['BACKFILL', 'EVENT_TOO_OLD']);
  });

  it('a cancelling event takes the proposal back, and in the other order nothing starts', () => {
    const first = person({ cancelOn: named('Order Completed') });
    first.sees(viewed(T0));
    first.sees({ name: 'Order Completed', atMs: T0 + MINUTE });
    expect(first.withdrawals.map(({ code }) => code)).toEqual(['EXITED']);
    const second = person({ cancelOn: named('Order Completed') });
    second.sees({ name: 'Order Completed', atMs: T0 + MINUTE });
    second.sees(viewed(T0, { loggedAtMs: T0 + 2 * MINUTE }));
    expect(second.proposals).toEqual([]);
    expect(second.codes).toEqual(['EXITED']);
  });

  it('a dropped candidate need not be taken back', () => {
    const ada = person({ cancelOn: named('Order Completed') });
    ada.sees(viewed(T0));
    ada.hears({ kind: 'decided', fate: 'dropped', candidateId: ada.proposals[0]?.candidateId ?? '' });
    ada.sees({ name: 'Order Completed', atMs: T0 + MINUTE });
    expect(ada.withdrawals).toEqual([]);
  });

  it('two triggers of one event propose in order of their ids', () => {
    const ada = new OnePerson(
      playbookOf(
        triggerOf(eventWhen('Page Viewed'), { id: 'b', audienceRole: 'staff:sales', priority: 80 }),
        triggerOf(eventWhen('Page Viewed'), { id: 'a' }),
      ),
    );
    ada.sees(viewed(T0));
    expect(ada.proposals).toMatchObject([
      { triggerId: 'a', audience: 'customer', priority: 50 },
      { triggerId: 'b', audience: 'staff:sales', priority: 80 },
    ]);
  });
});
