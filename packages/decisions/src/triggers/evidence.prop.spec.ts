import fc from 'fast-check';
import { evidenceText } from './evidence.ts';

const name = fc.oneof(
  fc.constantFrom('product_id', 'sku', 'product', 'products', 'total', '__proto__', 'constructor', 'prototype', ''),
  fc.string({ maxLength: 4 }),
);
const value = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.constantFrom('12.50', ' 7 ', '1e3'),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
  fc.dictionary(name, fc.integer(), { maxKeys: 2 }),
  fc.array(fc.dictionary(name, fc.integer(), { maxKeys: 2 }), { maxLength: 2 }),
);
/** Names may come twice, which an object cannot say. */
const written = fc
  .array(fc.tuple(name, value), { maxLength: 6 })
  .map((members) => `{${members.map(([key, held]) => `${JSON.stringify(key)}:${JSON.stringify(held)}`).join()}}`);

const evidence = (properties: string): unknown =>
  JSON.parse(evidenceText({ said: { event: 'Seen', properties }, firstAtMs: 1, lastAtMs: 2, count: 3 })) as unknown;

describe('evidence of what an event says', () => {
  it('is the same whether its properties are read as they stand or parsed', () => {
    // A space makes them a text that must be parsed.
    fc.assert(
      fc.property(written, (text) => {
        expect(evidence(text)).toEqual(evidence(` ${text}`));
      }),
      { numRuns: 5_000 },
    );
  });

  it('names the product, and the total as a number', () => {
    const product = { product_id: 'p1', total: '12.50' };
    expect(evidence(JSON.stringify(product))).toMatchObject({ properties: product, product, orderTotal: 12.5 });
    expect(evidence('{"product":"Lamp"}')).toMatchObject({ product: { name: 'Lamp' } });
    expect(evidence('{"total":"a lot"}')).not.toHaveProperty('orderTotal');
  });

  it('holds nothing that would reach a prototype, and no number that is none', () => {
    expect(evidence('{"__proto__":1,"a":2}')).toMatchObject({ properties: { a: 2 } });
    expect(JSON.stringify(evidence('{"constructor":1,"":2}'))).not.toContain('constructor');
    expect(evidence(`{"total":${'9'.repeat(400)}}`)).toMatchObject({ properties: { total: null } });
  });
});
