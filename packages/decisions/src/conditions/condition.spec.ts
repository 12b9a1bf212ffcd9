import { describe, expect, it } from '@jest/globals';
import { checkCondition, checkExpression, compileCondition, compileExpression } from './condition.ts';
import type { ConditionScope } from './types.ts';

const scope: ConditionScope = {
  event: { name: 'Product Added', source: 'web' },
  properties: {
    total: 120.5,
    quantity: 3,
    cart_id: 'c1',
    'odd name': 1,
    items: [{ price: 4 }, { price: 9.5 }],
    gift: true,
  },
  profile: {
    orderCount: 1,
    orderValue: 250,
    firstName: 'Ann',
    traits: { plan: 'gold', age: 41 },
    counters: { Visit: 4 },
  },
  segments: ['high-value'],
  now: 1_700_000_000_000,
};
const holds = (text: string, on: ConditionScope = scope) => compileCondition(text).evaluateDetailed(on);

describe('a condition', () => {
  it.each([
    'profile.orderCount == 1',
    'profile.orderValue > 100',
    'profile.orderValue >= 250.0 && properties.total < 121',
    'properties.quantity * 2.5 == 7.5',
    'properties.total / 2 > 60',
    '"high-value" in segments',
    '!("new" in segments)',
    'event.name == "Product Added" && event.source in ["web", "app"]',
    'properties["odd name"] == 1',
    'properties.items.exists(i, i.price > 9) && properties.items.all(i, i.price > 1)',
    'properties.items.filter(i, i.price > 5).size() == 1',
    'size(properties.items) == 2 && properties.items[0].price == 4',
    'properties.items.map(i, i.price) == [4, 9.5]',
    'properties.items.exists_one(i, i.price == 4)',
    'profile.traits.plan.startsWith("go") && profile.firstName.lowerAscii() == "ann"',
    'profile.traits.age >= 18 ? properties.gift : false',
    'now - 1000 < now',
    'has(profile.traits.plan) && !has(profile.traits.missing)',
    'profile.counters[event.name] == null && profile.counters["Visit"] == 4',
    'string(profile.orderCount) + "x" == "1x" && int("7") == 7',
    '-properties.quantity == -3 && properties.quantity % 2 == 1',
    'size(profile.counters) == 1 && profile.traits.size() == 2',
    '5 / 2 == 2.5 && profile.orderCount + 1 != 2.5 && 2.0 == profile.orderCount + 1',
  ])('holds: %s', (text) => {
    expect(checkCondition(text)).toEqual([]);
    expect(holds(text)).toEqual({ value: true, fault: null });
  });

  it.each([
    'profile.lastName == null',
    'profile.traits.nothing.deeper == null',
    '!(profile.refundValue > 100)',
    '!(profile.refundValue < 100)',
    'profile.lastName != "Smith"',
    '!profile.traits.vip',
    'size(profile.phone) == 0',
    '!profile.phone.startsWith("+44")',
    '!(3 in profile.traits.list)',
    'profile.refundCount + 1 == null',
    '!(profile.firstName > 5)',
    'history.any == null',
    'properties.total / 0 == null',
  ])('treats what is unknown as null, never as an error: %s', (text) => {
    expect(holds(text)).toEqual({ value: true, fault: null });
  });

  it('is false for an empty scope and for a null value', () => {
    expect(holds('profile.orderValue > 100', {})).toEqual({ value: false, fault: null });
    expect(holds('profile.traits.vip', {})).toEqual({ value: false, fault: null });
  });

  it('is false with a fault that names the misuse when types do not fit', () => {
    expect(holds('profile.firstName && true')).toMatchObject({ value: false, fault: { code: 'TYPE' } });
    expect(holds('profile.orderCount')).toMatchObject({ value: false, fault: { code: 'NOT_BOOLEAN' } });
    expect(compileCondition('profile.firstName && true').evaluate(scope)).toBe(false);
  });

  it('sees own fields only', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      expect(holds(`profile["${name}"] == null && properties.${name} == null`)).toEqual({ value: true, fault: null });
    }
  });

  it('says what it reads, two fields deep', () => {
    const text =
      'profile.traits.address.city == "X" && profile.orderValue > 1 && properties.items.exists(i, i.p > now) && profile.counters[event.name] > 0';
    expect(compileCondition(text).reads).toEqual({
      event: ['name'],
      properties: ['items'],
      profile: ['counters', 'orderValue', 'traits.address'],
      history: [],
      segments: false,
      evidence: [],
      sends: [],
      now: true,
    });
    expect(compileCondition('size(profile) > 0').reads.profile).toEqual(['*']);
    expect(compileCondition('profile[event.name] == 1').reads.profile).toEqual(['*']);
  });

  it('is compiled once per text', () => {
    expect(compileCondition('profile.orderCount == 1')).toBe(compileCondition('profile.orderCount == 1'));
  });
});

describe('lint of a condition', () => {
  it.each([
    ['profile.orderCuont == 1', 'UNKNOWN_NAME', 'orderCuont'],
    ['profil.orderCount == 1', 'UNKNOWN_NAME', 'profil'],
    ['event.nme == "x"', 'UNKNOWN_NAME', 'nme'],
    ['lower(profile.email) == "x"', 'UNKNOWN_FUNCTION', 'lower'],
    ['profile.email.matches("(a+)+$")', 'UNKNOWN_FUNCTION', 'matches'],
  ])('%s → %s with the name', (text, code, name) => {
    expect(checkCondition(text)).toEqual([expect.objectContaining({ code, name })]);
  });

  it('points at the unknown name', () => {
    const text = 'true && profile.orderCuont == 1';
    const [fault] = checkCondition(text);
    expect(text.slice(fault?.start, fault?.end)).toBe('profile.orderCuont');
  });

  it.each([
    ['profile.orderCount ==', 'SYNTAX'],
    ['', 'SYNTAX'],
    ['properties.total', 'OK'],
    ['"text"', 'NOT_BOOLEAN'],
    ['1 + "a" == 2', 'TYPE'],
    [`${'('.repeat(100)}true${')'.repeat(100)}`, 'TOO_LARGE'],
    [Array.from({ length: 400 }, (_, at) => `profile.orderCount == ${at}`).join(' || '), 'TOO_LARGE'],
    ['x'.repeat(5_000), 'TOO_LARGE'],
    ['[1].exists(a, [1].exists(b, [1].exists(c, true)))', 'TOO_LARGE'],
    ['{"a": 1}.a == 1', 'TOO_LARGE'],
    ['b"bytes" == b"bytes"', 'SYNTAX'],
    ['timestamp("2026-01-01T00:00:00Z") == null', 'UNKNOWN_FUNCTION'],
  ])('%#: refuses what is malformed, of the wrong type or too large', (text, code) => {
    expect(checkCondition(text).map((fault) => fault.code)).toEqual(code === 'OK' ? [] : [code]);
  });

  it('lets an expression have any type', () => {
    expect(checkExpression('properties.total * 2')).toEqual([]);
    expect(compileExpression('properties.total * 2').value(scope)).toBe(241);
    expect(compileExpression('properties.absent').value(scope)).toBeNull();
    expect(compileExpression('properties.cart_id && true').value(scope)).toBeNull();
  });
});

describe('what a condition may cost', () => {
  const inTwoLists = (body: string) => `properties.a.exists(x, properties.b.exists(y, ${body}))`;

  it('is known from its text: lists in lists count fifty times fifty', () => {
    const sum = Array.from({ length: 12 }, (_, at) => `x + ${at} == y`).join(' || ');
    expect(checkCondition(inTwoLists('x == y'))).toEqual([]);
    expect(checkCondition(`properties.a.exists(x, ${sum.replaceAll('y', '3')})`)).toEqual([]);
    expect(checkCondition(inTwoLists(sum))).toMatchObject([
      { code: 'TOO_LARGE', message: expect.stringMatching(/may take \d+ steps .* at most 50000 are allowed/) },
    ]);
  });

  it('is kept while it is evaluated, by the event alone, and each time anew', () => {
    const list = (length: number, from = 0) => Array.from({ length }, (_, at) => at + from);
    const condition = compileCondition(inTwoLists('x == y'));
    const long = { properties: { a: list(900), b: list(900, 5_000) } };
    const short = { properties: { a: list(50), b: list(50, 49) } };
    expect(condition.evaluateDetailed(short)).toEqual({ value: true, fault: null });
    expect(condition.evaluateDetailed(long)).toMatchObject({ value: false, fault: { code: 'OVER_BUDGET' } });
    expect(condition.evaluateDetailed(short)).toEqual({ value: true, fault: null });
    // One walk through a list as long as any may be fits.
    expect(
      compileCondition('properties.a.all(x, x >= 0 && x < 5000)').evaluate({ properties: { a: list(1_000) } }),
    ).toBe(true);
    const search = compileCondition('properties.a.all(x, x in properties.b)');
    expect(search.evaluateDetailed({ properties: { a: list(1_000), b: list(1_000).reverse() } })).toMatchObject({
      fault: { code: 'OVER_BUDGET' },
    });
  });
});
