import type { When } from '../../definitions.ts';
import { HOUR } from '../detector.fixture.ts';

type DateDefinition = Extract<When, { type: 'date' }>;

export const onDate = (with_: Partial<DateDefinition> = {}): DateDefinition => ({
  type: 'date',
  of: 'profile',
  path: 'traits.birthday',
  events: [],
  yearly: true,
  offsetDays: 0,
  atWallMs: 9 * HOUR,
  ...with_,
});
