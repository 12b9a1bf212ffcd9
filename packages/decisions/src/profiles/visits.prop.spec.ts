import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OneProfile, T0 } from './profile.fixture.ts';
import type { ProfileState } from './profile-state.ts';
import { isReturning, mergedVisits, VISIT_PAUSE_MS, type Visits, visitsOf, withVisitAt } from './visits.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const times = fc.array(
  fc
    .oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 3_000 }))
    .map((minutes) => T0 + minutes * MINUTE),
  { minLength: 1, maxLength: 30 },
);
const fold = (events: readonly number[]): Visits =>
  events.reduce<Visits>((visits, atMs) => withVisitAt(visits, atMs), []);

/** Straight from the definition: a pause of more than 30 minutes anywhere, or more than a day from first to last. */
function cameBack(events: readonly number[]): boolean {
  const sorted = [...events].sort((a, b) => a - b);
  const hasPause = sorted.some((atMs, at) => at > 0 && atMs - (sorted[at - 1] ?? 0) > VISIT_PAUSE_MS);
  return hasPause || (sorted.at(-1) ?? 0) - (sorted[0] ?? 0) > DAY;
}
const isSeveral = (visits: Visits): boolean => visits === 'several' || visits.length > 1;

describe('visits', () => {
  it('tell who came back, in whatever order the events arrive', () => {
    fc.assert(
      fc.property(
        times.chain((events) =>
          fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })),
        ),
        ([events, shuffled]) => {
          const visits = fold(shuffled);
          expect(visits).toEqual(fold([...events].sort((a, b) => a - b)));
          expect(isSeveral(visits)).toBe(cameBack(events));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('of two persons who are one are those of all their events', () => {
    fc.assert(
      fc.property(times, times, (mine, theirs) => {
        expect(mergedVisits(fold(mine), fold(theirs))).toEqual(fold([...mine, ...theirs]));
      }),
      { numRuns: 1_000 },
    );
  });

  it('take no more than a day to remember, however often somebody comes', () => {
    const hourly = Array.from({ length: 500 }, (_, at) => T0 + at * 31 * MINUTE);
    expect(hourly.map((_, at) => fold(hourly.slice(0, at + 1)).length).every((size) => size <= 48)).toBe(true);
  });
});

describe('a returning customer', () => {
  const at = (minutes: number, name = 'Page Viewed') => ({ name, occurredAtMs: T0 + minutes * MINUTE });
  const returns = (...events: readonly ReturnType<typeof at>[]): boolean => {
    const ada = new OneProfile();
    for (const event of events) ada.sees(event);
    const { isReturning: is, isNew } = JSON.parse(ada.sees({ ...at(0), name: 'SMS Delivered' }).changed.profile);
    expect(isNew).toBe(!is);
    return is;
  };

  it('has paused for more than 30 minutes, and not for 30', () => {
    expect(returns(at(0))).toBe(false);
    expect(returns(at(0), at(20), at(50))).toBe(false);
    expect(returns(at(0), at(20), at(51))).toBe(true);
  });

  it('is new again when a late event fills the pause', () => {
    expect(returns(at(0), at(40), at(20))).toBe(false);
  });

  it('has ordered before: the first order itself is a new customer’s', () => {
    expect(returns(at(0), at(5, 'Order Completed'))).toBe(false);
    expect(returns(at(0), at(5, 'Order Completed'), at(6))).toBe(true);
  });

  it('is not made by what a provider tells, or by what the house sets', () => {
    expect(returns(at(0), at(500, 'SMS Delivered'), at(900, 'Profile Set'))).toBe(false);
  });

  it('is told from first and last event where the state is of before there were visits', () => {
    const old = (lastSeenAtMs: number): ProfileState => {
      const ada = new OneProfile();
      ada.sees(at(0));
      const { visits: _, ...rest } = ada.state as ProfileState;
      return { ...rest, lastSeenAtMs };
    };
    expect(isReturning(old(T0 + DAY))).toBe(false);
    expect(isReturning(old(T0 + DAY + 1))).toBe(true);
    expect(withVisitAt(visitsOf(old(T0)), T0 + 40 * MINUTE)).toHaveLength(2);
  });
});
