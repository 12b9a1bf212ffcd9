import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileCondition } from '../conditions/condition.ts';
import { takeFailure } from '../conditions/failure.ts';
import { ConditionIndex } from './condition-index.ts';

const value = fc.constantFrom<unknown>('a', 'b', 1, 2, true, false, null, undefined);
const conditions = fc.array(
  fc.constantFrom(
    'properties.x == "a"',
    '"a" == properties.x',
    'properties.x == 1 && profile.y == "b"',
    'profile.y == true && "s1" in segments',
    '"s2" in segments && properties.x != "a"',
    '!("s1" in segments)',
    'properties.x == null',
    'properties.x == "a" || profile.y == 2',
    'properties["x"] == "b"',
    'properties[profile.y] == "b"',
    'profile.traits.z == "a"',
    '"s1" in [profile.y]',
    // Fails where the first half holds: it is neither true nor false.
    'properties.x == 1 && properties.x',
  ),
  { maxLength: 12 },
);

it('an index of conditions finds what asking each of them finds, and asks again for nothing that several share', () => {
  const scopes = fc.record({
    properties: fc.record({ x: value, b: value }),
    profile: fc.record({ y: value, traits: fc.record({ z: value }) }),
    segments: fc.subarray(['s1', 's2', 's3']),
  });
  fc.assert(
    fc.property(conditions, scopes, (texts, scope) => {
      const asked = texts.map((text, place) => [compileCondition(text), place] as const);
      const found = new ConditionIndex(asked).matching(scope);
      takeFailure();
      // One that fails is found, too, so that whoever can say whose it is tells of it.
      const mayHold = ([condition]: (typeof asked)[number]) => condition.evaluate(scope) || takeFailure() !== null;
      const each = asked.filter(mayHold).map(([, place]) => place);
      expect([...new Set(found ?? [])].sort((a, b) => a - b)).toEqual(each);
      expect(found === null).toBe(each.length === 0);
    }),
    { numRuns: 2_000 },
  );
});

it('a condition that needs a value is not asked where the event has another', () => {
  const condition = compileCondition('properties.x == "a" && profile.y == 1');
  let asked = 0;
  const evaluate = (): boolean => {
    asked += 1;
    return true;
  };
  const counting = { ...condition, evaluate };
  const index = new ConditionIndex([[counting, 0]]);
  expect(index.matching({ properties: { x: 'b' }, profile: { y: 1 } })).toBeNull();
  expect(asked).toBe(0);
  expect(index.matching({ properties: { x: 'a' }, profile: { y: 1 } })).toEqual([0]);
});
