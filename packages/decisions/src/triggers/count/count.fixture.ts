import type { When } from '../../definitions.ts';
import { HOUR, named } from '../detector.fixture.ts';

type CountDefinition = Extract<When, { type: 'count' }>;

export const counting = (with_: Partial<CountDefinition> = {}): CountDefinition => ({
  type: 'count',
  events: named('Product Viewed'),
  of: 'count',
  value: null,
  atLeast: 3,
  window: { kind: 'rolling', ms: 2 * HOUR },
  ...with_,
});
