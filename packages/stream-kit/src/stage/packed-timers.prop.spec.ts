import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TimerIndex } from '../timer-index.ts';
import { packPart, unpackPart } from './packed-part.ts';
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

describe('timers of restored states', () => {
  it('are those of an index to which each was told, whatever happens to them afterwards', () => {
    fc.assert(
      fc.property(restored, fc.array(command, { maxLength: 30 }), (parts, commands) => {
        const plain = new TimerIndex();
        const states = new PackedStates();
        for (const part of parts) {
          const entries = part.map((one) => ({ ...one, state: new Uint8Array(one.isGone ? 0 : 1) }));
          states.add(unpackPart(packPart(entries, { deflate: entries.length > 3 })));
          for (const one of entries) {
            if (one.isGone || one.dueAtMs === undefined) plain.remove(one.key);
            else plain.set(one.key, one.dueAtMs);
          }
        }
        const packed = new PackedTimers(states);
        for (const step of commands) {
          if (step.kind === 'set') for (const index of [plain, packed]) index.set(step.key, step.dueAtMs);
          else if (step.kind === 'remove') for (const index of [plain, packed]) index.remove(step.key);
          else if (step.kind === 'take')
            expect(packed.takeDue(step.timeMs, step.limit)).toEqual(plain.takeDue(step.timeMs, step.limit));
          else expect(packed.hasDue(step.timeMs, step.many)).toBe(plain.hasDue(step.timeMs, step.many));
          expect([packed.size, packed.earliest]).toEqual([plain.size, plain.earliest]);
        }
        expect(packed.takeDue(99)).toEqual(plain.takeDue(99));
      }),
      { numRuns: 1_000 },
    );
  });
});
