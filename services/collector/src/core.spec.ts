import { describe, expect, it } from '@jest/globals';
import { KairosError } from '@kairos/contracts';
import { collected, contextOf, NOW_MS } from './core.fixture.ts';
import type { CollectContext } from './core.ts';

const minute = 60_000;
const iso = (ms: number) => new Date(ms).toISOString();

const eventOf = (type: Parameters<typeof collected>[0], body: object, about?: CollectContext) => {
  const { accepted, rejected } = collected(type, body, about);
  expect(rejected).toEqual([]);
  const [first] = accepted;
  if (first === undefined) throw new Error('nothing was accepted');
  return first;
};

describe('an accepted call', () => {
  it('track keeps everything that the client said', () => {
    const { key, event } = eventOf('track', {
      messageId: 'm1',
      anonymousId: 'a1',
      userId: 'u1',
      event: 'Order Completed',
      properties: { total: 12.5, candidateId: 'c1' },
      context: { locale: 'de-DE' },
      integrations: { All: true, Email: false },
      timestamp: '2026-03-01T11:59:00.000Z',
    });
    expect(key).toBe('a1');
    expect(event).toEqual({
      messageId: 'm1',
      type: 'track',
      name: 'Order Completed',
      anonymousId: 'a1',
      userId: 'u1',
      email: null,
      phone: null,
      occurredAtMs: NOW_MS - minute,
      receivedAtMs: NOW_MS,
      originalTimestampMs: NOW_MS - minute,
      sentAtMs: null,
      properties: '{"total":12.5,"candidateId":"c1"}',
      traits: '{}',
      context: '{"locale":"de-DE","integrations":{"All":true,"Email":false}}',
      source: 'shop',
      sourceKind: 'server',
      backfill: false,
      candidateId: 'c1',
      flags: [],
      rehomed: false,
      origin: null,
    });
  });

  it.each([
    ['identify', { userId: 'u', traits: { plan: 'a' } }, 'Identified', '{}', '{"plan":"a"}'],
    [
      'page',
      { userId: 'u', name: 'Home', category: 'c', properties: { url: 'x' } },
      'Page Viewed',
      '{"name":"Home","category":"c","url":"x"}',
      '{}',
    ],
    ['screen', { userId: 'u', name: 'Home' }, 'Screen Viewed', '{"name":"Home"}', '{}'],
    [
      'group',
      { userId: 'u', groupId: 7, traits: { employees: 3 } },
      'Group Joined',
      '{"groupId":"7","traits":{"employees":3}}',
      '{}',
    ],
    ['alias', { userId: 'u', previousId: 'old' }, 'Alias Made', '{"previousId":"old"}', '{}'],
  ] as const)('%s has its name and its content', (type, body, name, properties, traits) => {
    expect(eventOf(type, body).event).toMatchObject({ type, name, properties, traits });
  });

  it('an alias is kept under the old id, so that the link is made where its events are', () => {
    const { key, event } = eventOf('alias', { userId: 'u', previousId: 'old', anonymousId: 'other' });
    expect([key, event.anonymousId, event.userId]).toEqual(['old', 'old', 'u']);
  });

  it.each([
    ['anonymousId before userId', { anonymousId: 'a', userId: 'u' }, 'a'],
    ['userId when anonymousId is null', { anonymousId: null, userId: 'u' }, 'u'],
    ['a number', { userId: 42 }, '42'],
    ['user_id', { user_id: 'u' }, 'u'],
    ['the address, its domain in lower case', { traits: { email: ' Ann@Shop.EXAMPLE ' } }, 'Ann@shop.example'],
    ['the address in the context', { context: { traits: { email: 'ann@shop.example' } } }, 'ann@shop.example'],
    ['the international phone number', { traits: { phone: '+49 (30) 123-456' } }, '+4930123456'],
  ])('has as its key %s', (_, body, key) => {
    expect(eventOf('identify', body).key).toBe(key);
  });

  it('gets a message id when it has none', () => {
    expect(eventOf('track', { userId: 'u', event: 'x', messageId: null }).event.messageId).toBe('new-1');
  });

  it('loses names that could change every object, and nothing else', () => {
    const properties = JSON.parse(
      '{"a":1,"__proto__":{"x":1},"b":{"constructor":{"prototype":{"x":1}},"c":[{"prototype":2,"d":3}]}}',
    );
    expect(eventOf('track', { userId: 'u', event: 'x', properties }).event.properties).toBe(
      '{"a":1,"b":{"c":[{"d":3}]}}',
    );
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it('loses NUL and half characters, which no store takes', () => {
    const { event } = eventOf('track', {
      userId: 'u\u0000',
      event: 'x',
      properties: { 'a\u0000': 'b\u0000\ud800c', good: '😀' },
    });
    expect(event.userId).toBe('u');
    expect(JSON.parse(event.properties)).toEqual({ a: 'b\ufffdc', good: '😀' });
  });

  it('is marked when a crawler’s agent sent it, and kept', () => {
    const body = { userId: 'u', event: 'x', context: { userAgent: 'a bot' } };
    expect(eventOf('track', body).event.flags).toEqual(['BOT_SUSPECTED']);
  });

  it('from a browser carries address and agent of the request unless it says its own', () => {
    const about = contextOf({ kind: 'browser' }, { clientIp: '192.0.2.7', userAgent: 'Firefox' });
    const { event } = eventOf('track', { anonymousId: 'a', event: 'x', context: { ip: '0.0.0.0' } }, about);
    expect(JSON.parse(event.context)).toEqual({ ip: '0.0.0.0', userAgent: 'Firefox' });
    expect(event.sourceKind).toBe('browser');
    const fromServer = eventOf('track', { userId: 'a', event: 'x' }, contextOf({}, { clientIp: '192.0.2.7' }));
    expect(fromServer.event.context).toBe('{}');
  });
});

describe('time', () => {
  const timed = (body: object, about?: CollectContext) =>
    eventOf('track', { userId: 'u', event: 'x', ...body }, about).event;

  it('is corrected by what the client’s clock was off', () => {
    // The client's clock is an hour behind: it sent "11:00", a minute after the event.
    const event = timed({ timestamp: iso(NOW_MS - 61 * minute), sentAt: iso(NOW_MS - 60 * minute) });
    expect(event.occurredAtMs).toBe(NOW_MS - minute);
    expect(event.sentAtMs).toBe(NOW_MS - 60 * minute);
  });

  it.each([
    ['ISO', '2026-03-01T11:00:00.5Z', NOW_MS - 60 * minute + 500],
    ['an offset', '2026-03-01T13:00:00+02:00', NOW_MS - 60 * minute],
    ['no zone means UTC', '2026-03-01 11:00:00', NOW_MS - 60 * minute],
    ['microseconds, as Python writes them', '2026-03-01T11:00:00.123456+00:00', NOW_MS - 60 * minute + 123],
    ['a month without its zero', '2026-3-01T11:00:00Z', NOW_MS - 60 * minute],
    ['a day', '2012-12-02', Date.UTC(2012, 11, 2)],
    ['a number of ms', NOW_MS - 5, NOW_MS - 5],
    ['a number as text', String(NOW_MS - 5), NOW_MS - 5],
    ['none', null, NOW_MS],
  ])('is read from %s', (_, timestamp, expected) => {
    expect(timed({ timestamp })).toMatchObject({ occurredAtMs: expected, flags: [] });
  });

  it.each([
    ['more than five minutes ahead', 5 * minute + 1, NOW_MS, ['TIMESTAMP_CLAMPED']],
    ['a little ahead', 5 * minute, NOW_MS + 5 * minute, []],
    ['a year old', -365 * 24 * 60 * minute, NOW_MS - 365 * 24 * 60 * minute, []],
  ])('%s: in the future is clamped and flagged, late is fine', (_, offset, expected, flags) => {
    expect(timed({ timestamp: iso(NOW_MS + offset) })).toMatchObject({ occurredAtMs: expected, flags });
  });

  it('a sentAt that is no date is no reason to lose the event', () => {
    expect(timed({ timestamp: iso(NOW_MS - 5), sentAt: 'yesterday' })).toMatchObject({
      occurredAtMs: NOW_MS - 5,
      sentAtMs: null,
    });
  });

  it('of an import is the archive’s own, and the event never starts a conversation', () => {
    const about = contextOf({ kind: 'import' });
    const event = timed({ timestamp: '2010-12-01T08:26:00Z', sentAt: '2020-01-01T00:00:00Z' }, about);
    expect(event).toMatchObject({ occurredAtMs: Date.UTC(2010, 11, 1, 8, 26), backfill: true });
  });

  it('context.backfill is believed from a server, not from a browser', () => {
    const context = { backfill: true };
    expect(timed({ context }).backfill).toBe(true);
    expect(timed({ context }, contextOf({ kind: 'browser' })).backfill).toBe(false);
  });
});

describe('a refused event says its code, its field and a remedy', () => {
  const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1) });
  it.each<[string, Parameters<typeof collected>[0], object, string, string]>([
    ['track without event', 'track', { userId: 'u' }, 'FIELD_MISSING', 'event'],
    ['track with an object as event', 'track', { userId: 'u', event: {} }, 'FIELD_INVALID', 'event'],
    ['an event name of 201 characters', 'track', { userId: 'u', event: 'x'.repeat(201) }, 'FIELD_INVALID', 'event'],
    ['nobody', 'track', { event: 'x' }, 'ID_MISSING', 'userId'],
    ['nobody, by null', 'track', { event: 'x', userId: null, anonymousId: null }, 'ID_MISSING', 'userId'],
    ['a blank id', 'track', { event: 'x', userId: '  ' }, 'ID_MISSING', 'userId'],
    ['a national phone number', 'identify', { traits: { phone: '030 123456' } }, 'ID_MISSING', 'userId'],
    ['an object as id', 'track', { event: 'x', userId: { a: 1 } }, 'FIELD_INVALID', 'userId'],
    ['true as id', 'track', { event: 'x', anonymousId: true }, 'FIELD_INVALID', 'anonymousId'],
    ['a long id', 'track', { event: 'x', userId: 'u'.repeat(257) }, 'FIELD_INVALID', 'userId'],
    [
      'a long message id',
      'track',
      { event: 'x', userId: 'u', messageId: 'm'.repeat(257) },
      'FIELD_INVALID',
      'messageId',
    ],
    ['a list as properties', 'track', { event: 'x', userId: 'u', properties: [1] }, 'FIELD_INVALID', 'properties'],
    ['a text as traits', 'identify', { userId: 'u', traits: 'x' }, 'FIELD_INVALID', 'traits'],
    ['a number as context', 'track', { event: 'x', userId: 'u', context: 3 }, 'FIELD_INVALID', 'context'],
    ['a list as integrations', 'track', { event: 'x', userId: 'u', integrations: [] }, 'FIELD_INVALID', 'integrations'],
    ['deep nesting', 'track', { event: 'x', userId: 'u', properties: deep(21) }, 'FIELD_INVALID', 'properties'],
    [
      'too many values',
      'track',
      { event: 'x', userId: 'u', properties: { a: new Array(5_001).fill(0) } },
      'FIELD_INVALID',
      'properties',
    ],
    ['group without groupId', 'group', { userId: 'u' }, 'FIELD_MISSING', 'groupId'],
    ['alias without previousId', 'alias', { userId: 'u' }, 'FIELD_MISSING', 'previousId'],
    ['alias without userId', 'alias', { previousId: 'u' }, 'FIELD_MISSING', 'userId'],
    [
      'a timestamp that is a word',
      'track',
      { event: 'x', userId: 'u', timestamp: 'soon' },
      'TIMESTAMP_ABSURD',
      'timestamp',
    ],
    [
      'a 30th of February',
      'track',
      { event: 'x', userId: 'u', timestamp: '2026-02-30T00:00:00Z' },
      'TIMESTAMP_ABSURD',
      'timestamp',
    ],
    ['a negative timestamp', 'track', { event: 'x', userId: 'u', timestamp: -1 }, 'TIMESTAMP_ABSURD', 'timestamp'],
    ['seconds', 'track', { event: 'x', userId: 'u', timestamp: 1_772_366_400 }, 'TIMESTAMP_ABSURD', 'timestamp'],
    ['nanoseconds', 'track', { event: 'x', userId: 'u', timestamp: NOW_MS * 1e6 }, 'TIMESTAMP_ABSURD', 'timestamp'],
    ['NaN', 'track', { event: 'x', userId: 'u', timestamp: Number.NaN }, 'TIMESTAMP_ABSURD', 'timestamp'],
    [
      'an object as time',
      'track',
      { event: 'x', userId: 'u', originalTimestamp: {} },
      'TIMESTAMP_ABSURD',
      'originalTimestamp',
    ],
    [
      '257 KiB from a server',
      'track',
      { event: 'x', userId: 'u', properties: { a: 'x'.repeat(257 * 1024) } },
      'EVENT_TOO_LARGE',
      '',
    ],
  ])('%s', (_, type, body, code, field) => {
    const { accepted, rejected } = collected(type, body);
    expect(accepted).toEqual([]);
    expect(rejected).toMatchObject([{ index: 0, code, field, original: body }]);
    expect(rejected[0]?.message).toMatch(/(Send|Use|Flatten)/);
    expect(rejected[0]?.message.length).toBeLessThan(400);
  });

  it('names the unit that a number of time looks like', () => {
    const messageOf = (timestamp: number) =>
      collected('track', { event: 'x', userId: 'u', timestamp }).rejected[0]?.message;
    expect(messageOf(1_772_366_400)).toContain('seconds: multiply by 1000');
    expect(messageOf(NOW_MS * 1e6)).toContain('nanoseconds');
    expect(messageOf(NOW_MS * 1e3)).toContain('microseconds');
  });

  it('a browser’s event ends at 32 KiB, counted in bytes', () => {
    const about = contextOf({ kind: 'browser' });
    const sized = (text: string) =>
      collected('track', { anonymousId: 'a', event: 'x', properties: { a: text } }, about);
    expect(sized('x'.repeat(32 * 1024 - 12)).accepted).toHaveLength(1);
    expect(sized('x'.repeat(32 * 1024 - 11)).rejected).toMatchObject([{ code: 'EVENT_TOO_LARGE' }]);
    expect(sized('€'.repeat(11_000)).rejected).toMatchObject([{ code: 'EVENT_TOO_LARGE' }]);
    expect(sized('€'.repeat(10_900)).accepted).toHaveLength(1);
  });

  it('a key with a list of events sends no other', () => {
    const about = contextOf({ events: ['Page Viewed'] });
    expect(collected('page', { userId: 'u' }, about).accepted).toHaveLength(1);
    expect(collected('track', { userId: 'u', event: 'Email Bounced' }, about).rejected).toMatchObject([
      { code: 'NOT_ALLOWED_FOR_KEY', field: 'event' },
    ]);
  });
});

describe('a batch', () => {
  it('takes the good, refuses the bad with its place, and loses nothing', () => {
    const batch = [
      { type: 'track', userId: 'u', event: 'a' },
      { type: 'track', userId: 'u' },
      { type: 'tarck', userId: 'u', event: 'b' },
      { userId: 'u' },
      null,
      { action: 'identify', userId: 'u' },
    ];
    const { accepted, rejected } = collected('batch', { batch });
    expect(accepted.map(({ index, event }) => [index, event.name])).toEqual([
      [0, 'a'],
      [5, 'Identified'],
    ]);
    expect(rejected.map(({ index, code, field }) => [index, code, field])).toEqual([
      [1, 'FIELD_MISSING', 'batch[1].event'],
      [2, 'FIELD_INVALID', 'batch[2].type'],
      [3, 'FIELD_MISSING', 'batch[3].type'],
      [4, 'FIELD_INVALID', 'batch[4]'],
    ]);
    expect(rejected.map(({ original }) => original)).toEqual([batch[1], batch[2], batch[3], null]);
  });

  it('shares context, sentAt and integrations with its events, which may say otherwise', () => {
    const { accepted } = collected('batch', {
      sentAt: iso(NOW_MS - minute),
      context: { locale: 'de', app: 'x' },
      integrations: { Email: false },
      batch: [
        { type: 'track', userId: 'u', event: 'a', timestamp: iso(NOW_MS - 2 * minute) },
        { type: 'track', userId: 'u', event: 'b', context: { locale: 'en' }, integrations: { SMS: false } },
      ],
    });
    expect(accepted[0]?.event.occurredAtMs).toBe(NOW_MS - minute);
    expect(accepted.map(({ event }) => JSON.parse(event.context))).toEqual([
      { locale: 'de', app: 'x', integrations: { Email: false } },
      { locale: 'en', app: 'x', integrations: { SMS: false } },
    ]);
  });

  it('may be empty', () => {
    expect(collected('batch', { batch: [] })).toEqual({ accepted: [], rejected: [] });
  });

  it.each<[string, unknown, string, string | undefined]>([
    ['no batch', {}, 'FIELD_MISSING', 'batch'],
    ['a batch that is no list', { batch: {} }, 'FIELD_INVALID', 'batch'],
    ['2,501 events', { batch: new Array(2_501).fill({}) }, 'REQUEST_TOO_LARGE', 'batch'],
    ['a context that is no object', { batch: [], context: 3 }, 'FIELD_INVALID', 'context'],
    ['a list as body', [], 'FIELD_INVALID', undefined],
    ['null as body', null, 'FIELD_INVALID', undefined],
  ])('is refused as a whole only for its shape: %s', (_, body, code, field) => {
    let thrown: unknown;
    try {
      collected('batch', body);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(KairosError);
    expect(thrown).toMatchObject({ code, field });
  });
});
