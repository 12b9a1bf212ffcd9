import { expect, it } from '@jest/globals';
import { works } from './growth/works.ts';

it('the growth bench folds a shop’s events in memory', async () => {
  expect((await works.overKeys.run({ keys: 20, events: 100 })).perCpuS).toBeGreaterThan(0);
});
