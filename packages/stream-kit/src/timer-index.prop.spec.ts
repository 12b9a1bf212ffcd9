import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KeySlots } from './key-slots.ts';
import { TimerIndex } from './timer-index.ts';

type Command =
  | { readonly kind: 'set'; readonly key: string; readonly dueAtMs: number }
  | { readonly kind: 'remove'; readonly key: string }
  | { readonly kind: 'take'; readonly timeMs: number };

/** Few keys that are met again and again, and enough for a heap of several levels. */
const key = fc.oneof(
  fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  fc.integer({ min: 10, max: 70 }).map((number) => `k${number}`),
);
const commands = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('set' as const), key, dueAtMs: fc.nat(50) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('remove' as const), key }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('take' as const), timeMs: fc.nat(60) }) },
  ),
  { maxLength: 200 },
);

const expectedDue = (oracle: ReadonlyMap<string, number>, timeMs: number): { key: string; dueAtMs: number }[] =>
  [...oracle]
    .filter(([, due]) => due <= timeMs)
    .map(([name, dueAtMs]) => ({ key: name, dueAtMs }))
    .sort((a, b) => a.dueAtMs - b.dueAtMs || (a.key < b.key ? -1 : 1));

interface Timers {
  readonly slots: KeySlots;
  readonly index: TimerIndex;
}

const timers = (): Timers => {
  const slots = new KeySlots();
  return { slots, index: new TimerIndex(slots) };
};

const takeDue = ({ slots, index }: Timers, timeMs: number) =>
  index.takeDue(timeMs).map(({ slot, dueAtMs }) => ({ key: slots.keyAt(slot), dueAtMs }));

const obey = ({ slots, index }: Timers, oracle: Map<string, number>, command: Command): void => {
  if (command.kind === 'set') {
    index.set(command.key, command.dueAtMs);
    oracle.set(command.key, command.dueAtMs);
  } else if (command.kind === 'remove') {
    index.removeAt(slots.find(command.key));
    oracle.delete(command.key);
  } else {
    const due = expectedDue(oracle, command.timeMs);
    expect(index.hasDue(command.timeMs, due.length)).toBe(true);
    expect(index.hasDue(command.timeMs, due.length + 1)).toBe(false);
    expect(index.keysDue(command.timeMs).sort()).toEqual(due.map((one) => one.key).sort());
    expect(takeDue({ slots, index }, command.timeMs)).toEqual(due);
    for (const one of due) oracle.delete(one.key);
  }
};

describe('the timer index', () => {
  it('gives what a plain map would give: due keys in order of time, ties by key, whatever was re-armed before', () => {
    fc.assert(
      fc.property(commands, (all) => {
        const both = timers();
        const { index } = both;
        const oracle = new Map<string, number>();
        for (const command of all) {
          obey(both, oracle, command);
          expect(index.size).toBe(oracle.size);
          expect(index.earliest).toBe(oracle.size === 0 ? undefined : Math.min(...oracle.values()));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('does not grow with re-arming', () => {
    const index = new TimerIndex();
    for (let at = 0; at < 100_000; at += 1) index.set(`k${at % 10}`, at);
    expect(index.takeDue(200_000).map(({ dueAtMs }) => dueAtMs)).toEqual([
      99_990, 99_991, 99_992, 99_993, 99_994, 99_995, 99_996, 99_997, 99_998, 99_999,
    ]);
    expect(index.size).toBe(0);
  });
});
