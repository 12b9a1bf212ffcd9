import { describe, expect, it } from '@jest/globals';
import {
  cap,
  company,
  fates,
  Life,
  message,
  NOON_MS,
  nights,
  numbersOf,
  playbook,
  proposed,
  reached,
  trigger,
} from './arbitration.fixture.ts';

const AFTER_WINDOW_MS = NOON_MS + 1000;

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

  it('passes over a channel that the company has not set up, and says so where there is no other', () => {
    const sms = { channel: 'sms', purpose: 'marketing', state: 'granted', sinceMs: 0, origin: 'Consent Given' };
    const onsite = { ...sms, channel: 'onsite' };
    const start = [reached({ phone: '+49 30 901820', consent: [sms, onsite] })];
    const has = company({ channels: ['email', 'onsite'] });
    const other = new Life(playbook([has, message('hello', ['sms', 'onsite'])]), start);
    other.meet(proposed('mid'));
    const told = other.tick(AFTER_WINDOW_MS);
    expect(fates(told)).toEqual(['mid chosen onsite']);
    expect(numbersOf(told, 'mid')).toEqual({ channelsTried: [{ channel: 'sms', code: 'CHANNEL_NOT_CONFIGURED' }] });
    const only = new Life(playbook([has, message('hello', ['sms'])]), start);
    only.meet(proposed('mid'));
    expect(fates(only.tick(AFTER_WINDOW_MS))).toEqual(['mid dropped CHANNEL_NOT_CONFIGURED']);
    const all = new Life(playbook([message('hello', ['sms', 'onsite'])]), start);
    all.meet(proposed('mid'));
    expect(fates(all.tick(AFTER_WINDOW_MS))).toEqual(['mid chosen sms']);
  });

  it('a text goes to the phone number, by the consent for texts, and nowhere without a number with a country code', () => {
    const sms = { channel: 'sms', purpose: 'marketing', state: 'granted', sinceMs: 0, origin: 'Consent Given' };
    const meet = (over: Parameters<typeof reached>[0]) => {
      const life = new Life(playbook([message('hello', ['sms'])]), [reached(over)]);
      life.meet(proposed('mid'));
      return life.tick(AFTER_WINDOW_MS);
    };
    const told = meet({ phone: '+49 171 1234567', consent: [sms] });
    expect(fates(told)).toEqual(['mid chosen sms']);
    expect(told[0]?.output.value).toMatchObject({ message: { address: '+491711234567', channel: 'sms' } });
    expect(fates(meet({ phone: '+491711234567' }))).toEqual(['mid dropped NO_CONSENT']);
    for (const phone of [null, '0171 1234567'])
      expect(fates(meet({ phone, consent: [sms] }))).toEqual(['mid dropped NO_ADDRESS']);
  });

  it('a proposal that names its channel gets that one or none, whatever else the message has', () => {
    const life = new Life(playbook([message('hello', ['email', 'onsite'])]));
    life.meet(proposed('mid', { channel: 'onsite' }));
    expect(life.tick(AFTER_WINDOW_MS).map(({ text }) => text)).toEqual(['send mid by onsite', 'mid chosen onsite']);
    const unreached = new Life(playbook([message('hello', ['email', 'onsite'])]), [reached({ email: null })]);
    unreached.meet(proposed('mid', { channel: 'email' }));
    expect(fates(unreached.tick(AFTER_WINDOW_MS))).toEqual(['mid dropped NO_ADDRESS']);
    const without = new Life(playbook([message('hello', ['email'])]));
    without.meet(proposed('mid', { channel: 'webhook' }));
    expect(fates(without.tick(AFTER_WINDOW_MS))).toEqual(['mid dropped NO_CHANNEL']);
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
