import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KeySlots } from '../key-slots.ts';
import { TimerIndex } from '../timer-index.ts';
import { packPart } from './pack-part.ts';
import { PackedPart } from './packed-part.ts';
import { PackedStates } from './packed-states.ts';
import { PackedTimers } from './packed-timers.ts';

// Some whose order as bytes is not their order as strings.
const key = fc.constantFrom('a', 'ab', 'b', 'user:1', 'user:10', 'user:2', 'ü', '\ue000', '\uffee', '😀', '𝒳');
const dueAtMs = fc.integer({ min: 0, max: 5 });
const restored = fc.array(
  fc.uniqueArray(fc.record({ key, dueAtMs: fc.option(dueAtMs, { nil: undefined }), isGone: fc.boolean() }), {
    selector: (entry) => entry.key,
  }),
  { maxLength: 4 },
);
const command = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), key, dueAtMs }),
  fc.record({ kind: fc.constant('remove' as const), key }),
  fc.record({ kind: fc.constant('take' as const), timeMs: dueAtMs, limit: fc.constantFrom(1, 2, 3, 99) }),
  fc.record({ kind: fc.constant('look' as const), timeMs: dueAtMs, many: fc.nat(4) }),
);

class Timers {
  readonly slots: KeySlots;
  readonly index: TimerIndex;

  constructor(slots: KeySlots, index: TimerIndex) {
    this.slots = slots;
    this.index = index;
  }

  remove(name: string): void {
    this.index.removeAt(this.slots.take(name));
  }

  take(timeMs: number, limit = 99): unknown {
    return this.index.takeDue(timeMs, limit).map(({ slot, dueAtMs: atMs }) => [this.slots.keyAt(slot), atMs]);
  }

  look(timeMs: number, many: number): unknown {
    const { index, slots } = this;
    const dues = ['a', 'ü', 'user:1'].map((name) => index.dueAt(slots.take(name)));
    return [index.hasDue(timeMs, many), index.keysDue(timeMs).sort(), index.size, index.earliest, dues];
  }
}

const timersOf = (make: (slots: KeySlots) => TimerIndex): Timers => {
  const slots = new KeySlots();
  return new Timers(slots, make(slots));
};

describe('timers of restored states', () => {
  it('are those of an index to which each was told, whatever happens to them afterwards', () => {
    fc.assert(
      fc.property(restored, fc.array(command, { maxLength: 30 }), (parts, commands) => {
        const plain = timersOf((slots) => new TimerIndex(slots));
        const states = new PackedStates();
        for (const part of parts) {
          const entries = part.map((one) => ({ ...one, state: new Uint8Array(one.isGone ? 0 : 1) }));
          states.add(new PackedPart(packPart(entries, { deflate: entries.length > 3 })));
          for (const one of entries) {
            if (one.isGone || one.dueAtMs === undefined) plain.remove(one.key);
            else plain.index.set(one.key, one.dueAtMs);
          }
        }
        const packed = timersOf((slots) => new PackedTimers(states, slots));
        for (const step of commands) {
          if (step.kind === 'set') for (const { index } of [plain, packed]) index.set(step.key, step.dueAtMs);
          else if (step.kind === 'remove') for (const one of [plain, packed]) one.remove(step.key);
          else if (step.kind === 'take')
            expect(packed.take(step.timeMs, step.limit)).toEqual(plain.take(step.timeMs, step.limit));
          else expect(packed.look(step.timeMs, step.many)).toEqual(plain.look(step.timeMs, step.many));
          expect([packed.index.size, packed.index.earliest]).toEqual([plain.index.size, plain.index.earliest]);
        }
        expect(packed.take(99)).toEqual(plain.take(99));
      }),
      { numRuns: 1_000 },
    );
  });

  it('fire in order when there are many, far apart, some of which are set anew or taken away meanwhile', () => {
    const COUNT = 20_000;
    const spread = fc.constantFrom(1, 1_000, 1_000_000);
    fc.assert(
      fc.property(spread, fc.array(fc.nat(999), { minLength: 1, maxLength: 20 }), (apart, steps) => {
        const plain = timersOf((slots) => new TimerIndex(slots));
        // No order in them, and a few that are due at the same time.
        const dueOf = (at: number): number => ((at * 7_919) % 9_973) * apart;
        const entries = Array.from({ length: COUNT }, (_none, at) => ({
          key: `user:${at}`,
          state: Buffer.from('s'),
          dueAtMs: dueOf(at),
        }));
        for (const one of entries) plain.index.set(one.key, one.dueAtMs);
        const states = new PackedStates();
        for (let at = 0; at < COUNT; at += 1_000) {
          states.add(new PackedPart(packPart(entries.slice(at, at + 1_000), { deflate: true })));
        }
        const packed = timersOf((slots) => new PackedTimers(states, slots));
        let timeMs = 0;
        for (const step of steps) {
          timeMs += step * apart;
          const [first, second] = [`user:${step}`, `user:${COUNT - step}`];
          for (const one of [plain, packed]) {
            one.index.set(first, timeMs + 3 * apart);
            one.remove(second);
          }
          expect(packed.index.hasDue(timeMs, step)).toBe(plain.index.hasDue(timeMs, step));
          expect(packed.take(timeMs, 300)).toEqual(plain.take(timeMs, 300));
          expect([packed.index.size, packed.index.earliest]).toEqual([plain.index.size, plain.index.earliest]);
        }
        expect(packed.take(9_973 * apart, COUNT)).toEqual(plain.take(9_973 * apart, COUNT));
      }),
      { numRuns: 8 },
    );
  });
});
