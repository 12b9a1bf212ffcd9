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
        gatesPassed: ['expiry', 'live', 'channel', 'consent', 'block', 'cap', 'cooldown', 'quietHours'],
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

describe('consent and addresses', () => {
  it('an unsubscribe that comes before the choice wins', () => {
    const life = new Life(playbook());
    life.meet(proposed('mid'));
    life.meet(
      reached({
        consent: [
          { channel: 'email', purpose: 'marketing', state: 'denied', sinceMs: NOON_MS + 5, origin: 'Unsubscribed' },
        ],
      }),
    );
    const told = life.tick(AFTER_WINDOW_MS);
    expect(fates(told)).toEqual(['mid dropped NO_CONSENT']);
    expect(numbersOf(told, 'mid')).toMatchObject({ state: 'denied', origin: 'Unsubscribed', channel: 'email' });
  });

  it('what is not known is a no: marketing fails closed', () => {
    const stranger = new Life(playbook([message('hello', ['onsite'])]), []);
    stranger.meet(proposed('mid'));
    const told = stranger.tick(AFTER_WINDOW_MS);
    expect(fates(told)).toEqual(['mid dropped NO_CONSENT']);
    expect(numbersOf(told, 'mid')).toEqual({
      channel: 'onsite',
      purpose: 'marketing',
      state: 'unknown',
    });
    const noAddress = new Life(playbook(), [reached({ email: null })]);
    noAddress.meet(proposed('mid'));
    expect(fates(noAddress.tick(AFTER_WINDOW_MS))).toEqual(['mid dropped NO_ADDRESS']);
  });

  it('falls back to the next channel of the message, and the decision tells why', () => {
    const life = new Life(playbook([message('hello', ['email', 'onsite'])]), [reached({ email: null })]);
    life.meet(proposed('mid'));
    const told = life.tick(AFTER_WINDOW_MS);
    expect(told.map(({ text }) => text)).toEqual(['send mid by onsite', 'mid chosen onsite']);
    expect(numbersOf(told, 'mid')).toEqual({ channelsTried: [{ channel: 'email', code: 'NO_ADDRESS' }] });
    expect(told[0]?.output.value).toMatchObject({ message: { address: '42', zone: 'Europe/Berlin' } });
  });

  it('a service message needs no consent, unless the message itself is marketing', () => {
    const book = playbook([
      trigger('receipt', { purpose: 'service', send: 'receipt' }),
      message('receipt', ['email'], { purpose: 'service' }),
    ]);
    const life = new Life(book, [reached({ consent: [] })]);
    expect(fates(life.meet(proposed('receipt', { purpose: 'service', messageId: 'receipt' })))).toEqual([
      'receipt chosen email',
    ]);
    life.meet(proposed('mid', { purpose: 'service' }));
    expect(fates(life.tick(AFTER_WINDOW_MS))).toEqual(['mid dropped NO_CONSENT']);
  });

  it('staff skips the customer’s gates; a model’s finding goes to no human channel', () => {
    const book = playbook([
      cap('none', 0),
      company({ quietHours: [nights({ from: '00:00', to: '23:59' })], globalHoldoutPercent: 100 }),
      trigger('lead', { audienceRole: 'staff:sales', send: 'call' }),
      message('call', ['task']),
    ]);
    const life = new Life(book, []);
    const lead = { audience: 'staff:sales', messageId: 'call' };
    const told = life.meet(proposed('lead', lead));
    expect(told.map(({ text }) => text)).toEqual(['send lead by task', 'lead chosen task']);
    expect(told[0]?.output.value).toMatchObject({ message: { address: 'sales', channel: 'task' } });
    expect(fates(life.meet(proposed('lead', { ...lead, candidateId: 'c2', foundBy: 'model' })))).toEqual([
      'lead dropped NO_CHANNEL',
    ]);
    expect(life.state?.sends).toEqual([]);
  });
});

describe('blocking periods', () => {
  it('a complaint opened while an upsell waits stops it, with the event, the rule and the end named', () => {
    const life = new Life(playbook([block('peace', 'Complaint Opened', 14 * DAY_MS, { onBreach: 'drop' })]));
    life.meet(proposed('mid'), happened('Complaint Opened', NOON_MS + 400));
    const told = life.tick(AFTER_WINDOW_MS);
    expect(fates(told)).toEqual(['mid dropped BLOCKED']);
    expect(explainReason('BLOCKED', numbersOf(told, 'mid'))).toBe(
      'After “Complaint Opened” nothing of this kind is sent until 2026-07-15 12:00 Europe/Berlin (rule peace).',
    );
  });

  it('a rule with a condition blocks only when the detector says so; a paused or deleted rule blocks no more', () => {
    const conditional = {
      ...block('peace', 'Order Returned', DAY_MS, { onBreach: 'drop' }),
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

describe('quiet hours', () => {
  it('follow the person’s zone and say which and where from', () => {
    const book = playbook([company({ quietHours: [nights()] })]);
    const tokyo = new Life(book, [reached({ zone: 'Asia/Tokyo', zoneFrom: 'country' })]);
    const tokyoNightMs = Date.parse('2026-07-01T13:00:00Z');
    tokyo.meet(proposed('mid', { proposedAtMs: tokyoNightMs - 1000 }));
    const told = tokyo.tick(tokyoNightMs);
    expect(fates(told)).toEqual(['mid deferred QUIET_HOURS']);
    expect(numbersOf(told, 'mid')).toMatchObject({
      zone: 'Asia/Tokyo',
      zoneFrom: 'country',
      until: '2026-07-02 08:00 Asia/Tokyo',
    });
  });

  it('of an unknown zone are the company’s', () => {
    const book = playbook([company({ quietHours: [nights()] })]);
    const nightMs = Date.parse('2026-07-01T20:00:00Z');
    for (const zone of ['', 'Mars/Olympus']) {
      const life = new Life(book, [reached({ zone, zoneFrom: 'profile' })]);
      life.meet(proposed('mid', { proposedAtMs: nightMs - 1000 }));
      const told = life.tick(nightMs);
      expect(numbersOf(told, 'mid')).toMatchObject({ zone: 'Europe/Berlin', zoneFrom: 'company' });
    }
  });

  it('over a clock change end at 08:00 on the wall, an hour earlier or later', () => {
    const book = playbook([company({ quietHours: [nights()] })]);
    for (const [evening, morning] of [
      ['2026-03-28T20:30:00Z', '2026-03-29T06:00:00Z'],
      ['2026-10-24T19:30:00Z', '2026-10-25T07:00:00Z'],
    ] as const) {
      const life = new Life(book);
      life.timeMs = Date.parse(evening) - 1000;
      life.meet(proposed('mid', { proposedAtMs: life.timeMs }));
      const told = life.tick(Date.parse(evening));
      expect(told.at(-1)?.output.value).toMatchObject({ fate: 'deferred', nextEligibleAtMs: Date.parse(morning) });
      expect(life.tick(Date.parse(morning) - 1)).toEqual([]);
      expect(fates(life.tick(Date.parse(morning)))).toEqual(['mid chosen email']);
    }
  });

  it('of one channel leave the next channel open when they say fallback', () => {
    const book = playbook([
      company({ quietHours: [nights({ channels: ['email'], onBreach: 'fallback' })] }),
      message('hello', ['email', 'onsite']),
    ]);
    const life = new Life(book);
    const nightMs = Date.parse('2026-07-01T20:00:00Z');
    life.meet(proposed('mid', { proposedAtMs: nightMs - 1000 }));
    expect(fates(life.tick(nightMs))).toEqual(['mid chosen onsite']);
  });

  it('of one channel hold the whole message back when they say defer: another channel is no way around', () => {
    const book = playbook([
      company({ quietHours: [nights({ channels: ['email'], onBreach: 'defer' })] }),
      message('hello', ['email', 'onsite']),
    ]);
    const life = new Life(book);
    const nightMs = Date.parse('2026-07-01T20:00:00Z');
    life.meet(proposed('mid', { proposedAtMs: nightMs - 1000 }));
    expect(fates(life.tick(nightMs))).toEqual(['mid deferred QUIET_HOURS']);
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
