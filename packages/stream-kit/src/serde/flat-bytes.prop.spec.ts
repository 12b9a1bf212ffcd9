import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FlatReader, FlatWriter } from './flat-bytes.ts';

const piece = fc.oneof(
  fc.record({ kind: fc.constant('number' as const), value: fc.oneof(fc.double(), fc.maxSafeInteger(), fc.nat()) }),
  fc.record({
    kind: fc.constant('moment' as const),
    value: fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 1_780_000_000_000, max: 1_780_100_000_000 }) },
      { weight: 1, arbitrary: fc.nat(3) },
      { weight: 1, arbitrary: fc.maxSafeInteger() },
      { weight: 1, arbitrary: fc.double() },
    ),
  }),
  fc.record({ kind: fc.constant('count' as const), value: fc.nat(3_000_000) }),
  fc.record({
    kind: fc.constant('text' as const),
    value: fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.string({ unit: 'grapheme-ascii', minLength: 200, maxLength: 300 }),
    ),
  }),
);

type Piece =
  | { readonly kind: 'number' | 'moment' | 'count'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string };

const write = (pieces: readonly Piece[], into: Buffer, at: number): number => {
  const writer = new FlatWriter();
  writer.begin(into, at);
  for (const one of pieces) {
    if (one.kind === 'text') writer.text(one.value);
    else writer[one.kind](one.value);
  }
  return writer.end();
};

describe('flat bytes', () => {
  it('come back as what was written, in the same order', () => {
    fc.assert(
      fc.property(fc.array(piece), fc.nat(9), (pieces, at) => {
        const into = Buffer.alloc(20_000);
        const end = write(pieces, into, at);
        const reader = new FlatReader();
        reader.begin(into, at);
        for (const one of pieces) {
          expect(one.kind === 'text' ? reader.text() : reader[one.kind]()).toBe(one.value);
        }
        expect(reader.at).toBe(end);
        // Texts may be passed over.
        reader.begin(into, at);
        for (const one of pieces) {
          if (one.kind === 'text') reader.skipText();
          else expect(reader[one.kind]()).toBe(one.value);
        }
        expect(reader.at).toBe(end);
      }),
      { numRuns: 1_000 },
    );
  });

  it('moments that lie as far apart give the same bytes, few of them', () => {
    const apart = (firstMs: number): Buffer => {
      const into = Buffer.alloc(40);
      const moments = [firstMs, firstMs + 3_600_000, firstMs + 3_600_000, firstMs];
      const end = write(
        moments.map((value) => ({ kind: 'moment', value })),
        into,
        0,
      );
      return into.subarray(6, end);
    };
    expect(apart(1_780_000_000_000).equals(apart(1_791_234_567_890))).toBe(true);
    expect(apart(1_780_000_000_000).length).toBe(9);
  });

  it('say so when there is too little room, and touch nothing beyond it', () => {
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1 }), fc.double({ min: 0, max: 1, noNaN: true }), (pieces, share) => {
        const needed = write(pieces, Buffer.alloc(20_000), 0);
        const all = Buffer.alloc(needed + 50, 7);
        const room = Math.floor((needed - 1) * share);
        expect(write(pieces, all.subarray(0, room), 0)).toBe(-1);
        expect(all.subarray(room).every((byte) => byte === 7)).toBe(true);
        expect(write(pieces, Buffer.alloc(needed), 0)).toBe(needed);
      }),
      { numRuns: 500 },
    );
  });
});
