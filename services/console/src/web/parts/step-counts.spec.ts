import { expect, it } from '@jest/globals';
import type { Moved } from '../api.ts';
import { countSteps } from './step-counts.ts';

const moved = (step: string, n: number, over: Partial<Moved> = {}): Moved => ({
  version: 'v2',
  step,
  outcome: 'journeyStepTaken',
  way: '',
  code: '',
  n,
  ...over,
});

it('counts who came to a step and which way they took, of one version only', () => {
  const counts = countSteps(
    [
      moved('', 9, { outcome: 'journeyStarted' }),
      moved('', 2, { outcome: 'journeyExited', code: 'GOAL_REACHED' }),
      moved('', 1, { outcome: 'journeyExited' }),
      moved('steps[0]', 8),
      // A send that was passed over was come to as well.
      moved('steps[0]', 1, { code: 'STOPPED_BY_OPERATOR' }),
      moved('steps[1]', 9),
      moved('steps[1]', 4, { way: 'happened' }),
      moved('steps[1]', 3, { way: 'otherwise' }),
      moved('steps[2]', 5, { way: '0' }),
      moved('steps[2]', 2, { way: 'else' }),
      moved('steps[0]', 1_000, { version: 'v1' }),
    ],
    'v2',
  );
  expect([counts.at('start'), counts.at('end')]).toEqual([9, 3]);
  expect([counts.at('steps[0]'), counts.at('steps[1]'), counts.at('steps[2]'), counts.at('steps[3]')]).toEqual([
    9, 9, 7, 0,
  ]);
  expect([counts.along('steps[1]', 'happened'), counts.along('steps[1]', 'otherwise')]).toEqual([4, 3]);
  expect([counts.along('steps[2]', '0'), counts.along('steps[2]', 'else'), counts.along('steps[2]', '1')]).toEqual([
    5, 2, 0,
  ]);
});
