import { describe, expect, it } from '@jest/globals';
import type { TraceEntry, TriggerLook } from '@kairos/decisions';
import { aboutTrigger, linesOf, linesOfNow } from './show-entry.ts';

const T0 = Date.UTC(2026, 5, 3, 10);
const welcome: TriggerLook = {
  triggerId: 'welcome',
  type: 'event',
  verdict: 'noMatch',
  roles: [
    {
      role: 'starts',
      holds: false,
      where: 'profile.orderCount == 1',
      why: ['profile.orderCount == 1 is not true: profile.orderCount was 3'],
    },
  ],
  outcomes: [],
  says: [],
};
const cartLeft: TriggerLook = {
  ...welcome,
  triggerId: 'cart-left',
  verdict: 'ended',
  roles: [],
  says: ['ends its wait (c1)'],
};
const waits = {
  kind: 'trigger',
  id: 'cart-left',
  key: 'c1',
  dueAtMs: T0 + 3_600_000,
  graceMs: 0,
  sinceMs: T0,
  what: 'after Product Added',
} as const;
const entry: TraceEntry = {
  kind: 'event',
  atMs: T0,
  title: 'Order Completed',
  occurredAtMs: T0 - 60_000,
  messageId: 'm1',
  playbookVersion: 'v1',
  looks: [cartLeft, welcome],
  notConcerned: 3,
  says: [],
  pending: [waits],
  zone: 'Europe/Berlin',
};

describe('an entry on the terminal', () => {
  it('says when, what, how each trigger looked, and why nothing came of it', () => {
    expect(linesOf(entry)).toEqual([
      '2026-06-03T10:00:00.000Z  Order Completed, happened 2026-06-03T09:59:00.000Z',
      '    ■ cart-left ended',
      '        ends its wait (c1)',
      '    ✗ welcome did not match',
      '        profile.orderCount == 1 is not true: profile.orderCount was 3',
      '    3 other triggers do not look at events of this name',
    ]);
  });

  it('shows one trigger alone, and nothing of what it did not look at', () => {
    expect(aboutTrigger(entry, 'welcome')).toMatchObject({ looks: [{ triggerId: 'welcome' }], pending: [] });
    expect(aboutTrigger(entry, 'win-back')).toBe(null);
  });

  it('tells in the end what waits until when, by the person’s own clock', () => {
    const now = { timeMs: T0, playbookVersion: 'abcdef', pending: entry.pending, zone: entry.zone };
    expect(linesOfNow(now, T0)).toEqual([
      'Waiting: the log stands at 2026-06-03 12:00 Europe/Berlin, playbook abcdef',
      '    … cart-left (c1) due 2026-06-03 13:00:00 Europe/Berlin, in 1 hour: after Product Added',
    ]);
    expect(linesOfNow({ ...now, pending: [], timeMs: -1, playbookVersion: '' }, T0)).toEqual([
      'Nothing waits. the log has no time yet, no playbook is active',
    ]);
  });
});
