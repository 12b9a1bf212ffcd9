import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KeySlots } from './key-slots.ts';

const key = fc.oneof(
  { weight: 6, arbitrary: fc.nat(60).map((number) => `user:${number}`) },
  fc.string({ maxLength: 4 }),
  // Beyond one byte a character, broken surrogates too.
  fc.string({ unit: 'binary', maxLength: 3 }),
  fc.constantFrom('', 'é', 'ÿ', 'Ā', '\ud800', '\ud83d\ude00'),
);
const command = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('take' as const), key }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('release' as const), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const), key }) },
);

describe('slots of keys', () => {
  it('are what a map of strings would say, whatever is taken, given back and taken again', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 200 }), fc.array(key, { maxLength: 10 }), (commands, others) => {
        const slots = new KeySlots();
        const truth = new Map<string, number>();
        for (const { kind, key: name } of commands) {
          if (kind === 'clear') {
            slots.clear();
            truth.clear();
          } else if (kind === 'take') {
            const slot = slots.take(name);
            if (!truth.has(name)) expect([...truth.values()]).not.toContain(slot);
            expect(truth.get(name) ?? slot).toBe(slot);
            truth.set(name, slot);
          } else {
            const slot = truth.get(name);
            expect(slots.find(name)).toBe(slot ?? -1);
            if (slot !== undefined) slots.release(slot);
            truth.delete(name);
          }
        }
        expect(slots.size).toBe(truth.size);
        for (const [name, slot] of truth) {
          expect([slots.find(name), slots.keyAt(slot)]).toEqual([slot, name]);
          expect(slot).toBeLessThan(slots.end);
          for (const [other, at] of truth) expect(slots.isBefore(slot, at)).toBe(name < other);
        }
        for (const name of others) expect(slots.find(name)).toBe(truth.get(name) ?? -1);
      }),
      { numRuns: 300 },
    );
  });

  it('of many keys are found again while tables grow and half of the keys are given back', () => {
    const slots = new KeySlots();
    const name = (number: number): string => `${number % 7 === 0 ? 'käufer-ā' : 'user'}:${number}`;
    const taken = Array.from({ length: 20_000 }, (_none, number) => slots.take(name(number)));
    expect(new Set(taken).size).toBe(20_000);
    taken.forEach((slot, number) => {
      if (number % 2 === 0) slots.release(slot);
    });
    expect(slots.size).toBe(10_000);
    taken.forEach((slot, number) => {
      expect(slots.find(name(number))).toBe(number % 2 === 0 ? -1 : slot);
    });
    for (let number = 20_000; number < 30_000; number += 1) slots.take(name(number));
    // What was given back is used again.
    expect([slots.size, slots.end]).toEqual([20_000, 20_000]);
    taken.forEach((slot, number) => {
      if (number % 2 === 1) expect(slots.keyAt(slot)).toBe(name(number));
    });
  });
});
