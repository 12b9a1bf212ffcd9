import fc from 'fast-check';
import type { When } from '../../definitions.ts';
import { HOUR, MINUTE, named, OnePerson, playbookOf, triggerOf } from '../detector.fixture.ts';
import { seldom } from './unusual.fixture.ts';

export type Rule = Extract<When, { type: 'unusual' }>;

export interface Happened {
  readonly kind: 'view' | 'stop' | 'tick';
  readonly id: string;
  readonly key: string;
  readonly atMs: number;
  readonly loggedAtMs: number;
  readonly backfill: boolean;
}

/** Some days before the clocks of Berlin are set back. */
export const BASE = Date.UTC(2026, 9, 23, 10);
export const ZONE = 'Europe/Berlin';

export const logs: fc.Arbitrary<readonly Happened[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom<Happened['kind']>('view', 'view', 'view', 'view', 'view', 'view', 'stop', 'tick', 'tick'),
      key: fc.constantFrom('', '', '', 'a'),
      hour: fc.integer({ min: 0, max: 120 }),
      late: fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 0, max: 40 }), fc.constant(370 * 24)),
      backfill: fc.constantFrom(false, false, false, false, true),
      repeated: fc.constantFrom(0, 0, 0, 3),
    }),
    { minLength: 10, maxLength: 45, size: 'max' },
  )
  .map((list) =>
    list
      .flatMap(({ hour, late, repeated, ...rest }, index) => {
        const atMs = BASE + hour * HOUR + (rest.kind === 'stop' ? 30 * MINUTE : 0);
        const one = { ...rest, id: `m${index}`, atMs, loggedAtMs: atMs + late * HOUR };
        const isRepeated = repeated > 0 && rest.kind === 'view';
        return isRepeated ? [one, { ...one, loggedAtMs: one.loggedAtMs + repeated * HOUR }] : [one];
      })
      .sort((a, b) => a.loggedAtMs - b.loggedAtMs),
  );

export const rules: fc.Arbitrary<Rule> = fc
  .record({
    times: fc.constantFrom(null, 1.5, 3),
    spreads: fc.constantFrom(null, 1, 3),
    direction: fc.constantFrom('above' as const, 'below' as const),
    afterAtLeast: fc.constantFrom(3, 3, 5, 12),
    per: fc.constantFrom<Rule['per']>(
      { kind: 'rolling', ms: 2 * HOUR },
      { kind: 'rolling', ms: 9 * HOUR },
      { kind: 'calendar', per: 'day', zone: 'person' },
    ),
  })
  .map(seldom);

export const personOf = (when: Rule): OnePerson =>
  new OnePerson(
    playbookOf(triggerOf(when, { oncePer: ['properties.account', 'person'], cancelOn: named('Account Closed') })),
  );

export function tell(person: OnePerson, { kind, id, key, atMs, loggedAtMs, backfill }: Happened): void {
  const name = kind === 'view' ? 'Page Viewed' : 'Account Closed';
  const properties = key === '' ? {} : { account: key };
  person.sees({ name, id, atMs, loggedAtMs, backfill, properties, profile: { zone: ZONE } });
}
