import { describe, expect, it } from '@jest/globals';
import { explainReason } from '@kairos/contracts';
import {
  cap,
  company,
  cooldown,
  DAY_MS,
  fates,
  HOUR_MS,
  happened,
  Life,
  message,
  NOON_MS,
  numbersOf,
  PERSON,
  playbook,
  proposed,
  reached,
  reported,
  trigger,
  withdrawn,
} from './arbitration.fixture.ts';

const AFTER_WINDOW_MS = NOON_MS + 1000;

describe('competition', () => {
  it('two triggers in one millisecond under a cap of 1: the higher priority is chosen, the other deferred with the winner named', () => {
    for (const order of [
      ['low', 'high'],
      ['high', 'low'],
    ]) {
      const life = new Life(playbook([cap('one-a-week', 1)]));
      expect(life.meet(...order.map((id) => proposed(id)))).toEqual([]);
      const told = life.tick(AFTER_WINDOW_MS);
      expect(told.map(({ text }) => text)).toEqual([
        'send high by email',
        'high chosen email',
        'low deferred OUTRANKED',
      ]);
      expect(numbersOf(told, 'low')).toEqual({
        winner: 'high',
        winnerCandidateId: 'high-1',
        winnerMessage: 'hello',
        gap: 70,
        rule: 'one-a-week',
        ruleVersion: 'one-a-week-v1',
        count: 1,
        limit: 1,
        windowMs: 7 * DAY_MS,
        takenBy: ['high'],
        resetsAt: '2026-07-08 12:00 Europe/Berlin',
        resetsAtMs: AFTER_WINDOW_MS + 7 * DAY_MS,
      });
      expect(explainReason('OUTRANKED', numbersOf(told, 'low'))).toBe('high came first: it is ahead by 70.');
      const loser = told.at(-1)?.output.value;
      expect(loser).toMatchObject({
        gate: 'priority',
        gatesPassed: ['expiry', 'live', 'channel', 'consent', 'topic', 'block', 'cap', 'cooldown', 'quietHours'],
        score: '{"priority":20}',
        nextEligibleAtMs: AFTER_WINDOW_MS + 7 * DAY_MS,
        number: 1,
      });
    }
  });

  it('drops the loser when the rule says drop', () => {
    const life = new Life(playbook([cap('one-a-week', 1, { onBreach: 'drop' })]));
    life.meet(proposed('low'), proposed('high'));
    expect(fates(life.tick(AFTER_WINDOW_MS))).toEqual(['high chosen email', 'low dropped OUTRANKED']);
  });

  it('ties go by trigger, then by candidate, never by arrival', () => {
    const book = playbook([cap('one-a-week', 1), trigger('a'), trigger('b')]);
    const candidates = [
      proposed('b', { candidateId: '1' }),
      proposed('a', { candidateId: '3' }),
      proposed('a', { candidateId: '2' }),
    ];
    for (const order of [candidates, [...candidates].reverse()]) {
      const life = new Life(book);
      life.meet(...order);
      const [sent] = life.tick(AFTER_WINDOW_MS);
      expect(sent?.output.value).toMatchObject({ message: { candidateId: '2' } });
    }
  });

  it('sends both when caps and cooldowns have room for both: there is no hidden rule of one per window', () => {
    const life = new Life(playbook([cap('two-a-week', 2)]));
    life.meet(proposed('low'), proposed('high'));
    expect(fates(life.tick(AFTER_WINDOW_MS))).toEqual(['high chosen email', 'low chosen email']);
  });

  it('a cooldown in the same window names the winner too', () => {
    const life = new Life(playbook([cooldown('pause', 16 * HOUR_MS)]));
    life.meet(proposed('low'), proposed('mid'));
    const told = life.tick(AFTER_WINDOW_MS);
    expect(fates(told)).toEqual(['mid chosen email', 'low deferred OUTRANKED']);
    expect(numbersOf(told, 'low')).toMatchObject({ winner: 'mid', gap: 30, rule: 'pause' });
  });

  it('a candidate joins the window that is open; it closes once for all in it', () => {
    const life = new Life(playbook([cap('one-a-week', 1)]));
    life.meet(proposed('low'));
    life.tick(NOON_MS + 500);
    life.meet(proposed('high', { proposedAtMs: NOON_MS + 900 }));
    expect(fates(life.tick(AFTER_WINDOW_MS))).toEqual(['high chosen email', 'low deferred OUTRANKED']);
  });

  it('marketing waits for its window and staff and service do not', () => {
    const book = playbook([
      trigger('receipt', { purpose: 'service', send: 'receipt' }),
      message('receipt', ['email'], { purpose: 'service' }),
      trigger('lead', { audienceRole: 'staff:sales', send: 'call' }),
      message('call', ['task']),
    ]);
    const life = new Life(book);
    expect(fates(life.meet(proposed('mid')))).toEqual([]);
    expect(fates(life.meet(proposed('receipt', { purpose: 'service', messageId: 'receipt' })))).toEqual([
      'receipt chosen email',
    ]);
    expect(fates(life.meet(proposed('lead', { audience: 'staff:sales', messageId: 'call' })))).toEqual([
      'lead chosen task',
    ]);
  });
});

describe('repeats and withdrawals', () => {
  it('the same proposal twice has one effect, while it waits and after it was decided', () => {
    const life = new Life(playbook());
    life.meet(proposed('mid'), proposed('mid'));
    expect(fates(life.tick(AFTER_WINDOW_MS))).toEqual(['mid chosen email']);
    expect(life.meet(proposed('mid'))).toEqual([]);
    expect(life.tick(NOON_MS + 10 * DAY_MS)).toEqual([]);
  });

  it('a withdrawal before the choice drops the candidate with its code, and it never comes back', () => {
    const life = new Life(playbook());
    life.meet(proposed('mid'));
    expect(fates(life.meet(withdrawn('mid-1', NOON_MS + 10)))).toEqual(['mid withdrawn GOAL_REACHED']);
    expect([...life.meet(proposed('mid')), ...life.tick(AFTER_WINDOW_MS)]).toEqual([]);
  });

  it('a withdrawal after the choice is passed on once, and not after the hand-over', () => {
    const life = new Life(playbook());
    life.meet(proposed('mid'), proposed('low'));
    life.tick(AFTER_WINDOW_MS);
    expect(life.meet(withdrawn('mid-1', NOON_MS + 2000)).map(({ text }) => text)).toEqual(['take back mid-1']);
    expect(life.meet(withdrawn('mid-1', NOON_MS + 2000))).toEqual([]);
    life.meet(reported('low-1', 'accepted'));
    expect(life.meet(withdrawn('low-1', NOON_MS + 2000))).toEqual([]);
    expect(life.meet(withdrawn('never-was', NOON_MS))).toEqual([]);
  });
});

describe('holdouts', () => {
  it('are applied last: a held person gets HOLDOUT only where a send would have happened, and reserves nothing', () => {
    const book = playbook([company({ globalHoldoutPercent: 100 }), cap('one-a-week', 1)]);
    const held = new Life(book);
    held.meet(proposed('high'), proposed('low'));
    const told = held.tick(AFTER_WINDOW_MS);
    expect(fates(told)).toEqual(['high dropped HOLDOUT', 'low dropped HOLDOUT']);
    expect(numbersOf(told, 'high')).toEqual({ group: 'global', percent: 100 });
    expect(told[0]?.output.value).toMatchObject({ gate: 'holdout', gatesPassed: expect.arrayContaining(['priority']) });
    expect(held.state?.sends).toEqual([]);
    const noConsent = new Life(book, [reached({ consent: [] })]);
    noConsent.meet(proposed('high'));
    expect(fates(noConsent.tick(AFTER_WINDOW_MS))).toEqual(['high dropped NO_CONSENT']);
  });

  it('of a trigger stick to the person, and leave the room to the next candidate', () => {
    const life = new Life(playbook([cap('one-a-week', 1)]));
    life.meet(proposed('high', { holdoutPercent: 100 }), proposed('low'));
    const told = life.tick(AFTER_WINDOW_MS);
    expect(fates(told)).toEqual(['high dropped HOLDOUT', 'low chosen email']);
    expect(numbersOf(told, 'high')).toEqual({ group: 'trigger:high', percent: 100 });
  });
});

describe('what is remembered', () => {
  it('fits what rules need, and an empty person is forgotten', () => {
    const life = new Life(playbook([cap('one-a-week', 1)]), []);
    life.meet(proposed('mid'));
    life.tick(AFTER_WINDOW_MS);
    expect(life.state?.decided).toHaveLength(1);
    life.timeMs = NOON_MS + 60 * DAY_MS;
    life.meet(happened('Anything', life.timeMs));
    expect(life.state).toBeUndefined();
  });

  it('freezes on the send all that the template and the channel need', () => {
    const life = new Life(playbook());
    life.meet(proposed('mid'));
    expect(life.tick(AFTER_WINDOW_MS)[0]?.output).toMatchObject({
      topic: 'messages.chosen',
      personId: PERSON,
      value: {
        origin: null,
        withdrawal: null,
        message: {
          candidateId: 'mid-1',
          channel: 'email',
          address: 'ada@example.com',
          purpose: 'marketing',
          profile: '{"firstName":"Ada"}',
          evidence: '{"event":"Seen"}',
          zone: 'Europe/Berlin',
          chosenAtMs: AFTER_WINDOW_MS,
          playbookOffset: 7,
          playbookVersion: 'v1',
        },
      },
    });
  });
});
