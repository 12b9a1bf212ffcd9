import { describe, expect, it } from '@jest/globals';
import { packPart } from './pack-part.ts';
import { PackedPart } from './packed-part.ts';
import type { KeyState } from './part-form.ts';
import { UNKNOWN_DUE } from './part-timers.ts';

const NOON_MS = Date.UTC(2026, 0, 5, 12);

const entry = (key: string, dueAtMs?: number, state = `state of ${key}`): KeyState => ({
  key,
  state: Buffer.from(state),
  dueAtMs,
});

const read = (packed: Buffer) => {
  const part = new PackedPart(packed);
  const { keys, states } = part.glance();
  return Array.from({ length: part.count }, (_none, index) => ({
    key: keys.bytes.toString('utf8', keys.at[index], keys.at[index + 1]),
    state: Buffer.from(states.bytes.subarray(states.at[index], states.at[index + 1])),
    dueAtMs: Number.isNaN(part.dueOf(index)) ? undefined : part.dueOf(index),
    isEmpty: part.isEmpty(index),
  }));
};

describe('a part of a cut', () => {
  it.each([
    ['no timers', [undefined, undefined, undefined]],
    ['timers at one time', [NOON_MS, NOON_MS, NOON_MS]],
    ['timers of one day, and one that has none', [NOON_MS, undefined, NOON_MS - 40_000_000]],
    ['timers as far apart as four bytes say, and a millisecond more', [NOON_MS, NOON_MS + 0xffff_fffe, 0]],
    ['timers a year apart', [NOON_MS, undefined, NOON_MS + 365 * 86_400_000]],
    ['timers between two milliseconds', [NOON_MS + 0.5, NOON_MS, undefined]],
    ['timers that only the states know', [UNKNOWN_DUE, UNKNOWN_DUE, UNKNOWN_DUE]],
  ])('says what was put into it: %s', (_what, dues) => {
    // A half of a pair of surrogates at the end of one key, the other half at the start of the next.
    const entries = [entry('ü:1\ud83d', dues[0]), entry('\ude00', dues[1], ''), entry('', dues[2])];
    for (const deflate of [true, false]) {
      expect(read(packPart(entries, { deflate }))).toEqual(
        entries.map(({ key, ...more }) => ({
          ...more,
          key: Buffer.from(key).toString(),
          isEmpty: more.state.length === 0,
        })),
      );
    }
  });

  it('is refused when a byte of it has changed, wherever, when it is cut off, and when another version wrote it', () => {
    const packed = packPart([entry('a', NOON_MS), entry('b', NOON_MS + 5), entry('c')], { deflate: true });
    for (let at = 0; at < packed.length; at += 1) {
      const damaged = Buffer.from(packed);
      damaged[at] = (damaged[at] as number) ^ 4;
      expect(() => new PackedPart(damaged)).toThrow(/a part of a cut is/);
    }
    for (let length = 0; length < packed.length; length += 1) {
      expect(() => new PackedPart(packed.subarray(0, length))).toThrow(/a part of a cut is/);
    }
  });

  it('keeps what was asked for, and nothing of what somebody only passed by', () => {
    const part = new PackedPart(packPart([entry('a'), entry('b')], { deflate: true }));
    expect(part.glance().states).not.toBe(part.glance().states);
    const { states } = part;
    expect(part.states).toBe(states);
    expect(part.glance().states).toBe(states);
    part.forgetStates();
    expect(part.states).not.toBe(states);
    expect(part.states).toEqual(states);
  });
});
