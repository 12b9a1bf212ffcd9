import { expect, it } from '@jest/globals';
import { Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { checkCondition, compileCondition } from './condition.ts';

// The library's own evaluator is the oracle where nothing is missing; there CEL and Kairos must agree.
const oracle = new Environment().registerVariable('profile', 'map').registerVariable('properties', 'map');

const numbers = fc.constantFrom('profile.orderCount', 'properties.total', '3.0', '250.5', '0.0');
const texts = fc.constantFrom('profile.firstName', 'properties.cart_id', '"Ann"', '"c1"', '""');
const { condition } = fc.letrec<{ condition: string; leaf: string }>((tie) => ({
  leaf: fc.oneof(
    fc.tuple(numbers, fc.constantFrom('<', '<=', '>', '>=', '==', '!='), numbers).map((parts) => parts.join(' ')),
    fc.tuple(texts, fc.constantFrom('<', '>', '==', '!='), texts).map((parts) => parts.join(' ')),
    fc.tuple(texts, fc.constantFrom('startsWith', 'endsWith', 'contains'), texts).map(([a, f, b]) => `${a}.${f}(${b})`),
    fc.tuple(numbers, fc.constantFrom('+', '-', '*'), numbers).map(([a, op, b]) => `${a} ${op} ${b} > 1.0`),
    texts.map((text) => `${text} in ["Ann", "Bob"]`),
  ),
  condition: fc.oneof(
    { maxDepth: 4 },
    tie('leaf'),
    fc.tuple(tie('condition'), fc.constantFrom('&&', '||'), tie('condition')).map(([a, op, b]) => `(${a} ${op} ${b})`),
    tie('condition').map((one) => `!(${one})`),
    fc.tuple(tie('condition'), tie('condition'), tie('leaf')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
  ),
}));

it('means what CEL means wherever no value is missing', () => {
  const values = fc.record({
    orderCount: fc.double({ noNaN: true, min: -10, max: 300 }),
    total: fc.double({ noNaN: true, min: -10, max: 300 }),
    firstName: fc.constantFrom('Ann', 'Bob', '', 'annabel'),
    cart_id: fc.constantFrom('c1', '', 'Ann'),
  });
  fc.assert(
    fc.property(condition, values, (text, { orderCount, total, firstName, cart_id }) => {
      const scope = { profile: { orderCount, firstName }, properties: { total, cart_id } };
      expect(compileCondition(text).evaluateDetailed(scope)).toEqual({
        value: oracle.evaluate(text, scope),
        fault: null,
      });
    }),
    { numRuns: 500 },
  );
});

it('never throws, whatever the text and whatever the scope holds', () => {
  const scope = fc.record({ profile: fc.jsonValue(), properties: fc.jsonValue(), segments: fc.jsonValue() });
  fc.assert(
    fc.property(fc.oneof(fc.string(), condition), scope, (text, values) => {
      if (checkCondition(text).length > 0) return;
      expect(typeof compileCondition(text).evaluate(values as never)).toBe('boolean');
    }),
    { numRuns: 500 },
  );
});
