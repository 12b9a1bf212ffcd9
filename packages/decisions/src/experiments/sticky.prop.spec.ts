import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isHeldOut, stickyPercent } from './sticky.ts';

const draws = (experimentId: string, salt = 's') =>
  Array.from({ length: 20_000 }, (_, at) => stickyPercent(salt, experimentId, `user:${at}`));

it('lies in [0, 100) and sticks', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (salt, experiment, person) => {
      const drawn = stickyPercent(salt, experiment, person);
      expect(drawn).toBeGreaterThanOrEqual(0);
      expect(drawn).toBeLessThan(100);
      expect(stickyPercent(salt, experiment, person)).toBe(drawn);
    }),
  );
});

it('is even: each tenth of the range gets a tenth of 20,000 persons, within 4 standard deviations', () => {
  const tenths = new Array<number>(10).fill(0);
  for (const drawn of draws('global')) tenths[Math.floor(drawn / 10)] = (tenths[Math.floor(drawn / 10)] ?? 0) + 1;
  for (const count of tenths) expect(Math.abs(count - 2_000)).toBeLessThan(4 * Math.sqrt(20_000 * 0.1 * 0.9));
});

it('draws each experiment and each salt anew', () => {
  const both = (a: readonly number[], b: readonly number[]) =>
    a.filter((one, at) => one < 50 && (b[at] ?? 100) < 50).length;
  const first = draws('trigger:a');
  for (const other of [draws('trigger:b'), draws('trigger:a', 'other')]) {
    expect(Math.abs(both(first, other) - 5_000)).toBeLessThan(4 * Math.sqrt(20_000 * 0.25 * 0.75));
  }
});

it('holds nobody out at 0, everybody at 100, and keeps who was held out when the share grows', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.double({ min: 0, max: 100, noNaN: true }),
      fc.double({ min: 0, max: 100, noNaN: true }),
      (personId, a, b) => {
        const held = (percent: number) => isHeldOut({ salt: 's', experimentId: 'e', personId, percent });
        expect(held(0)).toBe(false);
        expect(held(100)).toBe(true);
        if (held(Math.min(a, b))) expect(held(Math.max(a, b))).toBe(true);
      },
    ),
  );
});
