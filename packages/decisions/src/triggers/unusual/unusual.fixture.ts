import type { When } from '../../definitions.ts';
import { DAY, named } from '../detector.fixture.ts';

type UnusualDefinition = Extract<When, { type: 'unusual' }>;

export const unusually = (with_: Partial<UnusualDefinition> = {}): UnusualDefinition => ({
  type: 'unusual',
  events: named('Money Deposited'),
  value: 'properties.amount',
  per: null,
  times: 5,
  spreads: null,
  direction: 'above',
  afterAtLeast: 5,
  ...with_,
});

/** How often pages are seen in a period. */
export const seldom = (with_: Partial<UnusualDefinition> = {}): UnusualDefinition =>
  unusually({
    events: named('Page Viewed'),
    value: null,
    per: { kind: 'rolling', ms: 7 * DAY },
    times: 2,
    direction: 'below',
    afterAtLeast: 3,
    ...with_,
  });

/** The value that half of the others are not above and half not below, found by counting. */
export function middle(values: readonly number[]): number {
  const rank = (value: number) => values.filter((other) => other < value).length;
  const at = (index: number) =>
    values.find(
      (value) => rank(value) <= index && index < rank(value) + values.filter((one) => one === value).length,
    ) ?? 0;
  return (at(Math.floor((values.length - 1) / 2)) + at(Math.floor(values.length / 2))) / 2;
}

/** Whether a value lies as far from earlier ones as a definition asks, by its words. */
export function isFarFrom(earlier: readonly number[], value: number, when: UnusualDefinition): boolean {
  const { afterAtLeast, times, spreads, direction } = when;
  if (earlier.length < afterAtLeast) return false;
  const usual = middle(earlier);
  const spread = middle(earlier.map((one) => Math.abs(one - usual)));
  const sign = direction === 'above' ? 1 : -1;
  const away = (value - usual) * sign;
  const isFar = spreads === null || (away > 0 && away >= spread * spreads);
  const factor = direction === 'above' ? value / usual : usual / value;
  // Below: nothing of something is infinitely less, and so is less than nothing.
  const isMultiple = times === null || (usual > 0 && (factor >= times || (sign < 0 && value <= 0)));
  return isFar && isMultiple;
}
