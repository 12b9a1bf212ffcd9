import { describe, expect, it } from '@jest/globals';
import type { DetectState } from '@kairos/decisions';
import { detectStateCodec } from './flat-state-codec.ts';

const said = { event: 'Product Added', properties: '{"sku":"é"}' };
const arm = { messageId: 'm1', atMs: 1_780_000_000_000, traceparent: null };
/** What a type keeps of its own has a shape that the codec does not know. */
const own = { type: 'event' as const, untilMs: null, seen: [{ é: 1 }] };
const state: DetectState = {
  triggers: {
    'cart-left': {
      open: [{ key: 'c1', arms: [arm, { ...arm, traceparent: '00-a-b-01' }], count: 9, said, dueAtMs: 5, graceMs: 0 }],
      idle: null,
      cancels: [{ key: '', atMs: 1, messageId: 'm0', untilMs: 2 }],
      fired: [
        {
          key: 'c0',
          candidateId: 'x',
          firedAtMs: 1,
          dueAtMs: 1,
          lastArmAtMs: -1,
          expiresAtMs: 3,
          isOpen: true,
          untilMs: null,
        },
      ],
      own: null,
      suspension: { suspendedAtMs: 1, resumedAtMs: null, untilMs: 2 },
    },
    'gone-quiet': {
      open: [],
      idle: { last: arm, said, forMs: 7, timerAtMs: 8 },
      cancels: [],
      fired: [],
      own: null,
      suspension: null,
    },
    'looked-twice': { open: [], idle: null, cancels: [], fired: [], own, suspension: null },
  },
  profile: '{"firstName":"Ada"}',
  segments: ['vip'],
};

describe('the detector’s state as bytes', () => {
  it('comes back as it was, whatever it holds', () => {
    const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
    expect(plain(detectStateCodec.decode(detectStateCodec.encode(state)))).toEqual(plain(state));
    const more = { ...state, waitsFor: ['anon:1'] };
    expect(plain(detectStateCodec.decode(detectStateCodec.encode(more)))).toEqual(plain(more));
  });

  it('takes less room than JSON, and the same state gives the same bytes', () => {
    const bytes = detectStateCodec.encode(state);
    expect(bytes.length).toBeLessThan(JSON.stringify(state).length / 2);
    expect(Buffer.from(detectStateCodec.encode(detectStateCodec.decode(bytes))).equals(Buffer.from(bytes))).toBe(true);
  });

  it('says so when another version wrote it', () => {
    expect(() => detectStateCodec.decode(Buffer.from('{"triggers":{}}'))).toThrow('written by another version');
  });
});
