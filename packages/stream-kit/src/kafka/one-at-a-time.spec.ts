import { expect, it } from '@jest/globals';
import { oneAtATime } from './one-at-a-time.ts';

it('begins each piece of work when the one before has ended, in the order of the calls, and goes on after a failure', async () => {
  const said: string[] = [];
  const inTurn = oneAtATime();
  const work = (name: string, ms: number, fails = false) =>
    inTurn(async () => {
      said.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, ms));
      said.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    });
  const answers = await Promise.allSettled([work('a', 20), work('b', 1, true), work('c', 5)]);
  expect(said).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  expect(answers.map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason)))).toEqual([
    'a',
    'Error: b',
    'c',
  ]);
});
