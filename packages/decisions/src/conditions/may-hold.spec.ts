import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileCondition } from './condition.ts';
import { mayHoldTogether } from './may-hold.ts';

it.each([
  ['profile.traits.plan == "gold"', 'profile.traits.plan == "silver"'],
  ['profile.orderValue > 100', 'profile.orderValue <= 100'],
  ['profile.orderValue > 100 && profile.zone != null', 'profile.orderValue < 50'],
  ['"vip" in segments', '!("vip" in segments)'],
  ['profile.traits.plan in ["gold", "silver"]', 'profile.traits["plan"] == "bronze"'],
  ['profile.traits.vip == true', '!profile.traits.vip'],
  ['profile.traits.plan == "a" || profile.traits.plan == "b"', 'profile.traits.plan == "c"'],
  ['properties.a.b.c == 1', 'properties.a.b.c == 2'],
  ['profile.orderCount > 2', 'profile.orderCount < 3 && profile.orderCount <= 2'],
])('proves that %s and %s exclude each other', (a, b) => {
  expect(mayHoldTogether([a, b])).toBe(false);
  expect(mayHoldTogether([b, null, a])).toBe(false);
});

it.each([
  [null, 'profile.orderCount == 0'],
  ['profile.orderValue > 100', 'profile.orderValue < 200'],
  ['profile.orderValue > 100', 'profile.netValue < 50'],
  ['"vip" in segments', '!("at-risk" in segments)'],
  ['"vip" in segments', '"at-risk" in segments'],
  ['size(profile.traits.tags) > 2', 'profile.traits.tags == null'],
  ['profile.traits.plan != "gold"', 'profile.traits.plan != "silver"'],
  ['profile.firstName > "a"', 'profile.firstName < "b"'],
  ['properties.items.exists(i, i.price > 5)', 'properties.items.exists(i, i.price < 5)'],
  ['profile.traits[profile.zone] == 1', 'profile.traits.x == 2'],
  ['properties.items[0].price == 1', 'properties.items[0].price == 1'],
  ['profile.traits.tags == [1, 2]', '1 in profile.traits.tags'],
  ['this is no expression', 'profile.orderCount == 1'],
])('leaves it open whether %s and %s exclude each other', (a, b) => {
  expect(mayHoldTogether([a, b])).toBe(true);
});

it('never denies what a person shows', () => {
  const value = fc.constantFrom(null, 0, 1, 2, 2.5, 3, '', 'a', 'b', 'c', true, false);
  const literal = fc.constantFrom('0', '1', '2', '3', '"a"', '"b"', 'true', 'null');
  const path = fc.constantFrom('profile.orderCount', 'profile.traits.x', 'properties.p.q');
  const leaf = fc.oneof(
    fc.tuple(path, fc.constantFrom('==', '!=', '<', '<=', '>', '>='), literal).map((parts) => parts.join(' ')),
    fc.tuple(path, literal, literal).map(([of, a, b]) => `${of} in [${a}, ${b}]`),
    fc.constantFrom('"s" in segments', '!("s" in segments)', '"t" in segments'),
  );
  const condition = fc.oneof(
    leaf,
    fc.tuple(leaf, fc.constantFrom('&&', '||'), leaf).map(([a, op, b]) => `(${a}) ${op} (${b})`),
    leaf.map((one) => `!(${one})`),
  );
  const scope = fc.record({
    profile: fc.record({ orderCount: value, traits: fc.record({ x: value }) }),
    properties: fc.record({ p: fc.record({ q: value }) }),
    segments: fc.subarray(['s', 't']),
  });
  let shown = 0;
  fc.assert(
    fc.property(condition, condition, scope, (a, b, of) => {
      if (!compileCondition(a).evaluate(of) || !compileCondition(b).evaluate(of)) return;
      shown += 1;
      expect(mayHoldTogether([a, b])).toBe(true);
    }),
    { numRuns: 2_000 },
  );
  expect(shown).toBeGreaterThan(50);
});
