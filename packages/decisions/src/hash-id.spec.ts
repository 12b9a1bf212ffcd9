import { createHash } from 'node:crypto';
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hashId } from './hash-id.ts';

it('gives the same id to the same causes, for ever', () => {
  // A changed value here would break every id on every log.
  expect(hashId('firing', 'cart-left', 'user:42', 'c1', 'm1', '1700000000000')).toBe(
    'a809e131-d212-51b5-8179-a2bb1a5b12dc',
  );
});

it('is the sha1 of the causes in the form of a version 5 UUID', () => {
  const hex = createHash('sha1').update('kairos/1;1:a;2:bc;').digest('hex');
  const id = hashId('a', 'bc');
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(id.slice(0, 13)).toBe(`${hex.slice(0, 8)}-${hex.slice(8, 12)}`);
});

it('keeps parts apart: other causes, another id', () => {
  const parts = fc.array(fc.string({ unit: 'binary' }), { maxLength: 4 });
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      const isSame = a.length === b.length && a.every((part, at) => part === b[at]);
      expect(hashId(...a) === hashId(...b)).toBe(isSame);
    }),
    {
      examples: [
        [
          ['a', 'bc'],
          ['ab', 'c'],
        ],
        [[], ['']],
        [['1:a;'], ['a']],
      ],
    },
  );
});
