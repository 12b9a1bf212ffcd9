import { describe, expect, it } from '@jest/globals';
import { DAY, HOUR, OnePerson, playbookOf, T0, triggerOf } from '../detector.fixture.ts';
import { mergeDetect } from '../merge.ts';
import { unusually } from './unusual.fixture.ts';

const person = (when = unusually(), with_ = {}) => new OnePerson(playbookOf(triggerOf(when, with_)));
interface Given {
  readonly fromMs?: number;
  readonly backfill?: boolean;
}

const deposits = (ada: OnePerson, amounts: readonly unknown[], { fromMs = T0, ...more }: Given = {}) => {
  for (const [index, amount] of amounts.entries()) {
    ada.sees({ name: 'Money Deposited', atMs: fromMs + index * HOUR, properties: { amount }, ...more });
  }
};

describe('unusual', () => {
  it('fires at a deposit of five times the usual, with value and norm as evidence', () => {
    const ada = person();
    deposits(ada, [100, 90, 110, '100.5', 5000, 499]);
    expect(ada.proposals).toEqual([]);
    deposits(ada, [530], { fromMs: T0 + DAY });
    expect(JSON.parse(ada.proposals[0]?.evidence ?? '')).toMatchObject({ value: 530, usual: 105.25, spread: 10.25 });
  });

  it('says nothing before enough values are known, and passes over what has none', () => {
    const ada = person();
    deposits(ada, [1, 1, 1, 'much', null, 1, 1000]);
    expect(ada.facts).toEqual([]);
    deposits(ada, [1000], { fromMs: T0 + DAY });
    expect(ada.proposals).toHaveLength(1);
  });

  it('measures in spreads, to either side; where all are alike any difference is unusual', () => {
    const steady = [100, 104, 96, 102, 98];
    const fires = (when: object, amount: number, before: readonly number[] = steady) => {
      const ada = person(unusually({ times: null, spreads: 4, ...when }));
      deposits(ada, [...before, amount]);
      return ada.proposals.length === 1;
    };
    expect([107, 108, 92, 93].map((amount) => fires({}, amount))).toEqual([false, true, false, false]);
    expect([107, 108, 92, 93].map((amount) => fires({ direction: 'below' }, amount))).toEqual([
      false,
      false,
      true,
      false,
    ]);
    expect([5, 5.01].map((amount) => fires({}, amount, [5, 5, 5, 5, 5]))).toEqual([false, true]);
    expect([20, 21].map((amount) => fires({ times: 5, spreads: null, direction: 'below' }, amount))).toEqual([
      true,
      false,
    ]);
    expect(fires({ times: 2 }, 108)).toBe(false);
    expect(fires({ times: 5, spreads: null }, 100, [0, 0, 0, 0, 0])).toBe(false);
  });

  it('history makes the norm and fires nothing', () => {
    const ada = person();
    deposits(ada, [10, 10, 10, 10, 10, 900], { backfill: true });
    expect(ada.codes).toEqual(['BACKFILL']);
    deposits(ada, [900], { fromMs: T0 + DAY });
    expect(ada.proposals).toHaveLength(1);
  });

  it('follows a new habit', () => {
    const ada = person();
    deposits(ada, [...Array<number>(40).fill(10), ...Array<number>(40).fill(100)]);
    expect(ada.proposals.length).toBeLessThan(20);
    expect(ada.own.values).toHaveLength(32);
    deposits(ada, [100], { fromMs: T0 + 9 * DAY });
    expect(ada.proposals.at(-1)?.proposedAtMs).toBeLessThan(T0 + 9 * DAY);
  });

  it('keeps a norm per key, of eight keys at most, and for a year', () => {
    const ada = person(unusually(), { oncePer: ['properties.account'] });
    for (let index = 0; index < 12; index += 1) {
      ada.sees({ name: 'Money Deposited', atMs: T0 + index, properties: { amount: 1, account: `a${index}` } });
    }
    expect(ada.own.values).toHaveLength(8);
    ada.reaches(T0 + 366 * DAY);
    expect(ada.state).toBeUndefined();
  });

  it('two persons become one: the values of both make the norm, whoever moved to whom', () => {
    const sides = [10, 100].map((amount) => {
      const one = person();
      for (let index = 0; index < 20; index += 1) {
        one.sees({
          name: 'Money Deposited',
          id: `${amount}-${index}`,
          atMs: T0 + index * HOUR + amount,
          properties: { amount },
        });
      }
      return one;
    });
    const place = {
      personId: 'user:1',
      playbook: sides[0]?.playbook,
      timeMs: T0,
      linkedAtMs: T0,
      profile: '{}',
      segments: [],
    };
    const merged = mergeDetect(sides[0]?.state, sides[1]?.state ?? null, place);
    expect(mergeDetect(sides[1]?.state, sides[0]?.state ?? null, place)).toEqual(merged);
    const ada = person();
    ada.state = merged.state;
    expect(ada.own.values).toHaveLength(32);
  });
});
