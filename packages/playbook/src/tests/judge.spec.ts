import { expect, it } from '@jest/globals';
import type { TriggerDetected } from '@kairos/contracts';
import { journeyFact, judge } from './judge.ts';
import type { Expected } from './test-schema.ts';

const moved = (outcome: string, code: string | null, detectedAtMs: number): TriggerDetected => ({
  origin: null,
  firingId: 's1',
  personId: 'user:ann',
  triggerId: 't',
  instanceKey: '',
  outcome,
  code,
  detectedAtMs,
  dueAtMs: null,
  evidence: '{}',
  causes: [],
  playbookVersion: '',
  journey: {
    journeyId: 'trip',
    version: '1',
    instanceId: 'i',
    firingId: 'f',
    step: null,
    does: null,
    way: null,
    candidateId: null,
  },
  next: [],
});

const facts = [moved('journeyStarted', null, 0), moved('journeyExited', 'GOAL_REACHED', 3_600_000)].flatMap(
  (one) => journeyFact(one) ?? [],
);
const failuresOf = (...expected: readonly Expected[]) =>
  judge({ expected, facts, startMs: 0, personIds: () => ['user:ann'] });

it('finds what a journey did, by outcome, code and time, and asks for no more than is written', () => {
  expect(journeyFact({ ...moved('fired', null, 0), journey: null })).toBeNull();
  expect(failuresOf({ journey: 'trip', outcome: 'started', at: '0s' })).toEqual([]);
  expect(failuresOf({ journey: 'trip', outcome: 'exited', code: 'GOAL_REACHED', at: '1h' })).toEqual([]);
  expect(failuresOf({ journey: 'trip', outcome: 'exited', code: 'EXITED' })).toEqual([
    'expected journey “trip” exited (EXITED); it did not happen',
  ]);
  expect(failuresOf({ journey: 'trip', outcome: 'exited', at: '2h' })).toHaveLength(1);
  expect(failuresOf({ journey: 'trip', outcome: 'started' }, { journey: 'trip', outcome: 'started' })).toHaveLength(1);
});
