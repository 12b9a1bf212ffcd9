import { describe, expect, it } from '@jest/globals';
import type { IdentifiedEvent } from '@kairos/contracts';
import fc from 'fast-check';
import { enrich } from './enrich.ts';
import { mergeProfile } from './merge-profile.ts';
import { eventFrom, T0 } from './profile.fixture.ts';
import type { ProfileState } from './profile-state.ts';

// Two halves of one story, folded apart and then merged, are the story folded whole.

const said = fc.record({
  name: fc.constantFrom('Page Viewed', 'Order Completed', 'Order Refunded', 'Consent Given', 'Consent Withdrawn'),
  amount: fc.integer({ min: 1, max: 9_999 }),
  city: fc.option(fc.constantFrom('Bonn', 'Ulm')),
  email: fc.option(fc.constantFrom('ada@shop.test', 'bob@shop.test')),
  isOld: fc.boolean(),
});

const fold = (events: readonly IdentifiedEvent[]): ProfileState | undefined =>
  events.reduce<ProfileState | undefined>(
    (profile, event) => enrich(profile, event, { playbook: undefined, faults: [] }).state,
    undefined,
  );

const told = (profile: ProfileState | undefined): unknown =>
  profile === undefined ? undefined : { ...profile, personId: '', contact: null, segments: [] };

const eventsOf = (story: readonly (typeof said extends fc.Arbitrary<infer T> ? T : never)[]): IdentifiedEvent[] =>
  story.map(({ name, amount, city, email }, at) => {
    const traits = { ...(city === null ? {} : { city }), ...(email === null ? {} : { email }) };
    const properties = name.startsWith('Order')
      ? { total: amount / 100, products: [{ name: `p${amount % 3}` }] }
      : { channel: 'email', purpose: 'marketing' };
    const atMs = T0 + at * 17 * 60_000;
    const context = {
      device: { type: amount % 2 === 0 ? 'desktop' : 'phone' },
      location: { country: city ? 'de' : 'at' },
    };
    const event = eventFrom({ name, properties, traits, context, occurredAtMs: atMs });
    return { personId: 'user:ada', loggedAtMs: atMs, linkedFrom: null, sentBy: null, event };
  });

describe('two profiles that are one', () => {
  it('become what one fold of both stories would be, whoever moves to whom', () => {
    fc.assert(
      fc.property(fc.array(said, { minLength: 2, maxLength: 20 }), (story) => {
        const events = eventsOf(story);
        const old = fold(events.filter((_, at) => story[at]?.isOld === true));
        const known = fold(events.filter((_, at) => story[at]?.isOld === false));
        if (old === undefined || known === undefined) return;
        const whole = told(fold(events)) as ProfileState;
        for (const merged of [mergeProfile(known, old), mergeProfile(old, known)]) {
          // The history of two persons says whose each change was; its own spec holds it against an oracle.
          // Since when consent stands can't be told from two halves that were both said again; that it stands can.
          const { consent, consentHistory: _, ...rest } = told(merged) as ProfileState;
          const { consent: wholeConsent, consentHistory: __, ...wholeRest } = whole;
          expect(rest).toEqual(wholeRest);
          expect(consent['email/marketing']?.state).toBe(wholeConsent['email/marketing']?.state);
        }
      }),
    );
  });
});
