import { describe, expect, it } from '@jest/globals';
import type { ChosenMessage } from '@kairos/contracts';
import { conclude, decide, delayMs, isSuppressed, reportOf } from './core.ts';
import type { Facts, LedgerEntry } from './ports.ts';
import { chosenMessage } from './testing/chosen.ts';

const retry = { maxAttempts: 4, firstDelayMs: 1_000, maxDelayMs: 10_000 };
const nothingKnown: Facts = { withdrawnCode: null, suppression: null };
const NOW = 1_000_000;

const entry = (over: Partial<LedgerEntry> = {}, message: Partial<ChosenMessage> = {}): LedgerEntry => ({
  message: chosenMessage({ chosenAtMs: NOW, expiresAtMs: NOW + 60_000, ...message }),
  state: 'claimed',
  attempt: 0,
  deliver: null,
  unclear: false,
  traceparent: null,
  ...over,
});
const outcomeOf = (verdict: ReturnType<typeof decide>) =>
  verdict.do === 'settle' ? `${verdict.settlement.outcome} ${verdict.settlement.code}` : verdict.do;

describe('the last decision before a hand-over', () => {
  it('sends what is claimed and nothing stands against', () => {
    expect(outcomeOf(decide(entry(), nothingKnown, NOW))).toBe('send');
  });

  it('never sends at or past the expiry', () => {
    expect(outcomeOf(decide(entry(), nothingKnown, NOW + 59_999))).toBe('send');
    expect(outcomeOf(decide(entry(), nothingKnown, NOW + 60_000))).toBe('expired EXPIRED');
  });

  it('drops what was withdrawn, with the code of the withdrawal', () => {
    const facts = { ...nothingKnown, withdrawnCode: 'GOAL_REACHED' };
    expect(outcomeOf(decide(entry(), facts, NOW))).toBe('withdrawn GOAL_REACHED');
    expect(outcomeOf(decide(entry(), { ...facts, withdrawnCode: 'a newer code' }, NOW))).toBe('withdrawn EXITED');
  });

  it('drops marketing of somebody who unsubscribed, and nothing else', () => {
    const facts = { ...nothingKnown, suppression: { suppressedAtMs: NOW, homeAtMs: null } };
    expect(outcomeOf(decide(entry(), facts, NOW))).toBe('withdrawn UNSUBSCRIBED');
    expect(outcomeOf(decide(entry({}, { purpose: 'service' }), facts, NOW))).toBe('send');
    expect(outcomeOf(decide(entry({}, { audience: 'staff:sales' }), facts, NOW))).toBe('send');
  });

  it('leaves consent to arbitration a minute after the unsubscribe has come home, and not before', () => {
    const message = chosenMessage({ chosenAtMs: NOW + 120_000 });
    expect(isSuppressed(message, { suppressedAtMs: NOW, homeAtMs: null })).toBe(true);
    expect(isSuppressed(message, { suppressedAtMs: NOW, homeAtMs: NOW + 60_001 })).toBe(true);
    expect(isSuppressed(message, { suppressedAtMs: NOW, homeAtMs: NOW + 60_000 })).toBe(false);
  });

  it('finds a message in the middle of its call: at most once is unknown, at least once is repeated', () => {
    const found = { state: 'calling', attempt: 1 } as const;
    expect(outcomeOf(decide(entry({ ...found, deliver: 'atMostOnce' }), nothingKnown, NOW))).toBe(
      'unknown HAND_OVER_UNKNOWN',
    );
    expect(outcomeOf(decide(entry({ ...found, deliver: null }), nothingKnown, NOW))).toBe('unknown HAND_OVER_UNKNOWN');
    expect(outcomeOf(decide(entry({ ...found, deliver: 'atLeastOnce' }), nothingKnown, NOW))).toBe('repeat');
  });

  it('says unknown, not expired or withdrawn, when an earlier call may have arrived', () => {
    const late = entry({ state: 'calling', attempt: 1, deliver: 'atLeastOnce' });
    expect(outcomeOf(decide(late, nothingKnown, NOW + 60_000))).toBe('unknown HAND_OVER_UNKNOWN');
    const unclear = entry({ attempt: 1, deliver: 'atLeastOnce', unclear: true });
    expect(outcomeOf(decide(unclear, { ...nothingKnown, withdrawnCode: 'EXITED' }, NOW))).toBe(
      'unknown HAND_OVER_UNKNOWN',
    );
  });
});

describe('what follows from an answer', () => {
  const called = (over: Partial<LedgerEntry> = {}) =>
    entry({ state: 'calling', attempt: 1, deliver: 'atMostOnce', ...over });
  const after = (one: LedgerEntry, answer: Parameters<typeof conclude>[1]) =>
    conclude(one, answer, { nowMs: NOW, retry });

  it('accepted and rejected are ends', () => {
    expect(after(called(), { kind: 'accepted', providerId: 'p1' })).toMatchObject({
      settlement: { state: 'sent', outcome: 'accepted', code: null, providerId: 'p1', attempt: 1 },
    });
    expect(after(called(), { kind: 'rejected', code: 'PROVIDER_REJECTED', detail: '' })).toMatchObject({
      settlement: { state: 'failed', outcome: 'failed', code: 'PROVIDER_REJECTED' },
    });
  });

  it('an unclear call is never repeated at most once, and repeated at least once', () => {
    const answer = { kind: 'unclear', detail: '' } as const;
    expect(after(called(), answer)).toMatchObject({ settlement: { state: 'unknown', code: 'HAND_OVER_UNKNOWN' } });
    expect(after(called({ deliver: 'atLeastOnce' }), answer)).toMatchObject({ do: 'again', attempt: 1, unclear: true });
  });

  it('tries again with growing pauses, as late as the provider asks, and within the bound and the expiry', () => {
    const answer = { kind: 'again', afterMs: null, detail: '' } as const;
    const first = after(called(), answer);
    const second = after(called({ attempt: 2 }), answer);
    if (first.do !== 'again' || second.do !== 'again') throw new Error('both are tried again');
    expect(first.dueAtMs - NOW).toBeGreaterThanOrEqual(1_000);
    expect(second.dueAtMs - NOW).toBeGreaterThanOrEqual(2_000);
    expect(after(called(), { ...answer, afterMs: 20_000 })).toMatchObject({ do: 'again', dueAtMs: NOW + 20_000 });
    const exhausted = { settlement: { state: 'failed', code: 'RETRIES_EXHAUSTED' } };
    expect(after(called({ attempt: 4 }), answer)).toMatchObject(exhausted);
    expect(after(called(), { ...answer, afterMs: 60_000 })).toMatchObject(exhausted);
  });

  it('a pause that the provider asked for does not count as a call', () => {
    expect(after(called({ attempt: 3 }), { kind: 'held', afterMs: 500 })).toEqual({
      do: 'again',
      dueAtMs: NOW + 500,
      attempt: 2,
      unclear: false,
    });
  });

  it('ends as unknown when a later call is refused and an earlier one may have arrived', () => {
    const one = called({ deliver: 'atLeastOnce', unclear: true, attempt: 4 });
    expect(after(one, { kind: 'rejected', code: 'PROVIDER_REJECTED', detail: '' })).toMatchObject({
      settlement: { state: 'unknown' },
    });
    expect(after(one, { kind: 'again', afterMs: null, detail: '' })).toMatchObject({
      settlement: { state: 'unknown' },
    });
  });

  it('pauses are the same in a replay, differ between messages, and are capped', () => {
    expect(delayMs('a', 1, retry)).toBe(delayMs('a', 1, retry));
    expect(delayMs('a', 1, retry)).not.toBe(delayMs('b', 1, retry));
    expect(delayMs('a', 30, retry)).toBeLessThanOrEqual(12_500);
  });
});

it('a report of the same end has the same id, another end another one', () => {
  const sent = { state: 'sent', outcome: 'accepted', code: null, attempt: 1, providerId: null } as const;
  const { message } = entry();
  expect(reportOf(message, sent, NOW).reportId).toBe(reportOf(message, sent, NOW + 5).reportId);
  expect(reportOf(message, sent, NOW).reportId).not.toBe(reportOf(message, { ...sent, attempt: 2 }, NOW).reportId);
});
