import { describe, expect, it } from '@jest/globals';
import { defaultCompany } from '../compile-defaults.ts';
import type { Definition } from '../definitions.ts';
import { OneProfile, playbookWith, segmentOf, sourceOf, T0 } from './profile.fixture.ts';

const HOUR = 3_600_000;
const identifies = (traits: object, more: object = {}) => ({ type: 'identify', name: 'Identified', traits, ...more });
const berlin = { ...defaultCompany, zone: 'Europe/Berlin' };

describe('enrich', () => {
  it('folds orders and refunds in exact decimals', () => {
    const ada = new OneProfile();
    for (const total of [0.1, 0.2, '0.30', 8_911_407.9]) ada.sees({ name: 'Order Completed', properties: { total } });
    ada.sees({ name: 'Order Completed', properties: { revenue: 5 } });
    ada.sees({ name: 'Order Completed', properties: { value: '7.25', total: 'a lot' } });
    ada.sees({ name: 'Order Refunded', properties: { total: -0.6 } });
    ada.sees({ name: 'Stock Adjusted', properties: { total: -11_062.06 } });
    ada.sees({ name: 'Account Adjusted', properties: { total: '0.01' } });
    expect(ada.view).toMatchObject({
      orderCount: 6,
      orderValue: 8_911_420.75,
      refundCount: 1,
      refundValue: 0.6,
      money: {
        orderValue: '8911420.75',
        refundValue: '0.6',
        netValue: '8911420.15',
        adjustmentValue: '-11062.05',
      },
    });
  });

  it('an amount that cannot be meant counts as zero, and the order still counts', () => {
    const ada = new OneProfile();
    for (const total of ['1e999999999', '9'.repeat(400), Number.NaN, {}, null, 1e300]) {
      ada.sees({ name: 'Order Completed', properties: { total } });
    }
    expect(ada.view).toMatchObject({ orderCount: 6, orderValue: 0 });
  });

  it('nobody was seen because a provider tells that a text arrived', () => {
    const ada = new OneProfile();
    ada.sees({});
    ada.sees({ name: 'SMS Delivered', occurredAtMs: T0 + HOUR });
    expect(ada.view).toMatchObject({ lastSeenAtMs: T0 });
    ada.sees({ name: 'SMS Link Clicked', occurredAtMs: T0 + 2 * HOUR });
    expect(ada.view).toMatchObject({ lastSeenAtMs: T0 + 2 * HOUR });
  });

  it('late events move first and last seen, orders and traits only where their own time says so', () => {
    const ada = new OneProfile();
    ada.sees(identifies({ plan: 'gold' }, { occurredAtMs: T0 }));
    ada.sees(identifies({ plan: 'bronze', city: 'Bonn' }, { occurredAtMs: T0 - HOUR }));
    ada.sees({ name: 'Order Completed', occurredAtMs: T0 });
    ada.sees({ name: 'Order Completed', occurredAtMs: T0 - 2 * HOUR });
    expect(ada.view).toMatchObject({
      firstSeenAtMs: T0 - 2 * HOUR,
      lastSeenAtMs: T0,
      firstOrderAtMs: T0 - 2 * HOUR,
      lastOrderAtMs: T0,
      traits: { plan: 'gold', city: 'Bonn' },
      eventCount: 5,
      counters: { Identified: 2, 'Order Completed': 2, Looked: 1 },
    });
  });

  it('hostile traits reach no prototype and stay within their caps', () => {
    const ada = new OneProfile();
    const hostile = JSON.parse(
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"nested":{"__proto__":{"polluted":1},"a":1}}',
    );
    ada.sees(identifies({ ...hostile, ['__proto__']: 1, long: 'x'.repeat(2_000) }));
    ada.sees(identifies(Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`t${index}`, index]))));
    const { traits } = ada.view as { traits: Record<string, unknown> };
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(traits.nested).toEqual({ a: 1 });
    expect(Object.keys(traits)).toHaveLength(200);
    expect(traits).not.toHaveProperty('long');
    for (let index = 0; index < 300; index += 1) ada.sees({ name: `Event ${index}` });
    expect(Object.keys((ada.view as { counters: object }).counters)).toHaveLength(200);
  });

  it('traits of a group are the group’s; context.traits rank below the event’s own', () => {
    const ada = new OneProfile();
    ada.sees({ type: 'group', name: 'Group Joined', traits: { plan: 'enterprise' } });
    ada.sees({ context: { traits: { plan: 'gold', vip: true } } });
    ada.sees(identifies({ plan: 'silver' }, { context: { traits: { plan: 'gold' } } }));
    expect(ada.view).toMatchObject({ traits: { plan: 'silver', vip: true } });
  });

  it('names come from traits, a whole name split where need be', () => {
    const ada = new OneProfile();
    ada.sees(identifies({ name: 'Ada King Lovelace' }));
    expect(ada.view).toMatchObject({ firstName: 'Ada', lastName: 'King Lovelace' });
    ada.sees(identifies({ firstName: 'Augusta' }));
    expect(ada.view).toMatchObject({ firstName: 'Augusta' });
  });

  it('a browser sets an address only if its source is trusted; a server does, and takes it away with null', () => {
    const playbook = playbookWith(
      sourceOf({ id: 'web', sourceKind: 'browser' }),
      sourceOf({ id: 'trusted', sourceKind: 'browser', trustBrowserEmail: true }),
      sourceOf({ id: 'liar', sourceKind: 'browser' }),
    );
    const ada = new OneProfile(playbook);
    const says = (email: string | null, source: string, sourceKind: string) =>
      ada.sees(identifies({ email, phone: '+44 20 7946 0000' }, { source, sourceKind })).state;
    expect(says('evil@example.com', 'web', 'browser').email).toBeNull();
    expect(says('evil@example.com', 'unknown', 'browser').email).toBeNull();
    // The playbook knows better than a producer that calls itself a server.
    expect(says('evil@example.com', 'liar', 'server').email).toBeNull();
    expect(says('Ada@Example.com', 'trusted', 'browser').email?.value).toBe('Ada@example.com');
    expect(says('no address', 'shop', 'server').email?.value).toBe('Ada@example.com');
    expect(says(null, 'shop', 'server').email?.value).toBeNull();
    expect(ada.view).toMatchObject({ email: null, phone: '+442079460000' });
    expect(ada.state?.traits).toEqual({});
  });

  it('a person who is known by an address is reached by it, unless only a browser says so', () => {
    const known = new OneProfile(undefined, 'email:a@b.c');
    expect(known.sees({}).event.contact).toMatchObject({ email: 'a@b.c', userId: null });
    const said = new OneProfile(undefined, 'email:a@b.c');
    expect(said.sees({ sourceKind: 'browser' }).event.contact).toMatchObject({ email: null });
  });

  it('the zone: profile, then context, then a country with one zone, then the company', () => {
    const ada = new OneProfile(playbookWith(berlin));
    const zone = (fields: object) => {
      const { contact } = ada.sees(fields).state;
      return [contact?.zone, contact?.zoneFrom];
    };
    expect(zone({})).toEqual(['Europe/Berlin', 'company']);
    expect(zone(identifies({ address: { country: 'US' } }))).toEqual(['Europe/Berlin', 'company']);
    expect(zone(identifies({ address: { country: 'jp' } }))).toEqual(['Asia/Tokyo', 'country']);
    expect(zone(identifies({ phone: '+44 20 7946 0000' }))).toEqual(['Europe/London', 'country']);
    expect(zone({ context: { timezone: 'Mars/Base' } })).toEqual(['Europe/London', 'country']);
    expect(zone({ context: { timezone: 'America/New_York' } })).toEqual(['America/New_York', 'context']);
    expect(zone(identifies({ timezone: 'Australia/Sydney' }))).toEqual(['Australia/Sydney', 'profile']);
  });

  it('tells the contact only when it changed', () => {
    const ada = new OneProfile();
    expect(ada.sees({}).event.contact).not.toBeNull();
    expect(ada.sees({ occurredAtMs: T0 + 1 }).event.contact).toBeNull();
    expect(ada.sees(identifies({ email: 'a@b.c' })).event.contact).toMatchObject({ email: 'a@b.c' });
    expect(ada.sees(identifies({ email: 'a@b.c' }, { occurredAtMs: T0 + 2 })).event.contact).toBeNull();
    expect(ada.sees({ anonymousId: 'B' }).event.contact).toMatchObject({ anonymousId: 'B' });
  });

  it('tells segments in the profile where the text of a message asks for them, and not elsewhere', () => {
    const text = "{% if segments contains 'new' %}Welcome{% endif %}";
    const sms = { channel: 'sms', text, deliver: 'atMostOnce' } as const;
    const common = { version: 'v', description: '', owner: '', status: 'live' } as const;
    const asking = { kind: 'Message', id: 'm', purpose: 'marketing', channels: [sms], ...common } as const;
    const newcomers = segmentOf('new', 'profile.orderCount == 0');
    const told = (...messages: readonly Definition[]) =>
      JSON.parse(new OneProfile(playbookWith(newcomers, ...messages)).sees({}).event.profile) as { segments?: unknown };
    expect(told(asking).segments).toEqual(['new']);
    expect(told({ ...asking, channels: [{ ...sms, text: 'Hello' }] })).not.toHaveProperty('segments');
  });

  it('segments are entered and left by the event that changes them, after it was applied', () => {
    const ada = new OneProfile(
      playbookWith(segmentOf('buyer', 'profile.orderCount > 0'), segmentOf('new', 'profile.orderCount == 0')),
    );
    expect(ada.sees({}).event).toMatchObject({ segments: ['new'], segmentsEntered: ['new'], segmentsLeft: [] });
    expect(ada.sees({ name: 'Order Completed' }).event).toMatchObject({
      segments: ['buyer'],
      segmentsEntered: ['buyer'],
      segmentsLeft: ['new'],
    });
    expect(ada.sees({}).event).toMatchObject({ segmentsEntered: [], segmentsLeft: [] });
  });

  it('the event carries the projection, never the whole profile', () => {
    const ada = new OneProfile(playbookWith());
    const { event } = ada.sees(identifies({ secret: 'x', firstName: 'Ada' }));
    expect(JSON.parse(event.profile)).toMatchObject({ personId: 'user:1', firstName: 'Ada' });
    expect(event.profile).not.toContain('secret');
  });
});
