import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mergeProfile } from '../profiles/merge-profile.ts';
import { playbookWith, T0 } from '../profiles/profile.fixture.ts';
import { computedAt, DAY, foldOf, type Happened, HOUR, traitOf } from './computed.fixture.ts';
import { type ComputeKind, computeKinds } from './definition.ts';
import { bucketMsOf } from './window.ts';

// Beside the fold stands an oracle that looks through the whole story, however long, each time it is asked.

interface Bought {
  readonly cents: number;
  readonly category: string;
  readonly atMs: number;
}

const SPAN_HOURS = 40 * 24;
const bought = fc.record({
  cents: fc.integer({ min: -500, max: 100_000 }),
  category: fc.constantFrom('shoes', 'hats', 'bags', 'socks'),
  atMs: fc.integer({ min: 0, max: SPAN_HOURS * 60 }).map((minutes) => T0 + minutes * 60_000),
});
const withinMs = fc.constantFrom(null, HOUR, DAY, 7 * DAY, 30 * DAY);

/** A story in any order of arrival: an event is logged when it happens, or later, up to the whole span. */
const stories = fc
  .array(bought, { minLength: 1, maxLength: 25 })
  .chain((events) => fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })));
const END = T0 + SPAN_HOURS * HOUR;
const arriving = (events: readonly Bought[]): Happened[] => {
  let loggedAtMs = 0;
  return events.map(({ cents, category, atMs }) => {
    loggedAtMs = Math.max(loggedAtMs, atMs);
    return { atMs, loggedAtMs, properties: { total: cents / 100, category } };
  });
};

const total = 'properties.total';
const valueFor: Readonly<Record<ComputeKind, string | null>> = {
  count: null,
  sum: total,
  average: total,
  min: total,
  max: total,
  first: 'properties.category',
  last: 'properties.category',
  distinct: 'properties.category',
  top: 'properties.category',
};

function oracle(
  story: readonly Bought[],
  { kind, within }: { readonly kind: ComputeKind; readonly within: number | null },
  nowMs: number,
): unknown {
  const bucketMs = bucketMsOf(kind, within);
  const isIn = ({ atMs }: Bought) =>
    within === null || bucketMs === null || Math.floor(atMs / bucketMs) >= Math.floor((nowMs - within) / bucketMs);
  const seen = story
    .filter(isIn)
    .sort((a, b) => a.atMs - b.atMs || (a.category < b.category ? -1 : a.category > b.category ? 1 : 0));
  const cents = seen.map((one) => one.cents);
  const sum = cents.reduce((all, one) => all + one, 0) / 100;
  const names = seen.map(({ category }) => category);
  const times = (name: string) => names.filter((one) => one === name).length;
  switch (kind) {
    case 'count':
      return seen.length;
    case 'sum':
      return sum;
    case 'average':
      return seen.length === 0 ? null : sum / seen.length;
    case 'min':
      return seen.length === 0 ? null : Math.min(...cents) / 100;
    case 'max':
      return seen.length === 0 ? null : Math.max(...cents) / 100;
    case 'first':
      return names[0] ?? null;
    case 'last': {
      const lastAtMs = seen.at(-1)?.atMs;
      return seen.find(({ atMs }) => atMs === lastAtMs)?.category ?? null;
    }
    case 'distinct':
      return new Set(names).size;
    case 'top':
      return [...new Set(names)].sort((a, b) => times(b) - times(a) || (a < b ? -1 : 1))[0] ?? null;
  }
}

const playbookOf = (kind: ComputeKind, within: number | null) =>
  playbookWith(traitOf({ id: 'x', compute: kind, value: valueFor[kind], withinMs: within }));

describe.each([...computeKinds])('a computed trait, %s', (kind) => {
  it('is what the whole story says, in whatever order it arrives, also when nothing more does', () => {
    fc.assert(
      fc.property(stories, withinMs, fc.integer({ min: 0, max: 60 * 24 }), ([story, shuffled], within, laterHours) => {
        const playbook = playbookOf(kind, within);
        const state = foldOf(arriving(shuffled), playbook);
        const nowMs = END + laterHours * HOUR;
        expect(computedAt(state, playbook, nowMs)).toEqual({ x: oracle(story, { kind, within }, nowMs) });
      }),
      { numRuns: 1_000 },
    );
  });

  it('is after a merge what the union of both stories says, whoever moves to whom', () => {
    fc.assert(
      fc.property(stories, withinMs, fc.integer({ min: 1, max: 24 }), ([story, shuffled], within, share) => {
        const playbook = playbookOf(kind, within);
        const arrived = arriving(shuffled);
        const mine = foldOf(arrived.slice(0, share), playbook);
        const theirs = foldOf(arrived.slice(share), playbook);
        if (mine === undefined || theirs === undefined) return;
        const expected = { x: oracle(story, { kind, within }, END) };
        for (const merged of [mergeProfile(mine, theirs), mergeProfile(theirs, mine)])
          expect(computedAt(merged, playbook, END)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});
