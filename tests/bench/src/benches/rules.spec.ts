import { expect, it } from '@jest/globals';
import { triggersOf } from './rules/mixture.ts';
import { works } from './rules/works.ts';

it('the events meet a thousand triggers of every type, and one fires no other than among the thousand', async () => {
  const types = new Set(triggersOf(1_000).map((one) => (one.kind === 'Trigger' ? one.when.type : '')));
  expect([...types].sort()).toEqual(
    ['absence', 'count', 'date', 'event', 'inactivity', 'profileChange', 'segment', 'sequence', 'unusual'].sort(),
  );
  const [one, thousand] = await Promise.all(
    [1, 1_000].map((triggers) => works.overTriggers.run({ triggers, events: 3_000 })),
  );
  expect(thousand?.firings).toBeGreaterThan(one?.firings ?? Number.POSITIVE_INFINITY);
});

it('whoever has opened many matches, and whoever is on a journey, gets through, too', async () => {
  const open = await works.overOpenMatches.run({ open: 200, persons: 2, events: 6_000 });
  expect(open.perCpuS).toBeGreaterThan(0);
  const on = await works.overJourneys.run({ journeys: true, events: 60_000 });
  expect(on.proposals).toBeGreaterThan(0);
});
