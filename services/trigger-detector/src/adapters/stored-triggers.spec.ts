import { expect, it } from '@jest/globals';
import {
  type DetectState,
  detectDueAtMs,
  EMPTY_TRIGGER,
  type TriggerState,
  TriggerStates,
  triggerDueAtMs,
} from '@kairos/decisions';
import { detectStateCodec } from './flat-state-codec.ts';

const IDS = ['a', 'b', 'c', 'd', 'Ω', '__proto__', 'constructor'] as const;
const FIRST_MS = 1_780_000_000_000;

/** The same numbers in every run. */
const drawing = (seed: number) => {
  let state = seed;
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
};
type Draw = ReturnType<typeof drawing>;

const listOf = <T>(draw: Draw, most: number, make: () => T): T[] => Array.from({ length: draw(most + 1) }, make);
const textOf = (draw: Draw): string => ['', 'c1', 'ü', 'x'.repeat(300)][draw(4)] ?? '';

/** Now and then nothing: the trigger is let go. */
const triggerState = (draw: Draw): TriggerState => {
  if (draw(5) === 0) return EMPTY_TRIGGER;
  const atMs = FIRST_MS + draw(9_000_000);
  return {
    open: listOf(draw, 2, () => ({
      key: textOf(draw),
      arms: [{ messageId: textOf(draw), atMs, traceparent: null }],
      count: 1 + draw(9),
      said: { event: 'Product Added', properties: textOf(draw) },
      dueAtMs: atMs + draw(90_000),
      graceMs: draw(9),
    })),
    idle: null,
    cancels: listOf(draw, 2, () => ({ key: textOf(draw), atMs, messageId: textOf(draw), untilMs: atMs + draw(9) })),
    fired: [],
    own: draw(2) === 0 ? null : { type: 'event', untilMs: atMs },
    suspension: null,
  };
};

const stateOf = (triggers: TriggerStates): DetectState => ({ triggers, profile: '{"a":1}', segments: ['s'] });
const encoded = (triggers: TriggerStates): Buffer => Buffer.from(detectStateCodec.encode(stateOf(triggers)));
const again = (triggers: TriggerStates): TriggerStates => {
  const state = detectStateCodec.decode(encoded(triggers)) as DetectState;
  expect(state).toMatchObject({ profile: '{"a":1}', segments: ['s'] });
  return TriggerStates.of(state.triggers);
};

it('states of triggers are the same, byte for byte, however often they lay encoded between two changes', () => {
  for (let seed = 0; seed < 1_000; seed += 1) {
    const draw = drawing(seed);
    let kept = TriggerStates.none;
    let cut = TriggerStates.none;
    const plain = new Map<string, TriggerState>();
    for (let left = draw(14); left > 0; left -= 1) {
      const id = IDS[draw(IDS.length)] ?? 'a';
      const state = triggerState(draw);
      kept = kept.with(id, state);
      cut = cut.with(id, state);
      if (draw(2) === 0) cut = again(cut);
      if (TriggerStates.none.with(id, state).isEmpty) plain.delete(id);
      else plain.set(id, state);
    }
    expect(encoded(cut).equals(encoded(kept))).toBe(true);
    expect([...cut.ids()].sort()).toEqual([...plain.keys()].sort());
    expect(cut.size).toBe(plain.size);
    for (const id of [...IDS, 'toString']) expect(cut.get(id)).toEqual(plain.get(id));
    const dues = [...plain.values()].flatMap((state) => triggerDueAtMs(state) ?? []);
    if (dues.length > 0) expect(detectDueAtMs(stateOf(cut))).toBe(Math.min(...dues));
    expect(detectDueAtMs(stateOf(cut))).toBe(detectDueAtMs(stateOf(kept)));
    expect(JSON.stringify(cut)).toBe(JSON.stringify(kept));
  }
});
