import type { When } from '../../definitions.ts';
import { named } from '../detector.fixture.ts';

type UnusualDefinition = Extract<When, { type: 'unusual' }>;

export const unusually = (with_: Partial<UnusualDefinition> = {}): UnusualDefinition => ({
  type: 'unusual',
  events: named('Money Deposited'),
  value: 'properties.amount',
  times: 5,
  spreads: null,
  direction: 'above',
  afterAtLeast: 5,
  ...with_,
});
