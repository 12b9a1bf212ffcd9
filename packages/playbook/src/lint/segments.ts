import { checkCondition, compileCondition, type SegmentDefinition } from '@kairos/decisions';
import type { Finding } from './finding.ts';

/** What is wrong with a segment although its form is right. */
export function checkSegment({ where }: SegmentDefinition): Finding[] {
  // A condition that has a fault is a finding of its own.
  if (checkCondition(where).length > 0 || !compileCondition(where).reads.now) return [];
  return [
    {
      path: ['where'],
      message: 'asks for now, and a segment is asked only at a person’s own events: of whoever is silent it goes stale',
      value: where,
      remedy: 'let the journey of an inactiveFor or date trigger set a trait in time, and ask for profile.traits here',
      severity: 'warning',
    },
  ];
}
