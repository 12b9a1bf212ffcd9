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

  it('know of as many channels and purposes as one may, the same ones as one fold, and first those that messages are sent by', () => {
    const pair = fc.oneof(
      fc.record({ channel: fc.constantFrom('email', 'sms', 'push'), purpose: fc.constantFrom('marketing', 'service') }),
      fc.record({
        channel: fc.nat(60).map((number) => `made-up-${number}`),
        purpose: fc.constantFrom('marketing', 'a', 'b'),
      }),
    );
    const statement = fc.record({ pair, granted: fc.boolean(), isOld: fc.boolean() });
    let full = 0;
    fc.assert(
      fc.property(fc.array(statement, { minLength: 2, maxLength: 160, size: 'max' }), (story) => {
        const events = story.map(({ pair: properties, granted }, at): IdentifiedEvent => {
          const name = granted ? 'Consent Given' : 'Consent Withdrawn';
          const event = eventFrom({ name, properties, occurredAtMs: T0 + at });
          return { personId: 'user:ada', loggedAtMs: T0 + at, linkedFrom: null, sentBy: null, event };
        });
        const stateOf = (profile: ProfileState) =>
          Object.fromEntries(Object.entries(profile.consent).map(([key, { state }]) => [key, state]));
        const old = fold(events.filter((_, at) => story[at]?.isOld === true));
        const known = fold(events.filter((_, at) => story[at]?.isOld === false));
        const whole = fold(events);
        if (old === undefined || known === undefined || whole === undefined) return;
        const expected = stateOf(whole);
        expect(stateOf(mergeProfile(known, old))).toEqual(expected);
        expect(stateOf(mergeProfile(old, known))).toEqual(expected);
        const pairs = Object.keys(expected);
        expect(pairs.length).toBeLessThanOrEqual(50);
        if (pairs.length === 50) full += 1;
        for (const { pair: said } of story) {
          if (!said.channel.startsWith('made-up')) expect(pairs).toContain(`${said.channel}/${said.purpose}`);
        }
        // How consent stands and how it came about are of the same pairs.
        expect(Object.keys(whole.consentHistory ?? {}).sort()).toEqual(pairs.sort());
      }),
      // Hundreds of statements are no shorter for being shrunk for minutes.
      { numRuns: 200, endOnFailure: true },
    );
    expect(full).toBeGreaterThan(20);
  });
});
