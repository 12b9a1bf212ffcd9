import { describe, expect, it } from '@jest/globals';
import { compileCondition } from './condition.ts';
import { explainCondition, showPart } from './explain.ts';
import type { ConditionScope } from './types.ts';

const scope: ConditionScope = {
  event: { name: 'Order Completed', source: 'web' },
  properties: { total: 40, gift: false, items: [{ price: 4 }, { price: 9.5 }] },
  profile: { orderCount: 3, firstName: 'Ann', traits: { plan: 'gold' }, counters: { Visit: 4 } },
  segments: ['regular'],
  now: 1_700_000_000_000,
};
const why = (text: string): readonly string[] => explainCondition(compileCondition(text), scope).parts.map(showPart);

describe('why a condition is not true', () => {
  it.each([
    ['profile.orderCount == 1', ['profile.orderCount == 1 is not true: profile.orderCount was 3']],
    [
      'properties.total > 10 && profile.orderCount == 1 && profile.traits.plan == "silver"',
      ['profile.orderCount == 1 is not true: profile.orderCount was 3'],
    ],
    [
      '(properties.total > 100 || profile.orderCount < 2)',
      [
        'properties.total > 100 is not true: properties.total was 40',
        'profile.orderCount < 2 is not true: profile.orderCount was 3',
      ],
    ],
    ['!(profile.orderCount > 2)', ['profile.orderCount > 2 is true: profile.orderCount was 3']],
    [
      '!(properties.total > 10 && profile.orderCount > 2)',
      [
        'properties.total > 10 is true: properties.total was 40',
        'profile.orderCount > 2 is true: profile.orderCount was 3',
      ],
    ],
    [
      'profile.orderCount > 2 ? properties.gift : true',
      [
        'profile.orderCount > 2 is true: profile.orderCount was 3',
        'properties.gift is not true: properties.gift was false',
      ],
    ],
    ['"high-value" in segments', ['"high-value" in segments is not true: segments was ["regular"]']],
    ['profile.traits.age >= 18', ['profile.traits.age >= 18 is not true: profile.traits.age was unknown']],
    [
      'properties.total > profile.orderCount * 100',
      [
        'properties.total > profile.orderCount * 100 is not true: properties.total was 40, profile.orderCount * 100 was 300, profile.orderCount was 3',
      ],
    ],
    [
      'profile.firstName.startsWith("B")',
      ['profile.firstName.startsWith("B") is not true: profile.firstName was "Ann"'],
    ],
    [
      'profile.counters[event.name] > 0',
      ['profile.counters[event.name] > 0 is not true: profile.counters[event.name] was unknown'],
    ],
    [
      'properties.items.exists(i, i.price > 10)',
      ['properties.items.exists(i, i.price > 10) is not true: properties.items was [{"price":4},{"price":9.5}]'],
    ],
    [
      'size(properties.items) == 3',
      [
        'size(properties.items) == 3 is not true: size(properties.items) was 2, properties.items was [{"price":4},{"price":9.5}]',
      ],
    ],
    ['properties.gift', ['properties.gift is not true: properties.gift was false']],
    ['false', ['false is not true']],
  ])('%s', (text, parts) => {
    expect(explainCondition(compileCondition(text), scope).value).toBe(false);
    expect(why(text)).toEqual(parts);
  });

  it('says where in the text the part stands', () => {
    const text = 'properties.total > 10 && profile.orderCount == 1  && properties.total > 20';
    const [part] = explainCondition(compileCondition(text), scope).parts;
    expect(text.slice(part?.start, part?.end)).toBe('profile.orderCount == 1');
  });

  it('names a misuse of types as the fault, and no part', () => {
    const told = explainCondition(compileCondition('profile.firstName && properties.total > 10'), scope);
    expect(told).toMatchObject({ value: false, fault: { code: 'TYPE' }, parts: [] });
  });

  it('cuts values that are too long to be read', () => {
    const long = { properties: { note: 'x'.repeat(500) } };
    const { parts } = explainCondition(compileCondition('properties.note == "y"'), long);
    expect(parts.map(showPart).join().length).toBeLessThan(200);
  });

  it('says of a condition that was switched off because it does not compile that it never holds', () => {
    const off = {
      ...compileCondition('true'),
      text: 'profile.',
      evaluateDetailed: () => ({ value: false, fault: null }),
    };
    expect(explainCondition(off as never, scope).parts).toMatchObject([{ text: 'profile.', holds: false, values: [] }]);
  });
});

it('says which parts made a condition true', () => {
  expect(why('profile.orderCount == 1 || properties.total == 40')).toEqual([
    'properties.total == 40 is true: properties.total was 40',
  ]);
});
