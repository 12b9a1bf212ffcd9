import { expect, it } from '@jest/globals';
import type { Task } from '../api.ts';
import { isOpen, stateOf } from './task-state.ts';

const NOW = Date.UTC(2026, 10, 21);
const free = {
  candidateId: 'c',
  untilMs: NOW + 1,
  withdrawnCode: null,
  claimedBy: null,
  doneAtMs: null,
} as unknown as Task;

it.each([
  [{}, 'free'],
  [{ claimedBy: 'Ada' }, 'mine'],
  [{ claimedBy: 'Grace' }, 'theirs'],
  [{ untilMs: NOW }, 'late'],
  [{ withdrawnCode: 'EXITED' }, 'withdrawn'],
  [{ withdrawnCode: 'EXITED', claimedBy: 'Grace' }, 'withdrawn'],
  // The call was made: what came of it can still be said.
  [{ withdrawnCode: 'EXITED', untilMs: NOW, claimedBy: 'Ada' }, 'mine'],
  [{ claimedBy: 'Ada', doneAtMs: NOW }, 'done'],
])('a task %j is %s to Ada', (over, state) => {
  expect(stateOf({ ...free, ...over }, 'Ada', NOW)).toBe(state);
  expect(isOpen(stateOf({ ...free, ...over }, 'Ada', NOW))).toBe(['free', 'mine', 'theirs'].includes(state));
});

it('who has not said a name has no task', () => {
  expect(stateOf(free, '', NOW)).toBe('free');
});
