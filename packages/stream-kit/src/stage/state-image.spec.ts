import { describe, expect, it } from '@jest/globals';
import { KeySlots } from '../key-slots.ts';
import { imageChunks, readImage } from './image-file.ts';
import { packPart } from './pack-part.ts';
import { PackedPart } from './packed-part.ts';
import { PackedStates } from './packed-states.ts';
import { PackedTimers } from './packed-timers.ts';
import type { KeyState } from './part-form.ts';
import type { StateImage } from './restored.ts';
import { imageOf } from './state-image.ts';

const COUNT = 12_345;

const stateOf = (key: string, text: string, dueAtMs?: number): KeyState => ({ key, state: Buffer.from(text), dueAtMs });
const part = (entries: readonly KeyState[]) => new PackedPart(packPart(entries, { deflate: true }));

/** Many keys, some changed, some gone, some with a timer. */
const packed = (): PackedStates => {
  const states = new PackedStates();
  const keys = Array.from({ length: COUNT }, (_none, at) => `user:${at}`);
  states.add(part(keys.map((key, at) => stateOf(key, `first ${at}`, at % 3 === 0 ? 1_000_000 - at : undefined))));
  states.add(part(keys.slice(0, 50).map((key, at) => stateOf(key, at % 5 === 0 ? '' : 'ü'.repeat(at), 7))));
  return states;
};

const make = async (states: PackedStates): Promise<StateImage> => {
  const meta = { nextOffset: 9, origins: {}, sourceTimes: {}, timeMs: 5, playbookOffset: -1, playbookVersion: '' };
  const known = new Map([['w/1/0', { toOffset: 9, bytes: 77 }]]);
  const image = imageOf({ states, meta, toOffset: 9, known, cuts: 3, bytes: 77, fullBytes: 70 });
  if (image === undefined) throw new Error('no image');
  return image;
};

const said = (states: PackedStates) => new Map([...states].map(([key, bytes]) => [key, Buffer.from(bytes).toString()]));

/** In the order in which they fire. */
const duesOf = (states: PackedStates): unknown => {
  const slots = new KeySlots();
  return new PackedTimers(states, slots).takeDue(2_000_000).map(({ slot, dueAtMs }) => [slots.keyAt(slot), dueAtMs]);
};

describe('an image of states', () => {
  it('is read back from its file as what it was made of, timers too, and works on', async () => {
    const states = packed();
    const file = Buffer.concat([...imageChunks(await make(states)), Buffer.from('what follows')]);
    const read = readImage(file);
    if (read === undefined) throw new Error('nothing read');
    const { packed: image, ...about } = read.image;
    expect(about).toEqual({
      meta: JSON.stringify({
        nextOffset: 9,
        origins: {},
        sourceTimes: {},
        timeMs: 5,
        playbookOffset: -1,
        playbookVersion: '',
      }),
      toOffset: 9,
      known: [{ key: 'w/1/0', toOffset: 9, bytes: 77 }],
      cuts: 3,
      fullBytes: 70,
    });
    expect(file.subarray(read.end).toString()).toBe('what follows');
    const restored = PackedStates.ofImage(image);
    expect(said(restored)).toEqual(said(states));
    expect(duesOf(restored)).toEqual(duesOf(states));
    const more = part([stateOf('user:7', 'later', 3), stateOf('somebody new', 'here', 2), stateOf('user:8', '')]);
    for (const one of [states, restored]) one.add(more);
    expect(said(restored)).toEqual(said(states));
    expect(duesOf(restored)).toEqual(duesOf(states));
    // Another start from the same image knows nothing of that, nor does an image that was made before.
    const before = restored.image();
    restored.add(part([stateOf('user:9', 'later still'), stateOf('a newcomer', 'here')]));
    const again = PackedStates.ofImage(before);
    expect(said(again).get('user:9')).toBe('ü'.repeat(9));
    expect(Buffer.from(again.get('user:9') ?? []).toString()).toBe('ü'.repeat(9));
    expect(again.has('a newcomer')).toBe(false);
    expect(said(PackedStates.ofImage(image)).get('user:7')).toBe('ü'.repeat(7));
  });

  it('leaves out a part of which nothing is left', () => {
    const states = new PackedStates();
    const names = Array.from({ length: 900 }, (_none, at) => `user:${at}`);
    states.add(part(names.map((key) => stateOf(key, 'old', 9))));
    states.add(part([stateOf('somebody else', 'here', 3), stateOf('gone', '')]));
    states.add(part(names.map((key, at) => stateOf(key, 'new', at))));
    const image = states.image();
    expect(image.columns.parts).toHaveLength(2);
    const restored = PackedStates.ofImage(image);
    expect(said(restored)).toEqual(said(states));
    expect(duesOf(restored)).toEqual(duesOf(states));
    restored.take('user:5');
    expect([restored.size, states.size, PackedStates.ofImage(image).size]).toEqual([900, 901, 901]);
  });

  it('is refused when a byte of it has changed, wherever', async () => {
    const file = Buffer.concat(imageChunks(await make(packed())));
    const { length } = file;
    for (let at = 8; at < length; at += at < 600 ? 1 : 1_009) {
      const damaged = Buffer.from(file);
      damaged[at] = (damaged[at] as number) ^ 1;
      expect(() => readImage(damaged)).toThrow(/damaged|a part of a cut is/);
    }
    expect(() => readImage(file.subarray(0, length - 8))).toThrow(/damaged|a part of a cut is/);
    expect(readImage(Buffer.from('a copy of an older version'))).toBeUndefined();
  });

  it('of a partition in which nobody is left is read back, too', async () => {
    const file = Buffer.concat([...imageChunks(await make(new PackedStates())), Buffer.from('what follows')]);
    expect(readImage(file)?.image.packed.columns.parts).toEqual([]);
    expect(readImage(file)?.end).toBe(file.length - 'what follows'.length);
  });
});
