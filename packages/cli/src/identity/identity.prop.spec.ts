import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  checkConsent,
  checkContacts,
  checkJourneys,
  checkPatterns,
  checkStories,
  checkTimers,
  restOf,
} from './laws.fixture.ts';
import { type Op, storyOf, type Told, tell } from './stories.fixture.ts';

// Rule 9 as laws over random stories. Each law has its own stories; together they are more than a thousand.

const runs = { numRuns: 150 };

const holds = (law: (told: Told) => void, often: Op['kind']): void => {
  fc.assert(
    fc.property(storyOf(often), fc.nat(), (ops, seed) => law(tell(ops, { seed, identifiers: true }))),
    runs,
  );
};

describe('persons who turn out to be one', () => {
  it('lose no event, count none twice, keep the order of each source, and nobody waits for ever', () => {
    holds(checkStories, 'login');
  });

  it('lose no timer, fire none twice, and nothing goes to both', () => {
    holds(checkTimers, 'cart');
  });

  it('go on with their journeys: no step is lost, none is taken twice, none reaches two', () => {
    holds(checkJourneys, 'began');
  });

  it('bring what they had half done: patterns count together, each event once', () => {
    holds(checkPatterns, 'looked');
  });

  it('keep the last word on consent, whoever of them said it', () => {
    holds(checkConsent, 'consent');
  });

  it('keep what they were sent: contact history comes whole, once, and leaves nothing behind', () => {
    holds(checkContacts, 'cart');
  });

  it('come to one end in whatever order the tasks read on', () => {
    fc.assert(
      fc.property(storyOf('login'), fc.nat(), (ops, seed) => {
        const one = restOf(tell(ops, { seed, identifiers: false, strays: false }));
        const other = restOf(tell(ops, { seed: seed + 1, identifiers: false, strays: false, atOnce: true }));
        expect(one).toEqual(other);
      }),
      runs,
    );
  });
});
