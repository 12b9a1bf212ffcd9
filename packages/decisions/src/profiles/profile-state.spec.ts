import { describe, expect, it } from '@jest/globals';
import { draftOf, newProfile, type ProfileState } from './profile-state.ts';

type MayBeAbsent = {
  [K in keyof ProfileState]-?: undefined extends ProfileState[K] ? K : never;
}[keyof ProfileState];

/** One of each: a new field that may be absent does not compile before it stands here. */
const further: { readonly [K in MayBeAbsent]: NonNullable<ProfileState[K]> } = {
  contextCountry: { value: 'AT', atMs: 1 },
  device: { value: 'app', atMs: 1 },
  visits: 'several',
  firstProduct: { value: { id: 'p', name: null, category: null }, atMs: 1 },
  lastProduct: { value: { id: 'q', name: null, category: null }, atMs: 2 },
  computed: {},
  preferences: { channels: null, topics: {}, frequency: null },
  consentHistory: {},
  groups: {},
};
const names = Object.keys(further) as MayBeAbsent[];

describe('a draft of a profile', () => {
  it('is written down as the profile that it copies, byte for byte', () => {
    const fresh: ProfileState = newProfile('user:U', 5);
    for (const profile of [
      fresh,
      ...names.map((name) => ({ ...fresh, [name]: further[name] })),
      ...names.map((name) => Object.fromEntries(Object.entries(fresh).filter(([field]) => field !== name))),
    ]) {
      expect(JSON.stringify(draftOf(profile as ProfileState))).toBe(JSON.stringify(profile));
    }
  });

  it('may be changed, and the profile stays as it was', () => {
    const profile = newProfile('user:U', 5);
    draftOf(profile).eventCount = 9;
    expect(profile.eventCount).toBe(0);
  });
});
