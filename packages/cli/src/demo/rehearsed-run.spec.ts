import { describe, expect, it } from '@jest/globals';
import type { MessageDecided } from '@kairos/contracts';
import type { RunFacts } from './facts.ts';
import { compareWithRehearsal } from './rehearsed-run.ts';

const NOON_MS = Date.UTC(2026, 10, 30, 12);

const decided = (numbers: object, over: Partial<MessageDecided> = {}): MessageDecided => ({
  origin: null,
  decisionId: 'd1',
  number: 1,
  candidateId: 'c1',
  firingId: 'f1',
  personId: 'user:1',
  triggerId: 'cart-left',
  messageId: 'cart-reminder',
  channel: 'email',
  audience: 'customer',
  purpose: 'marketing',
  fate: 'dropped',
  code: 'CAP_REACHED',
  gate: 'cap',
  numbers: JSON.stringify(numbers),
  gatesPassed: ['live', 'expiry'],
  score: '60',
  decidedAtMs: NOON_MS,
  proposedAtMs: NOON_MS,
  playbookVersion: 'v1',
  nextEligibleAtMs: null,
  handOver: null,
  ...over,
});

const differences = (rehearsed: MessageDecided, live: MessageDecided) =>
  compareWithRehearsal(
    { detected: [], decided: [rehearsed] },
    {
      identified: new Set(),
      fired: [],
      notStarted: [],
      journeys: [],
      finalDecisions: new Map(),
      decisions: [live],
      reports: new Map(),
    } satisfies RunFacts,
    NOON_MS + 60_000,
  );

describe('live against rehearsal', () => {
  it('a moment that follows from when the tick came may differ, and with it the minute that stands beside it', () => {
    const before = { count: 2, resetsAtMs: NOON_MS - 1, resetsAt: '2026-11-30 12:59 Europe/Berlin' };
    const after = { count: 2, resetsAtMs: NOON_MS, resetsAt: '2026-11-30 13:00 Europe/Berlin' };
    expect(differences(decided(before), decided(after, { decidedAtMs: NOON_MS + 80 }))).toEqual([]);
  });

  it.each<[string, object, Partial<MessageDecided>]>([
    ['number', { count: 3 }, {}],
    ['text', { count: 2, zone: 'Europe/Rome' }, {}],
    ['fate', { count: 2 }, { fate: 'deferred' }],
    ['gate', { count: 2 }, { gatesPassed: ['live'] }],
  ])('a different %s is told, once from each side', (_what, numbers, over) => {
    expect(differences(decided({ count: 2 }), decided(numbers, over)).map((text) => text.split(':')[0])).toEqual([
      'the rehearsal decides, and the house did not',
      'the house did, and the rehearsal does not',
    ]);
  });
});
