import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HOUR, type OnePerson } from '../detector.fixture.ts';
import { mergeDetect } from '../merge.ts';
import { BASE, logs, personOf, rules, tell } from './rhythm.fixture.ts';

describe('unusual counts of two persons', () => {
  it('two persons who are one have counted the same, whoever moved to whom; by the calendar as if all had happened to one', () => {
    fc.assert(
      fc.property(
        rules,
        logs,
        fc.array(fc.constantFrom('a', 'a', 'b', 'b', 'both'), { minLength: 1, maxLength: 12 }),
        (when, log, sides) => {
          const [one, a, b] = [personOf(when), personOf(when), personOf(when)];
          const events = log.filter(
            ({ kind }, at) => kind === 'view' && log.findIndex(({ id }) => id === log[at]?.id) === at,
          );
          for (const [index, event] of events.entries()) {
            const side = sides[index % sides.length];
            tell(one, event);
            if (side !== 'b') tell(a, event);
            // What both have seen came to the other one later.
            if (side !== 'a') tell(b, side === 'both' ? { ...event, loggedAtMs: event.loggedAtMs + HOUR } : event);
          }
          const at = {
            personId: 'user:1',
            playbook: one.playbook,
            timeMs: -1,
            linkedAtMs: BASE,
            profile: '{}',
            segments: [],
          };
          if (a.state === undefined || b.state === undefined) return;
          const merged = mergeDetect(a.state, b.state, at).state;
          expect(JSON.stringify(mergeDetect(b.state, a.state, at).state)).toBe(JSON.stringify(merged));
          if (when.per?.kind !== 'calendar' || sides.includes('both')) return;
          a.state = merged;
          expect(countsOf(a)).toEqual(countsOf(one));
        },
      ),
      { numRuns: 1000 },
    );
  });
});

interface Counts {
  readonly key: string;
  readonly periods: readonly { readonly fromMs: number; readonly count: number; readonly isLive: boolean }[];
}

const countsOf = ({ own }: OnePerson) =>
  ((own.rhythms ?? []) as readonly Counts[]).map(({ key, periods }) => ({ key, periods }));
