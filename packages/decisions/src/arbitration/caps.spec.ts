import { describe, expect, it } from '@jest/globals';
import { explainReason } from '@kairos/contracts';
import {
  block,
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
  nights,
  numbersOf,
  playbook,
  proposed,
  reported,
  trigger,
  unjudged,
} from './arbitration.fixture.ts';

const AFTER_WINDOW_MS = NOON_MS + 1000;

describe('blocking periods', () => {
  it('a complaint opened while an upsell waits stops it, with the event, the rule and the end named', () => {
    const life = new Life(playbook([block('peace', 'Complaint Opened', { forMs: 14 * DAY_MS, onBreach: 'drop' })]));
    life.meet(proposed('mid'), happened('Complaint Opened', NOON_MS + 400));
    const told = life.tick(AFTER_WINDOW_MS);
    expect(fates(told)).toEqual(['mid dropped BLOCKED']);
    expect(explainReason('BLOCKED', numbersOf(told, 'mid'))).toBe(
      'After “Complaint Opened” nothing of this kind is sent until 2026-07-15 12:00 Europe/Berlin (rule peace).',
    );
  });

  it('a rule with a condition blocks only when the detector says so; a paused or deleted rule blocks no more', () => {
    const conditional = {
      ...block('peace', 'Order Returned', { forMs: DAY_MS, onBreach: 'drop' }),
      afterEvents: [{ name: 'Order Returned', where: 'properties.total > 100.0' }],
    };
    const book = playbook([conditional]);
    const small = new Life(book);
    small.meet(happened('Order Returned', NOON_MS), proposed('mid'));
    expect(fates(small.tick(AFTER_WINDOW_MS))).toEqual(['mid chosen email']);
    const large = new Life(book);
    large.meet(happened('Order Returned', NOON_MS, ['peace']), proposed('mid'), proposed('low'));
    large.book = playbook([{ ...conditional, status: 'paused' }]);
    expect(fates(large.tick(AFTER_WINDOW_MS))).toEqual(['mid chosen email', 'low chosen email']);
    large.book = book;
    large.meet(proposed('mid', { candidateId: 'c2', proposedAtMs: NOON_MS + 2000 }));
    expect(fates(large.tick(NOON_MS + 4000))).toEqual(['mid dropped BLOCKED']);
  });
});

describe('a blocking rule that fails', () => {
  const peace = (more: { purpose?: 'marketing' | 'service'; until?: string[] } = {}) => {
    const rule = block('peace', 'Order Returned', { forMs: DAY_MS, onBreach: 'drop' });
    const { purpose = 'marketing', until } = more;
    const afterEvents = [{ name: 'Order Returned', where: 'properties.total > 100.0' }];
    return { ...rule, afterEvents, scope: { ...rule.scope, purpose }, ...(until === undefined ? {} : { until }) };
  };

  it('blocks as if it had been set off, with a code and a sentence that name the rule and say that it failed', () => {
    const life = new Life(playbook([peace()]));
    life.meet(unjudged('Order Returned', NOON_MS, ['peace']), proposed('mid'));
    const told = life.tick(AFTER_WINDOW_MS);
    expect(fates(told)).toEqual(['mid dropped BLOCK_RULE_FAILED']);
    expect(explainReason('BLOCK_RULE_FAILED', numbersOf(told, 'mid'))).toBe(
      'Rule peace failed: its condition could not be evaluated on “Order Returned”, so nothing that it may block is sent until 2026-07-02 12:00 Europe/Berlin.',
    );
    life.meet(proposed('mid', { candidateId: 'c2', proposedAtMs: NOON_MS + DAY_MS }));
    expect(fates(life.tick(NOON_MS + DAY_MS + 1000))).toEqual(['mid chosen email']);
  });

  it('holds marketing of its scope, and never a service message, also where a rule of its scope would', () => {
    const service = { candidateId: 'c2', purpose: 'service', messageId: 'receipt' } as const;
    const own = [
      trigger('receipt', { purpose: 'service', send: 'receipt' }),
      message('receipt', ['email'], { purpose: 'service' }),
    ];
    for (const [rule, fate] of [
      [peace(), 'mid dropped BLOCK_RULE_FAILED'],
      [peace({ purpose: 'service' }), 'mid chosen email'],
    ] as const) {
      const life = new Life(playbook([rule, ...own]));
      life.meet(unjudged('Order Returned', NOON_MS, ['peace']), proposed('mid'));
      // What a service message says is said at once.
      expect(fates(life.meet(proposed('receipt', service)))).toEqual(['receipt chosen email']);
      expect(fates(life.tick(AFTER_WINDOW_MS))).toEqual([fate]);
      // For sure, the rule holds whatever its scope says.
      life.meet(happened('Order Returned', NOON_MS + 2, ['peace']));
      const held = rule.scope.purpose === 'service' ? 'dropped BLOCKED' : 'chosen email';
      expect(fates(life.meet(proposed('receipt', { ...service, candidateId: 'c3' })))).toEqual([`receipt ${held}`]);
    }
  });

  it('gives way to what is known for sure, and ends where a block ends', () => {
    const life = new Life(playbook([peace({ until: ['Complaint Resolved'] })]));
    life.meet(unjudged('Order Returned', NOON_MS, ['peace']), happened('Order Returned', NOON_MS, ['peace']));
    life.meet(proposed('mid'));
    expect(fates(life.tick(AFTER_WINDOW_MS))).toEqual(['mid dropped BLOCKED']);
    life.meet(happened('Complaint Resolved', NOON_MS + 5), proposed('mid', { candidateId: 'c2' }));
    expect(fates(life.tick(AFTER_WINDOW_MS + 2000))).toEqual(['mid chosen email']);
  });
});

describe('a block that an event may end', () => {
  const peace = (onBreach: 'drop' | 'defer') => ({
    ...block('peace', 'Complaint Opened', { forMs: 5 * DAY_MS, onBreach }),
    until: ['Complaint Resolved'],
  });

  it('ends with it, not with one that came before, and who waited for the end is decided at once', () => {
    const life = new Life(playbook([peace('defer')]));
    life.meet(happened('Complaint Opened', NOON_MS), happened('Complaint Resolved', NOON_MS - 1), proposed('mid'));
    expect(fates(life.tick(AFTER_WINDOW_MS))).toEqual(['mid deferred BLOCKED']);
    life.meet(happened('Complaint Resolved', AFTER_WINDOW_MS + 500));
    expect(fates(life.tick(AFTER_WINDOW_MS + 1000))).toEqual(['mid chosen email']);
  });

  it('begins again with the next complaint', () => {
    const life = new Life(playbook([peace('drop')]));
    life.meet(happened('Complaint Opened', NOON_MS), happened('Complaint Resolved', NOON_MS + 1));
    life.meet(happened('Complaint Opened', NOON_MS + 2), proposed('mid'));
    expect(fates(life.tick(AFTER_WINDOW_MS))).toEqual(['mid dropped BLOCKED']);
  });
});

describe('caps and cooldowns', () => {
  it('rolling windows are exact over midnight: 23:59 and 00:01 are two minutes apart, not two days', () => {
    const life = new Life(playbook([cap('one-a-day', 1, { rollingMs: DAY_MS })]));
    const lateMs = Date.parse('2026-07-01T21:59:00Z');
    life.meet(proposed('mid', { proposedAtMs: lateMs - 1000 }));
    expect(fates(life.tick(lateMs))).toEqual(['mid chosen email']);
    life.meet(proposed('high', { proposedAtMs: lateMs + 119_000 }));
    const told = life.tick(lateMs + 120_000);
    expect(fates(told)).toEqual(['high deferred CAP_REACHED']);
    expect(numbersOf(told, 'high')).toMatchObject({
      count: 1,
      limit: 1,
      resetsAtMs: lateMs + DAY_MS,
      takenBy: ['mid'],
    });
    life.timeMs = lateMs + DAY_MS - 1001;
    life.meet(proposed('low', { proposedAtMs: life.timeMs }));
    expect(fates(life.tick(lateMs + DAY_MS - 1))).toEqual(['low deferred CAP_REACHED']);
    expect(fates(life.tick(lateMs + DAY_MS))).toEqual(['high chosen email', 'low deferred OUTRANKED']);
  });

  it('a reserved send that failed in hand-over is released, and who waited for room is decided anew', () => {
    const life = new Life(playbook([cap('one-a-week', 1)]));
    life.meet(proposed('high'), proposed('low'));
    life.tick(AFTER_WINDOW_MS);
    expect(life.state?.sends).toMatchObject([{ candidateId: 'high-1', state: 'reserved' }]);
    life.meet(reported('high-1', 'failed'));
    expect(life.state?.sends).toMatchObject([{ candidateId: 'high-1', state: 'released' }]);
    expect(fates(life.tick(NOON_MS + 3000))).toEqual(['low chosen email']);
  });

  it.each([
    ['accepted', 'committed'],
    ['unknown', 'committed'],
    ['failed', 'released'],
    ['expired', 'released'],
    ['withdrawn', 'released'],
  ])('a hand-over reported %s leaves the reservation %s', (fate, state) => {
    const life = new Life(playbook());
    life.meet(proposed('mid'));
    life.tick(AFTER_WINDOW_MS);
    life.meet(reported('mid-1', fate), reported('mid-1', 'failed'));
    expect(life.state?.sends).toMatchObject([{ state }]);
  });

  it('a deferred message that is released into a full cap is deferred again, through every gate', () => {
    const life = new Life(playbook([cap('one-a-day', 1, { rollingMs: DAY_MS }), company({ quietHours: [nights()] })]));
    const nightMs = Date.parse('2026-07-01T20:00:00Z');
    const morningMs = Date.parse('2026-07-02T06:00:00Z');
    life.timeMs = nightMs - 1000;
    life.meet(proposed('low', { proposedAtMs: nightMs - 1000 }));
    expect(fates(life.tick(nightMs))).toEqual(['low deferred QUIET_HOURS']);
    life.timeMs = morningMs - 1000;
    life.meet(proposed('high', { proposedAtMs: morningMs - 1000 }));
    const told = life.tick(morningMs);
    expect(fates(told)).toEqual(['high chosen email', 'low deferred OUTRANKED']);
    expect(told.at(-1)?.output.value).toMatchObject({ number: 2, nextEligibleAtMs: morningMs + DAY_MS });
    expect(fates(life.tick(morningMs + DAY_MS))).toEqual(['low chosen email']);
  });

  it('a deferral that cannot end before the candidate expires is a drop at once, with the same code', () => {
    const life = new Life(playbook([cap('one-a-week', 1)]));
    life.meet(proposed('high'), proposed('low', { expiresAtMs: NOON_MS + DAY_MS }));
    const told = life.tick(AFTER_WINDOW_MS);
    expect(fates(told)).toEqual(['high chosen email', 'low dropped OUTRANKED']);
    expect(numbersOf(told, 'low')).toMatchObject({ untilAfterExpiry: true, expiresAtMs: NOON_MS + DAY_MS });
  });

  it('time that passed the expiry is EXPIRED', () => {
    const life = new Life(playbook([cooldown('pause', HOUR_MS)]));
    life.meet(proposed('high'), proposed('low', { expiresAtMs: NOON_MS + 2 * HOUR_MS }));
    life.tick(AFTER_WINDOW_MS);
    expect(fates(life.tick(NOON_MS + 3 * HOUR_MS))).toEqual(['low dropped EXPIRED']);
  });

  it('a rule without a purpose counts service messages and holds back marketing only; one for service holds them too', () => {
    const basics = [
      trigger('receipt', { purpose: 'service' as const, send: 'receipt' }),
      message('receipt', ['email'], { purpose: 'service' as const }),
    ];
    const receipt = { purpose: 'service', messageId: 'receipt' };
    const records = [
      proposed('receipt', receipt),
      proposed('receipt', { ...receipt, candidateId: 'r2' }),
      proposed('mid'),
    ];
    const any = new Life(playbook([cap('any', 1, { scope: { purpose: null } }), ...basics]));
    any.meet(...records);
    any.tick(AFTER_WINDOW_MS);
    expect(fates(any.told)).toEqual(['receipt chosen email', 'receipt chosen email', 'mid deferred CAP_REACHED']);
    const service = new Life(playbook([cap('few', 1, { scope: { purpose: 'service' } }), ...basics]));
    service.meet(...records);
    service.tick(AFTER_WINDOW_MS);
    expect(fates(service.told)).toEqual(['receipt chosen email', 'receipt deferred CAP_REACHED', 'mid chosen email']);
  });

  it('a rule that appears in mid-window counts what was sent before it', () => {
    const life = new Life(playbook());
    life.meet(proposed('high'));
    life.tick(AFTER_WINDOW_MS);
    life.book = playbook([cap('one-a-week', 1)]);
    life.meet(proposed('low', { proposedAtMs: NOON_MS + HOUR_MS }));
    expect(fates(life.tick(NOON_MS + 2 * HOUR_MS))).toEqual(['low deferred CAP_REACHED']);
  });
});

describe('what the playbook no longer wants', () => {
  it('stops with its reason: trigger paused or deleted, campaign ended, message paused or missing', () => {
    const cases: [string, ReturnType<typeof playbook>][] = [
      ['STOPPED_BY_OPERATOR', playbook([trigger('mid', { status: 'paused' })])],
      ['NO_LONGER_ELIGIBLE', playbook([trigger('mid', { activeToMs: NOON_MS + 500 })])],
      ['STOPPED_BY_OPERATOR', playbook([message('hello', ['email'], { status: 'paused' })])],
      ['MESSAGE_MISSING', playbook([message('hello', ['email'], { status: 'draft' })])],
    ];
    for (const [code, later] of cases) {
      const life = new Life(playbook());
      life.meet(proposed('mid'));
      life.book = later;
      expect(fates(life.tick(AFTER_WINDOW_MS))).toEqual([`mid dropped ${code}`]);
    }
  });

  it('without a playbook nothing is sent', () => {
    const life = new Life(playbook());
    const before = life.state;
    Object.defineProperty(life, 'context', {
      get: () => ({ timeMs: NOON_MS, playbook: undefined, playbookVersion: '', playbookOffset: -1 }),
    });
    expect(fates(life.meet(proposed('mid')))).toEqual(['mid dropped MESSAGE_MISSING']);
    expect(before?.contact?.email).toBe('ada@example.com');
  });
});
