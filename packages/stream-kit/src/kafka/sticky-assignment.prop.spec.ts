import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { assignSticky } from './sticky-assignment.ts';

const names = (count: number): string[] => Array.from({ length: count }, (_none, at) => `t/${at}`);

describe('a sticky assignment', () => {
  it('gives each partition to exactly one member, evenly, whatever members claim to hold', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.array(fc.array(fc.nat(40), { maxLength: 20 }), { minLength: 1, maxLength: 6 }),
        (count, claims) => {
          const members = claims.map((held, at) => ({
            memberId: `m${at}`,
            topics: ['t'],
            held: held.map((one) => `t/${one}`),
          }));
          const assigned = assignSticky(members, names(count));
          expect([...assigned.values()].flat().sort()).toEqual(names(count).sort());
          const sizes = [...assigned.values()].map((mine) => mine.length);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it('moves no more than it must when a member joins or leaves', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 6 }), (count, size) => {
        const member = (at: number, held: readonly string[] = []) => ({ memberId: `m${at}`, topics: ['t'], held });
        const before = assignSticky(
          Array.from({ length: size }, (_none, at) => member(at)),
          names(count),
        );
        const staying = [...before].map(([, held], at) => member(at, held));
        const kept = (after: ReadonlyMap<string, readonly string[]>): number =>
          staying.reduce(
            (sum, { memberId, held }) => sum + (after.get(memberId) ?? []).filter((name) => held.includes(name)).length,
            0,
          );
        const joined = assignSticky([...staying, member(size)], names(count));
        expect(kept(joined)).toBe(count - (joined.get(`m${size}`)?.length ?? 0));
        const again = assignSticky(staying, names(count));
        expect(kept(again)).toBe(count);
      }),
    );
  });
});
