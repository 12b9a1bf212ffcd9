import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mergedPreferences, type PreferenceState, statedOf, withPreferences } from './preferences.ts';
import { OneProfile, T0 } from './profile.fixture.ts';

const said = fc.record(
  {
    channels: fc.subarray(['email', 'sms', 'onsite']),
    topics: fc.dictionary(fc.constantFrom('news', 'offers'), fc.boolean()),
    frequency: fc.option(
      fc.record({ max: fc.integer({ min: 0, max: 5 }), per: fc.constantFrom('day', 'week', 'month') }),
    ),
  },
  { requiredKeys: [] },
);
const fold = (story: readonly (readonly [object, number])[]): PreferenceState | undefined =>
  story.reduce<PreferenceState | undefined>((known, [one, atMs]) => withPreferences(known, one, atMs), undefined);

describe('stated preferences', () => {
  it('are the later word each, in whatever order they arrive and whoever is merged with whom', () => {
    fc.assert(
      fc.property(
        fc
          .array(said, { minLength: 1, maxLength: 12 })
          .map((all) => all.map((one, at) => [one, T0 + at] as const))
          .chain((story) => fc.tuple(fc.constant(story), fc.shuffledSubarray(story, { minLength: story.length }))),
        fc.nat(12),
        ([story, shuffled], share) => {
          const whole = statedOf(fold(story));
          expect(statedOf(fold(shuffled))).toEqual(whole);
          const [mine, theirs] = [fold(shuffled.slice(0, share)), fold(shuffled.slice(share))];
          expect(statedOf(mergedPreferences(mine, theirs))).toEqual(whole);
          expect(statedOf(mergedPreferences(theirs, mine))).toEqual(whole);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('come from the event, from traits, and go on to arbitration', () => {
    const ada = new OneProfile();
    const first = ada.sees({ traits: { preferences: { topics: { News: false, __proto__: true, x: 'no' } } } });
    expect(JSON.parse(first.event.contact?.preferences ?? '')).toEqual({
      channels: [],
      topics: { news: false },
      frequency: null,
    });
    const properties = { channels: ['SMS', 'sms', 7, 'email'], frequency: { max: 2, per: 'week' } };
    const { event } = ada.sees({ name: 'Preferences Stated', properties, occurredAtMs: T0 + 1 });
    expect(JSON.parse(event.contact?.preferences ?? '')).toMatchObject({
      channels: ['sms', 'email'],
      frequency: { max: 2, perMs: 7 * 86_400_000 },
    });
    expect(ada.sees({ name: 'Page Viewed' }).event.contact).toBeNull();
    expect(ada.view.preferences).toMatchObject({ topics: { news: false } });
  });

  it('leave out what can’t be read, and take a wish back with null', () => {
    const wish = { frequency: { max: 1, per: 'day' } };
    const known = fold([[wish, 1]]);
    for (const frequency of [{ max: 1.5, per: 'day' }, { max: 1, per: 'year' }, 'often', { max: -1, per: 'day' }])
      expect(statedOf(withPreferences(known, { frequency }, 2))?.frequency).toEqual({ max: 1, perMs: 86_400_000 });
    expect(statedOf(withPreferences(known, { frequency: null }, 2))?.frequency).toBeNull();
  });
});
