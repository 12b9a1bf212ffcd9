import { expect, it } from '@jest/globals';
import { cartLeft, HOUR, OnePerson, playbookOf, T0, triggerOf } from '../detector.fixture.ts';

const cart = (number: number, atMs: number) => ({
  name: 'Product Added',
  atMs,
  properties: { cart_id: `c${number}` },
});

it('of 65 that wait, the one due first gives way and is recorded as TOO_MANY_INSTANCES', () => {
  const rule = triggerOf(cartLeft(), { oncePer: ['properties.cart_id', 'person'] });
  const ada = new OnePerson(playbookOf(rule));
  for (let number = 0; number < 66; number += 1) ada.sees({ ...cart(number, T0 + number), id: `m${number}` });
  // One that waits already takes nobody's place.
  ada.sees(cart(40, T0 + 70));
  const told = ada.facts.flatMap((fact) => (fact.kind === 'detected' ? [fact.detected] : []));
  expect(told.map(({ code, instanceKey, causes, dueAtMs }) => [code, instanceKey, causes, dueAtMs])).toEqual([
    ['TOO_MANY_INSTANCES', 'c0', ['m0'], T0 + HOUR],
    ['TOO_MANY_INSTANCES', 'c1', ['m1'], T0 + 1 + HOUR],
    ['ALREADY_ACTIVE', 'c40', [expect.any(String)], null],
  ]);
  ada.reaches(T0 + 2 * HOUR);
  expect(ada.proposals).toHaveLength(64);
});
