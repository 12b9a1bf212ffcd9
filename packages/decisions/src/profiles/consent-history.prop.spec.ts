import { describe, expect, it } from '@jest/globals';
import type { IdentifiedEvent } from '@kairos/contracts';
import fc from 'fast-check';
import { type ConsentChange, consentChanges } from './consent-history.ts';
import { enrich } from './enrich.ts';
import { mergeProfile } from './merge-profile.ts';
import { eventFrom, playbookWith, sourceOf, T0 } from './profile.fixture.ts';
import type { ProfileState } from './profile-state.ts';

// The oracle knows every statement, sorts them, and keeps the last changes of each pair.

type Story = readonly IdentifiedEvent[];
const playbook = playbookWith(sourceOf({ id: 'shop' }), sourceOf({ id: 'till', assumeConsent: ['sms'] }));

interface Said {
  readonly pair: string;
  readonly granted: boolean;
  readonly isTill: boolean;
  readonly isMine: boolean;
}
const saidOn = (...pairs: readonly string[]): fc.Arbitrary<Said> =>
  fc.record({
    pair: fc.constantFrom(...pairs),
    granted: fc.boolean(),
    isTill: fc.boolean(),
    isMine: fc.boolean(),
  });

const storyOf = (all: readonly Said[]): Story =>
  all.map(({ pair, granted, isTill, isMine }, at) => {
    const [channel, purpose] = pair.split('/');
    const name = granted ? 'Consent Given' : 'Consent Withdrawn';
    // Two of them at an instant, now and then.
    const occurredAtMs = T0 + at - (at % 7 === 3 ? 1 : 0);
    const event = eventFrom({ name, properties: { channel, purpose }, occurredAtMs, source: isTill ? 'till' : 'shop' });
    const personId = isMine ? 'user:ada' : 'anon:1';
    return { personId, loggedAtMs: T0 + 1_000 + at, linkedFrom: null, sentBy: null, event };
  });

const fold = (story: Story): ProfileState | undefined =>
  story.reduce<ProfileState | undefined>(
    (profile, event) => enrich(profile, event, { playbook, faults: [] }).state,
    undefined,
  );

const seen = (profile: ProfileState | undefined): readonly ConsentChange[] =>
  profile === undefined ? [] : consentChanges(profile);

const ranks = { assumed: 0, granted: 1, denied: 2 };
interface Spoken extends Omit<ConsentChange, 'from' | 'channel' | 'purpose'> {
  readonly pair: string;
}

function spokenIn(story: Story): readonly Spoken[] {
  return story.flatMap(({ personId, loggedAtMs, event }): Spoken[] => {
    const { channel, purpose } = JSON.parse(event.properties);
    const { source, sourceKind, messageId, occurredAtMs, name } = event;
    const more = { source, sourceKind, messageId, occurredAtMs, loggedAtMs, personId };
    const to = name === 'Consent Given' ? 'granted' : 'denied';
    const spoken: Spoken = { pair: `${channel}/${purpose}`, to, origin: name, ...more };
    return source === 'till'
      ? [spoken, { pair: 'sms/marketing', to: 'assumed', origin: 'assumed:till', ...more }]
      : [spoken];
  });
}

function oracle(story: Story): readonly ConsentChange[] {
  const spoken = spokenIn(story);
  const pairs = [...new Set(spoken.map(({ pair }) => pair))].sort();
  const most = Math.min(20, Math.floor(200 / pairs.length));
  return pairs
    .flatMap((pair) => {
      const mine = spoken
        .filter((one) => one.pair === pair)
        .sort(
          (a, b) =>
            a.occurredAtMs - b.occurredAtMs ||
            ranks[a.to as 'denied'] - ranks[b.to as 'denied'] ||
            ((a.messageId ?? '') < (b.messageId ?? '') ? -1 : 1),
        )
        .filter(({ to }, at) => to !== 'assumed' || at === 0);
      const changes = mine.flatMap(({ pair: _, ...one }, at): ConsentChange[] => {
        const from = mine[at - 1]?.to ?? 'unknown';
        const [channel = '', purpose = ''] = pair.split('/');
        return from === one.to ? [] : [{ channel, purpose, from, ...one }];
      });
      return changes.slice(-most);
    })
    .sort((a, b) => a.occurredAtMs - b.occurredAtMs);
}

const inAnyOrder = (story: Story): fc.Arbitrary<Story> => fc.shuffledSubarray([...story], { minLength: story.length });

/** Each comes at most four places late. */
const somewhatLate = (story: Story): fc.Arbitrary<Story> =>
  fc.array(fc.nat(4), { minLength: story.length, maxLength: story.length }).map((late) =>
    story
      .map((event, at) => ({ event, at: at + (late[at] ?? 0) }))
      .sort((a, b) => a.at - b.at)
      .map(({ event }) => event),
  );

const both = (
  said: fc.Arbitrary<Said>,
  { most, order }: { readonly most: number; readonly order: (story: Story) => fc.Arbitrary<Story> },
) =>
  fc
    .array(said, { minLength: 1, maxLength: most, size: 'max' })
    .map(storyOf)
    .chain((story) => fc.tuple(fc.constant(story), order(story)));

const asOne = (story: Story): Story => story.map((event) => ({ ...event, personId: 'user:ada' }));

describe('the history of consent', () => {
  it('is every change, in whatever order the statements arrive', () => {
    const stories = both(saidOn('email/marketing', 'sms/marketing'), { most: 9, order: inAnyOrder });
    fc.assert(
      fc.property(stories, ([story, arrived]) => {
        expect(seen(fold(asOne(arrived)))).toEqual(oracle(asOne(story)));
      }),
      { numRuns: 1_500 },
    );
  });

  it('is the last twenty changes of each channel and purpose, however long it grows and though some come late', () => {
    const stories = both(saidOn('email/marketing'), { most: 90, order: somewhatLate });
    fc.assert(
      fc.property(stories, ([story, arrived]) => {
        const quiet = asOne(story).map((one) => ({ ...one, event: { ...one.event, source: 'shop' } }));
        const late = asOne(arrived).map((one) => ({ ...one, event: { ...one.event, source: 'shop' } }));
        expect(seen(fold(late))).toEqual(oracle(quiet));
      }),
      { numRuns: 1_000 },
    );
  });

  it('of two persons who are one is both, in order, each change with whose it was', () => {
    const stories = both(saidOn('email/marketing', 'sms/marketing'), { most: 12, order: inAnyOrder });
    fc.assert(
      fc.property(stories, ([story, arrived]) => {
        const mine = fold(arrived.filter(({ personId }) => personId === 'user:ada').slice(0, 8));
        const theirs = fold(arrived.filter(({ personId }) => personId === 'anon:1').slice(0, 8));
        if (mine === undefined || theirs === undefined) return;
        const taken = new Set(
          ['user:ada', 'anon:1'].flatMap((id) =>
            arrived
              .filter(({ personId }) => personId === id)
              .slice(0, 8)
              .map(({ event }) => event.messageId),
          ),
        );
        const whole = oracle(story.filter(({ event }) => taken.has(event.messageId)));
        expect(seen(mergeProfile(mine, theirs))).toEqual(whole);
        expect(seen(mergeProfile(theirs, mine))).toEqual(whole);
      }),
      { numRuns: 1_500 },
    );
  });

  it('of two long lives is the last twenty changes of both together', () => {
    const stories = both(saidOn('email/marketing'), { most: 90, order: somewhatLate });
    fc.assert(
      fc.property(stories, ([story, arrived]) => {
        // Each speaks for a while, so that neither says much again that the other answers in between.
        const spoken = (all: Story): Story =>
          all.map((one) => {
            const at = one.loggedAtMs - T0 - 1_000;
            const event = { ...one.event, source: 'shop', name: at % 2 === 0 ? 'Consent Given' : 'Consent Withdrawn' };
            return { ...one, event, personId: Math.floor(at / 6) % 2 === 0 ? 'user:ada' : 'anon:1' };
          });
        const [mine, theirs] = ['user:ada', 'anon:1'].map((id) =>
          fold(spoken(arrived).filter(({ personId }) => personId === id)),
        );
        if (mine === undefined || theirs === undefined) return;
        const whole = oracle(spoken(story));
        expect(seen(mergeProfile(mine, theirs))).toEqual(whole);
        expect(seen(mergeProfile(theirs, mine))).toEqual(whole);
      }),
      { numRuns: 1_000 },
    );
  });

  it('ends as consent stands, and never grows beyond its bounds', () => {
    const pairs = ['email', 'sms', 'push', 'till', 'post', 'fax'].flatMap((channel) =>
      ['marketing', 'service', 'research', 'sharing', 'profiling'].map((purpose) => `${channel}/${purpose}`),
    );
    const stories = both(saidOn(...pairs.slice(0, 11)), { most: 200, order: inAnyOrder });
    fc.assert(
      fc.property(stories, ([, arrived]) => {
        const state = fold(asOne(arrived));
        const changes = seen(state);
        expect(changes.length).toBeLessThanOrEqual(200);
        const kept = Object.values(state?.consentHistory ?? {}).flatMap(({ said }) => said);
        expect(kept.length).toBeLessThanOrEqual(300);
        for (const [pair, { state: stands, atMs }] of Object.entries(state?.consent ?? {})) {
          const last = state?.consentHistory?.[pair]?.said.at(-1);
          expect(last?.state).toBe(atMs < 0 ? 'assumed' : stands);
        }
      }),
      { numRuns: 50 },
    );
  });
});
