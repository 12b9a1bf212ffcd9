import { describe, expect, it } from '@jest/globals';
import { type Firing, type StoryEntry, TimerCheck } from './timers.ts';

const rule = { triggerId: 'cart-left', withinMs: 5_000, graceMs: 1_000 };
const person = 'user:ann';
const arm = (offset: number, atMs: number, instance = 'c1'): StoryEntry => ({
  ...{ kind: 'arm', offset, person, instance, messageId: `m${offset}`, atMs, loggedAtMs: atMs },
});
const cancel = (offset: number, atMs: number, instance = 'c1'): StoryEntry => ({
  ...{ kind: 'cancel', offset, person, instance, messageId: `m${offset}`, atMs, loggedAtMs: atMs },
});
const time = (offset: number, timeMs: number): StoryEntry => ({ kind: 'time', offset, timeMs });
const firing = (armedBy: string, atOffset: number): Firing => ({ person, armedBy, atOffset });

function judge(story: readonly StoryEntry[], firings: readonly Firing[]) {
  const check = new TimerCheck(rule);
  check.partition('events.enriched/0', story, firings);
  return check.result('it').findings.map(({ fault }) => fault);
}

describe('timers against a model of their own', () => {
  const story = [arm(0, 1_000), time(1, 6_900), time(2, 7_000), time(3, 8_000)];

  it('wants a firing at the first time record that has passed window and grace, and no other', () => {
    expect(judge(story, [firing('m0', 2)])).toEqual([]);
    expect(judge([arm(0, 1_000), time(1, 60_000)], [firing('m0', 1)])).toEqual([]);
  });

  it('finds a firing that came early', () => {
    expect(judge(story, [firing('m0', 1)])).toEqual(['early']);
  });

  it('finds a timer that never fired, and one that fired late', () => {
    expect(judge(story, [])).toEqual(['missed']);
    expect(judge(story, [firing('m0', 3)])).toEqual(['missed']);
  });

  it('finds a timer that fired twice', () => {
    expect(judge(story, [firing('m0', 2), firing('m0', 3)])).toEqual(['doubled']);
  });

  it('finds a firing against an order that stands in the log, whichever of the two came first', () => {
    expect(judge([arm(0, 1_000), cancel(1, 3_000), time(2, 9_000)], [])).toEqual([]);
    expect(judge([arm(0, 1_000), cancel(1, 3_000), time(2, 9_000)], [firing('m0', 2)])).toEqual(['early']);
    expect(judge([cancel(0, 3_000), arm(1, 1_000), time(2, 9_000)], [firing('m1', 2)])).toEqual(['early']);
  });

  it('starts the window anew when something is added again, and keeps instances apart', () => {
    const again = [arm(0, 1_000), arm(1, 4_000), arm(2, 1_000, 'c2'), time(3, 7_000), time(4, 10_000)];
    expect(judge(again, [firing('m2', 3), firing('m0', 4)])).toEqual([]);
    expect(judge(again, [firing('m2', 3), firing('m0', 3)])).toEqual(['early']);
  });

  it('wants no second firing for what happened before the due time of a firing and comes after it', () => {
    const late = { ...arm(2, 3_000), loggedAtMs: 7_500 };
    const next = { ...arm(2, 6_000), loggedAtMs: 7_500 };
    expect(judge([arm(0, 1_000), time(1, 7_000), late, time(3, 20_000)], [firing('m0', 1)])).toEqual([]);
    expect(judge([arm(0, 1_000), time(1, 7_000), late, time(3, 20_000)], [firing('m0', 1), firing('m2', 3)])).toEqual([
      'early',
    ]);
    expect(judge([arm(0, 1_000), time(1, 7_000), next, time(3, 20_000)], [firing('m0', 1)])).toEqual(['missed']);
  });

  it('knows who has armed it by when it happened, not by the order on the log', () => {
    const rehomed = [arm(5, 1_000), { ...arm(4, 1_000), offset: 6 }, time(7, 9_000)];
    expect(judge(rehomed, [firing('m4', 7)])).toEqual([]);
  });

  it('lets nobody fire who waits for an old person’s story, and all that is due at the first time after', () => {
    const waits = (offset: number, isWaiting: boolean): StoryEntry => ({ kind: 'waits', offset, person, isWaiting });
    const held = [arm(0, 1_000), waits(1, true), time(2, 9_000), waits(3, false), time(4, 10_000)];
    expect(judge(held, [firing('m0', 4)])).toEqual([]);
    expect(judge(held, [firing('m0', 2)])).toEqual(['early']);
  });

  it('finds time that has overtaken an event', () => {
    expect(judge([time(0, 5_000), arm(1, 4_999), time(2, 20_000)], [firing('m1', 2)])).toEqual(['early']);
  });
});
