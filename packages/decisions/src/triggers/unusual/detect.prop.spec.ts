import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { When } from '../../definitions.ts';
import { DAY, HOUR, OnePerson, playbookOf, T0, triggerOf } from '../detector.fixture.ts';
import { isFarFrom, unusually } from './unusual.fixture.ts';

interface Deposit {
  readonly kind: 'deposit' | 'tick';
  readonly id: string;
  readonly key: string;
  readonly amount: number | null;
  readonly atMs: number;
  readonly loggedAtMs: number;
  readonly backfill: boolean;
}

const logs: fc.Arbitrary<readonly Deposit[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom<Deposit['kind']>('deposit', 'deposit', 'deposit', 'deposit', 'tick'),
      key: fc.constantFrom('', '', '', 'a'),
      amount: fc.oneof(fc.integer({ min: -5, max: 30 }), fc.constantFrom(null, 1000, 0.5)),
      hour: fc.integer({ min: 0, max: 100 }),
      late: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 }), fc.constant(370 * 24)),
      backfill: fc.constantFrom(false, false, false, true),
      repeated: fc.constantFrom(0, 0, 0, 3),
    }),
    { minLength: 10, maxLength: 60, size: 'max' },
  )
  .map((list) =>
    list
      .flatMap(({ hour, late, repeated, ...rest }, index) => {
        const atMs = T0 + hour * HOUR;
        const one = { ...rest, id: `m${index}`, atMs, loggedAtMs: atMs + late * HOUR };
        return repeated === 0 ? [one] : [one, { ...one, loggedAtMs: one.loggedAtMs + repeated * HOUR }];
      })
      .sort((a, b) => a.loggedAtMs - b.loggedAtMs),
  );

const rules: fc.Arbitrary<Extract<When, { type: 'unusual' }>> = fc
  .record({
    times: fc.constantFrom(null, 1.5, 3),
    spreads: fc.constantFrom(null, 1, 3),
    direction: fc.constantFrom('above' as const, 'below' as const),
    afterAtLeast: fc.constantFrom(3, 5, 12, 31),
  })
  .map(unusually);

class Oracle {
  readonly codes: string[] = [];
  readonly #seen: Deposit[] = [];
  readonly #when: Extract<When, { type: 'unusual' }>;
  nowMs = -1;

  constructor(when: Extract<When, { type: 'unusual' }>) {
    this.#when = when;
  }

  meets(deposit: Deposit): void {
    const isOver = (one: Deposit) => one.atMs <= this.nowMs - 365 * DAY;
    if (deposit.amount === null || isOver(deposit) || this.#seen.some(({ id }) => id === deposit.id)) return;
    const before = (a: Deposit, b: Deposit) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1);
    const earlier = this.#seen
      .filter((one) => one.key === deposit.key && !isOver(one))
      .sort(before)
      .slice(-32)
      .filter((one) => before(one, deposit) < 0)
      .map(({ amount }) => amount ?? 0);
    this.#seen.push(deposit);
    if (!isFarFrom(earlier, deposit.amount, this.#when)) return;
    const isOld = deposit.loggedAtMs - deposit.atMs > DAY;
    this.codes.push(`${deposit.id} ${deposit.backfill ? 'BACKFILL' : isOld ? 'EVENT_TOO_OLD' : 'fired'}`);
  }
}

describe('unusual, against the whole history', () => {
  it('finds unusual what the slow oracle does: late, repeated, with and without key, with time told anywhere', () => {
    fc.assert(
      fc.property(rules, logs, (when, log) => {
        const person = new OnePerson(playbookOf(triggerOf(when, { oncePer: ['properties.account', 'person'] })));
        const oracle = new Oracle(when);
        for (const deposit of log) {
          const { kind, id, key, amount, atMs, loggedAtMs, backfill } = deposit;
          if (kind === 'tick') {
            person.reaches(loggedAtMs - 1);
            oracle.nowMs = loggedAtMs - 1;
            continue;
          }
          const properties = { amount, ...(key === '' ? {} : { account: key }) };
          person.sees({ name: 'Money Deposited', id, atMs, loggedAtMs, backfill, properties });
          oracle.meets(deposit);
        }
        expect(person.detected.map(({ causes, code }) => `${causes[0]} ${code ?? 'fired'}`)).toEqual(oracle.codes);
      }),
      { numRuns: 1500 },
    );
  });
});
