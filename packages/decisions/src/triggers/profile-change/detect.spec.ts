import { describe, expect, it } from '@jest/globals';
import type { When } from '../../definitions.ts';
import { detectPlanOf } from '../concerned.ts';
import { concernsNobody } from '../detect.ts';
import { eventOf, HOUR, MINUTE, OnePerson, playbookOf, T0, triggerOf } from '../detector.fixture.ts';
import { mergeDetect } from '../merge.ts';

type Fields = Readonly<Record<string, unknown>>;

const changing = (with_: Partial<Extract<When, { type: 'profileChange' }>> = {}): When => ({
  type: 'profileChange',
  path: 'traits.plan',
  from: null,
  to: null,
  ...with_,
});
const person = (when = changing(), with_ = {}) => new OnePerson(playbookOf(triggerOf(when, with_)));
const page = (minute: number, profile: Fields, more: object = {}) => ({
  name: 'Page Viewed',
  atMs: T0 + minute * MINUTE,
  profile,
  ...more,
});
const plan = (value: unknown) => ({ email: 'a@example.com', traits: { plan: value } });

describe('profileChange', () => {
  it('fires when the value becomes another one; the first that is seen is no change', () => {
    const ada = person();
    for (const [minute, value] of ['gold', 'gold', 'silver'].entries())
      ada.sees(page(minute, plan(value), { id: `e${minute}` }));
    expect(ada.proposals).toMatchObject([{ causes: ['e2'] }]);
    expect(JSON.parse(ada.proposals[0]?.evidence ?? '')).toMatchObject({
      changed: 'profile.traits.plan',
      from: 'gold',
      to: 'silver',
    });
  });

  it('asks from of the profile as it was, and to of the profile as it is', () => {
    const ada = person(
      changing({ from: 'profile.traits.plan == "gold"', to: 'profile.traits.plan in ["silver", "free"]' }),
    );
    for (const [minute, value] of ['silver', 'gold', 'platinum', 'gold', 'free'].entries()) {
      ada.sees(page(minute, plan(value)));
    }
    expect(ada.proposals).toHaveLength(1);
    expect(ada.proposals[0]?.proposedAtMs).toBe(T0 + 4 * MINUTE);
  });

  it('a value that is not known is no value: the last one that was is remembered', () => {
    const ada = person();
    for (const [minute, profile] of [plan('gold'), {}, plan(''), plan(['gold']), plan('gold')].entries()) {
      ada.sees(page(minute, profile));
    }
    expect(ada.facts).toEqual([]);
    ada.sees(page(9, plan('free')));
    expect(ada.proposals).toHaveLength(1);
  });

  it('numbers and truths change, too; a text is no number', () => {
    const ada = person();
    for (const [minute, value] of [1, 1, '1', true].entries()) ada.sees(page(minute, plan(value)));
    expect(ada.proposals).toHaveLength(2);
  });

  it('an import that changes it starts nothing and is what the next change is measured by', () => {
    const ada = person();
    ada.sees(page(0, plan('gold')));
    ada.sees(page(1, plan('free'), { backfill: true }));
    expect(ada.codes).toEqual(['BACKFILL']);
    ada.sees(page(2, plan('free')));
    expect(ada.proposals).toEqual([]);
  });

  it('begins anew when the trigger watches another value', () => {
    const ada = person();
    ada.sees(page(0, { traits: { plan: 'gold', tier: 'a' } }));
    ada.playbook = playbookOf(triggerOf(changing({ path: 'traits.tier' })));
    ada.sees(page(1, { traits: { plan: 'free', tier: 'b' } }));
    expect(ada.proposals).toEqual([]);
    ada.sees(page(2, { traits: { plan: 'free', tier: 'c' } }));
    expect(ada.proposals).toHaveLength(1);
  });

  it('concerns no event whose profile has no such value, though its text may hold the word', () => {
    const playbook = playbookOf(triggerOf(changing()));
    const concerns = (profile: Fields) => !concernsNobody(eventOf(page(0, profile)), playbook);
    expect([{}, { email: 'plan@example.com' }, { traits: { planned: 1 } }].map(concerns)).toEqual([
      false,
      false,
      false,
    ]);
    expect([plan('gold'), { traits: { x: 'plan' } }].map(concerns)).toEqual([true, true]);
    const ada = person();
    ada.sees(page(0, { traits: { x: 'plan' } }));
    expect(ada.state).toBeUndefined();
    expect(detectPlanOf(playbookOf(triggerOf(changing(), { send: null }))).unread).not.toContain('profile');
    expect(playbook.projection).toContain('traits.plan');
  });

  it('two persons become one: what the profile of both says is what was seen last, and no change', () => {
    const sides = ['gold', 'free'].map((value, index) => {
      const one = person();
      one.sees(page(index, plan(value)));
      return one;
    });
    const merge = (order: readonly number[], profile: object) =>
      mergeDetect(sides[order[0] ?? 0]?.state, sides[order[1] ?? 0]?.state ?? null, {
        personId: 'user:1',
        playbook: sides[0]?.playbook,
        timeMs: T0,
        linkedAtMs: T0 + HOUR,
        profile: JSON.stringify(profile),
        segments: [],
      });
    for (const profile of [plan('gold'), {}]) {
      expect(merge([0, 1], profile)).toEqual(merge([1, 0], profile));
      expect(merge([0, 1], profile).facts).toEqual([]);
    }
    const ada = person();
    ada.state = merge([0, 1], plan('gold')).state;
    ada.sees(page(90, plan('gold')));
    expect(ada.facts).toEqual([]);
    ada.sees(page(91, plan('free')));
    expect(ada.proposals).toHaveLength(1);
    ada.state = merge([0, 1], {}).state;
    expect(ada.own.value).toBe('free');
  });
});
