import { expect, it } from '@jest/globals';
import { works } from './timers/works.ts';

it('both ways to hold timers schedule and cancel, and end with as many as they began with', async () => {
  const input = { pending: 50, operations: 100 };
  for (const work of [works.throughCore, works.indexAlone]) {
    // The work itself throws when a timer was lost or doubled.
    expect((await work.run(input)).perCpuS).toBeGreaterThan(0);
  }
});
