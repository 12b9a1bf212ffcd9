import { describe, expect, it } from '@jest/globals';
import type { CompiledPlaybook } from '../compile-types.ts';
import { detect } from './detect.ts';
import type { DetectState } from './detect-state.ts';
import { detectTime } from './detect-time.ts';
import {
  cartLeft,
  eventOf,
  type Happening,
  HOUR,
  inactiveFor,
  named,
  playbookOf,
  T0,
  triggerOf,
} from './detector.fixture.ts';
import { TriggerStates } from './trigger-states.ts';

const many = Array.from({ length: 40 }, (_, at) => at);
const watching = { type: 'profileChange', path: 'traits.plan', from: null, to: null } as const;
const forty = {
  left: many.map((at) => triggerOf(cartLeft(), { id: `left-${at}` })),
  plan: many.map((at) => triggerOf(watching, { id: `plan-${at}` })),
  quiet: many.map((at) => triggerOf(inactiveFor((at + 1) * HOUR), { id: `quiet-${at}` })),
};
const all = playbookOf(...forty.left, ...forty.plan, ...forty.quiet);

const after = (playbook: CompiledPlaybook, ...happenings: readonly Happening[]): DetectState | undefined => {
  let state: DetectState | undefined;
  for (const happening of happenings) {
    state = detect(state, eventOf(happening), { playbook, timeMs: -1, traceparent: null }).state;
  }
  return state;
};
const of = (state: DetectState | undefined): TriggerStates => TriggerStates.of(state?.triggers);
const profile = { traits: { plan: 'gold' } };

describe('what many triggers remember alike', () => {
  it('is remembered once: what cancels them, the value that they watch, and when the person was last active', () => {
    const { stored, held, active, shared, size } = of(after(all, { name: 'Order Completed', atMs: T0, profile }));
    expect([stored, held]).toEqual([null, []]);
    expect(shared.list.map(({ ids }) => ids.length).sort()).toEqual([40, 40]);
    expect(active?.clocks).toHaveLength(40);
    expect(size).toBe(120);
  });

  it('is remembered apart by whoever remembers more, until that is the same again', () => {
    const added = { name: 'Product Added', atMs: T0, profile };
    const ordered = { name: 'Order Completed', atMs: T0 + HOUR, profile };
    const [left] = forty.left;
    const playbook = playbookOf(...forty.left.slice(1), {
      ...left,
      when: cartLeft({ events: named('Cart Viewed') }),
    } as never);
    const armed = of(after(playbook, { ...ordered, atMs: T0 - HOUR }, added));
    expect(armed.held.map(({ id }) => id)).toHaveLength(39);
    expect(of(after(playbook, { ...ordered, atMs: T0 - HOUR }, added, ordered)).held).toEqual([]);
  });

  it('is let go together when it has ended', () => {
    const playbook = playbookOf(...forty.left);
    const state = after(playbook, { name: 'Order Completed', atMs: T0 });
    expect(state).toBeDefined();
    if (state === undefined) return;
    expect(detectTime(state, 'user:1', { playbook, timeMs: T0 + 24 * HOUR - 1 }).state).toBeDefined();
    expect(detectTime(state, 'user:1', { playbook, timeMs: T0 + 24 * HOUR }).state).toBeUndefined();
  });
});
