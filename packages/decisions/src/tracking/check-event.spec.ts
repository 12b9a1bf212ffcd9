import { describe, expect, it } from '@jest/globals';
import type { SourceDefinition } from '../definitions.ts';
import { checkEvent, NO_FAULTS } from './check-event.ts';
import { compileTracking } from './compile-tracking.ts';
import { eventOf, planned, planOf, property, source } from './tracking.fixture.ts';

const order = planned('Order Completed', [
  property('order_id', { required: true }),
  property('total', { type: 'number', required: true }),
  property('currency', { values: ['EUR', 'GBP'] }),
  property('gift', { type: 'boolean' }),
  property('ships_at', { type: 'datetime' }),
  property('address', { type: 'object' }),
  property('address.city', { required: true }),
  property('products', { type: 'array' }),
  property('products[].sku', { required: true }),
  property('products[].price', { type: 'number' }),
]);
const strict = planned('Page Viewed', [property('path')], { otherProperties: 'flag' });
const plan = compileTracking([planOf(order, strict, planned('Cart Viewed', []))]);

const verdict = (name: string, said: object, about?: SourceDefinition) => {
  const { faults, isRefused } = checkEvent(plan, eventOf(name, said), about);
  return `${isRefused ? 'refused ' : ''}${faults.map(({ code, field }) => `${code} ${field}`).join(', ')}`;
};
const ok = { order_id: 'o1', total: 5 };

describe('the tracking plan', () => {
  it.each([
    [{ total: 5 }, 'PROPERTY_MISSING order_id'],
    [{ order_id: null, total: 5 }, 'PROPERTY_MISSING order_id'],
    [{ order_id: 7, total: '5' }, 'PROPERTY_TYPE order_id, PROPERTY_TYPE total'],
    [{ ...ok, currency: 'USD' }, 'PROPERTY_VALUE currency'],
    [{ ...ok, gift: 'yes' }, 'PROPERTY_TYPE gift'],
    [{ ...ok, address: 'Bonn' }, 'PROPERTY_TYPE address'],
    [{ ...ok, address: {} }, 'PROPERTY_MISSING address.city'],
    [
      { ...ok, products: [{ sku: 'a' }, { price: '1' }, { price: 'x' }] },
      'PROPERTY_MISSING products[].sku, PROPERTY_TYPE products[].price',
    ],
    [{ ...ok, products: ['a', 'b'] }, 'PROPERTY_TYPE products'],
    [{ ...ok, products: {} }, 'PROPERTY_TYPE products'],
  ])('names code and field of what is wrong with %j, each fault once', (said, expected) => {
    expect(verdict('Order Completed', said)).toBe(expected);
  });

  it.each([
    ['2026-11-30', true],
    ['2026-11-30T08:15:00Z', true],
    ['2026-11-30 08:15:00.123+01:00', true],
    [1_780_000_000_000, true],
    ['2026-02-30', false],
    ['2026-11-30T25:00:00Z', false],
    ['tomorrow', false],
    ['', false],
    [true, false],
  ])('takes %j as a datetime: %s', (ships_at, isOne) => {
    expect(verdict('Order Completed', { ...ok, ships_at })).toBe(isOne ? '' : 'PROPERTY_TYPE ships_at');
  });

  it('makes nothing for an event that conforms, and asks nothing without a plan', () => {
    expect(checkEvent(plan, eventOf('Order Completed', { ...ok, more: 1 }), undefined).faults).toBe(NO_FAULTS);
    expect(checkEvent(plan, eventOf('Cart Viewed', { any: 1 }), undefined).faults).toBe(NO_FAULTS);
    expect(checkEvent(null, eventOf('Whatever'), source({ unplanned: 'refuse' }))).toEqual({
      faults: [],
      isRefused: false,
    });
  });

  it('a source decides whether what does not conform takes effect', () => {
    expect(verdict('Order Completed', {}, source())).toMatch(/^PROPERTY_MISSING/);
    expect(verdict('Order Completed', {}, source({ onNonconforming: 'refuse' }))).toMatch(/^refused PROPERTY_MISSING/);
    expect(verdict('Order Completed', ok, source({ onNonconforming: 'refuse' }))).toBe('');
    expect(verdict('Ordr Completed', ok, source())).toBe('EVENT_UNPLANNED Ordr Completed');
    expect(verdict('Ordr Completed', ok, source({ unplanned: 'refuse' }))).toBe(
      'refused EVENT_UNPLANNED Ordr Completed',
    );
    expect(verdict('Ordr Completed', ok, source({ unplanned: 'allow' }))).toBe('');
  });

  it('what the house says of itself, and calls that are no track call, need no plan', () => {
    const refuse = source({ onNonconforming: 'refuse', unplanned: 'refuse' });
    expect(checkEvent(plan, eventOf('Profile Set', {}, { sourceKind: 'internal' }), refuse).faults).toBe(NO_FAULTS);
    expect(checkEvent(plan, eventOf('Identified', {}, { type: 'identify' }), refuse).faults).toBe(NO_FAULTS);
  });

  it('shows names that look like names, and never what may be somebody’s address', () => {
    expect(verdict('Page Viewed', { path: '/', 'ada@example.com': 1, pth: 2 })).toBe(
      'PROPERTY_UNPLANNED (other), PROPERTY_UNPLANNED pth',
    );
    expect(verdict('ada@example.com', {})).toBe('EVENT_UNPLANNED (other)');
  });

  it('names at most eight faults, and never what a prototype holds', () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_none, at) => [`p${at}`, at]));
    expect(verdict('Page Viewed', many).split(', ')).toHaveLength(8);
    const inherits = compileTracking([planOf(planned('A', [property('constructor', { required: true })]))]);
    expect(checkEvent(inherits, eventOf('A'), undefined).faults).toEqual([
      { code: 'PROPERTY_MISSING', field: 'constructor' },
    ]);
  });
});
