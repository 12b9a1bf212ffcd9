import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readIdentity } from './identify.ts';
import { type RecentId, RecentIds } from './recent-ids.ts';

const DAY_MS = 86_400_000;

/** As one would say it: a list, cut anew each time. */
function remembered(list: readonly RecentId[], [id, atMs]: RecentId): readonly RecentId[] {
  const all = [...list, [id, atMs] as const].slice(-4096);
  const last = all.length - 512;
  const kept = all.findIndex(([, metMs], at) => at >= last || metMs >= atMs - 7 * DAY_MS);
  return all.slice(kept);
}

const burst = fc.record({
  ids: fc.integer({ min: 1, max: 900 }),
  stepMs: fc.constantFrom(0, 1, 60_000, DAY_MS / 40),
  /** Goes on from the list as it was so many bursts ago. */
  back: fc.integer({ min: 0, max: 2 }),
});

describe('the message ids that a key met', () => {
  it('are those of a plain list, also where two lists go on from one', () => {
    fc.assert(
      fc.property(fc.array(burst, { minLength: 1, maxLength: 8 }), (bursts) => {
        const lists = [{ ids: RecentIds.of(), plain: [] as readonly RecentId[], atMs: 0 }];
        let number = 0;
        for (const { ids: count, stepMs, back } of bursts) {
          let { ids, plain, atMs } = lists.at(-1 - Math.min(back, lists.length - 1)) ?? {
            ids: RecentIds.of(),
            plain: [],
            atMs: 0,
          };
          for (let at = 0; at < count; at += 1) {
            number += 1;
            atMs += stepMs;
            ids = ids.with(`m${number}`, atMs);
            plain = remembered(plain, [`m${number}`, atMs]);
          }
          lists.push({ ids, plain, atMs });
        }
        for (const { ids, plain } of lists) {
          expect([ids.length, JSON.stringify(ids)]).toEqual([plain.length, JSON.stringify(plain)]);
          const known = new Set(plain.map(([id]) => id));
          for (let at = 1; at <= number; at += 17) expect(ids.has(`m${at}`)).toBe(known.has(`m${at}`));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('are told apart by their whole text, and not by a hash of it', () => {
    // FNV-1a of these two is the same.
    const ids = RecentIds.of([['costarring', 1]]);
    expect([ids.has('costarring'), ids.has('liquid')]).toEqual([true, false]);
  });

  it('lie in a state as the list of pairs that they always were', () => {
    const written = '{"link":null,"route":null,"recent":[["m1",5],["m2",6]],"told":[["email:a@b.example","user:U"]]}';
    expect(JSON.stringify(readIdentity(JSON.parse(written)))).toBe(written);
  });
});
