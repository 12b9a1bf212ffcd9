import { describe, expect, it } from '@jest/globals';
import type { Definition, When } from '../../definitions.ts';
import { detectPlanOf } from '../concerned.ts';
import { concernsNobody } from '../detect.ts';
import { DAY, eventOf, eventWhen, MINUTE, named, OnePerson, playbookOf, T0, triggerOf } from '../detector.fixture.ts';

const atRisk = (change: 'enters' | 'leaves' = 'enters'): When => ({ type: 'segment', segment: 'at-risk', change });
const person = (when = atRisk(), with_ = {}) => new OnePerson(playbookOf(triggerOf(when, with_)));
const page = (atMs: number, more: object = {}) => ({ name: 'Page Viewed', atMs, ...more });
const entering = { entered: ['vip', 'at-risk'] };

describe('segment', () => {
  it('fires with the event that brings the person in, whatever its name, and says which segment', () => {
    const ada = person();
    ada.sees(page(T0));
    ada.sees(page(T0, { entered: ['vip'], left: ['at-risk'] }));
    expect(ada.facts).toEqual([]);
    ada.sees(page(T0 + MINUTE, { id: 'e1', ...entering }));
    expect(ada.proposals).toMatchObject([{ causes: ['e1'], proposedAtMs: T0 + MINUTE }]);
    expect(JSON.parse(ada.proposals[0]?.evidence ?? '')).toMatchObject({ segment: 'at-risk', change: 'enters' });
  });

  it('fires when the segment is left, if that is asked', () => {
    const ada = person(atRisk('leaves'));
    ada.sees(page(T0, entering));
    expect(ada.facts).toEqual([]);
    ada.sees(page(T0, { left: ['at-risk'] }));
    expect(ada.proposals).toHaveLength(1);
  });

  it('starts nothing by history, outside its audience, or again too soon, and says so', () => {
    const ada = person(atRisk(), { audience: 'profile.orderCount > 0', reentry: { kind: 'after', afterMs: DAY } });
    const profile = { orderCount: 1 };
    ada.sees(page(T0, { ...entering, backfill: true, profile }));
    ada.sees(page(T0, { ...entering, loggedAtMs: T0 + 2 * DAY, profile }));
    ada.sees(page(T0 + 2 * DAY, entering));
    ada.sees(page(T0 + 2 * DAY, { ...entering, profile }));
    ada.sees(page(T0 + 2 * DAY + MINUTE, { ...entering, profile }));
    expect(ada.codes).toEqual(['BACKFILL', 'EVENT_TOO_OLD', 'NOT_IN_AUDIENCE', 'REENTRY_WAIT']);
    expect(ada.proposals).toHaveLength(1);
  });

  it('is cancelled like any other, also by the very event that another trigger starts with', () => {
    const ada = new OnePerson(
      playbookOf(
        triggerOf(atRisk(), { id: 'b', cancelOn: named('Order Completed') }),
        triggerOf(eventWhen('Order Completed'), { id: 'a' }),
      ),
    );
    ada.sees(page(T0, entering));
    ada.sees({ name: 'Order Completed', atMs: T0 + MINUTE, entered: ['at-risk'] });
    expect(ada.withdrawals).toHaveLength(1);
    expect(ada.proposals.map(({ triggerId }) => triggerId)).toEqual(['b', 'a', 'b']);
  });

  it('is recorded while it is paused', () => {
    const ada = person(atRisk(), { status: 'paused' });
    ada.sees(page(T0, entering));
    ada.sees(page(T0));
    expect(ada.codes).toEqual(['TRIGGER_PAUSED']);
  });

  it('concerns no event that changes no segment of it; what changed is decoded only if a trigger asks', () => {
    const playbook = playbookOf(triggerOf(atRisk()));
    expect(concernsNobody(eventOf(page(T0)), playbook)).toBe(true);
    expect(concernsNobody(eventOf(page(T0, { entered: ['vip'] })), playbook)).toBe(true);
    expect(concernsNobody(eventOf(page(T0, entering)), playbook)).toBe(false);
    const unread = (...definitions: Definition[]) => detectPlanOf(playbookOf(...definitions)).unread;
    expect(unread(triggerOf(atRisk()))).not.toContain('segmentsEntered');
    expect(unread(triggerOf(eventWhen('A')))).toEqual(expect.arrayContaining(['segmentsEntered', 'segmentsLeft']));
  });
});
