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
      link: null,
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
    ['the loyalty card', { traits: { cardNumber: '6340 0412 3456' } }, '634004123456'],
    ['the loyalty card that a till has read', { context: { cardNumber: '634004123456' } }, '634004123456'],
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
