import type { When } from '../../definitions.ts';
import { HOUR, named } from '../detector.fixture.ts';

type SequenceDefinition = Extract<When, { type: 'sequence' }>;

export const inSequence = (with_: Partial<SequenceDefinition> = {}): SequenceDefinition => ({
  type: 'sequence',
  events: named('a'),
  followedBy: named('b', 'c'),
  butNot: [],
  withinMs: 2 * HOUR,
  ...with_,
});
