import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, kairos, repository, sendCall, timelineOf, unique } from './kit/house.ts';

// A cart is filled by nobody in particular; whose it was is known later, perhaps on another device.
const playbook = `
kind: Company
id: company
description: Whose cart is it
owner: e2e@example.com
name: Identity
zone: Europe/London
currency: GBP
collectFor: { marketing: 1s, service: 0s }
salt: identity
---
kind: Source
id: server
description: Server
owner: e2e@example.com
type: server
assumeConsent: [email, onsite]
---
kind: Trigger
id: cart-left
description: A cart that is left for some seconds
owner: e2e@example.com
status: live
purpose: marketing
when: { did: Product Added, butNot: [Order Completed], within: 8s, grace: 1s }
oncePer: [properties.cart_id, person]
reentry: always
expiresAfter: 1h
send: cart-reminder
---
kind: Message
id: cart-reminder
description: Your cart
owner: e2e@example.com
purpose: marketing
channels: { onsite: { slot: bar, body: "<p>Your cart</p>" } }
`;
const WAIT_MS = 9_000;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kairos-identity-'));
  await writeFile(path.join(folder, 'playbook.yaml'), playbook);
  expect(await kairos(['playbook', 'publish', folder])).toMatchObject({ code: 0 });
  await eventually('the playbook to be live', async () => {
    const stranger = unique('probe');
    await sendCall('track', { userId: stranger, event: 'Product Added', properties: { cart_id: stranger } });
    await delay(WAIT_MS + 2_000);
    return (await timelineOf(`user:${stranger}`)).some((entry) => entry.kind === 'trigger');
  });
}, 90_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await kairos(['playbook', 'publish', path.join(repository, 'playbook'), '--time-scale', '60']);
}, 60_000);

const said = async (type: string, body: Record<string, unknown>): Promise<void> => {
  expect((await sendCall(type, body)).status).toBe(200);
};

const remindersOf = async (personId: string) =>
  (await timelineOf(personId)).filter(({ kind, body }) => kind === 'decision' && body['fate'] === 'chosen');

describe('a cart that was filled before anybody logged in', () => {
  it('is reminded of once, under the user', async () => {
    const [phone, user] = [unique('phone'), unique('user')];
    await said('track', { anonymousId: phone, event: 'Product Added', properties: { cart_id: phone } });
    await delay(2_000);
    await said('identify', { anonymousId: phone, userId: user });
    const reminders = await eventually('the reminder', async () => {
      const found = await remindersOf(`user:${user}`);
      return found.length > 0 && found;
    });
    await delay(3_000);
    expect(reminders).toHaveLength(1);
    const timeline = await timelineOf(`user:${user}`);
    expect(await remindersOf(`user:${user}`)).toHaveLength(1);
    // The story before the login is there, under whichever name one asks.
    expect(timeline.map(({ title }) => title)).toEqual(
      expect.arrayContaining(['Product Added', `Known before as anon:${phone}`, 'Identified']),
    );
    expect(await timelineOf(`anon:${phone}`)).toEqual(timeline);
  }, 60_000);

  it('is not reminded of after an order on another device', async () => {
    const [phone, laptop, user] = [unique('phone'), unique('laptop'), unique('user')];
    await said('track', { anonymousId: phone, event: 'Product Added', properties: { cart_id: phone } });
    await delay(1_000);
    await said('identify', { anonymousId: laptop, userId: user });
    await said('track', { anonymousId: laptop, userId: user, event: 'Order Completed', properties: { total: 49.9 } });
    await said('identify', { anonymousId: phone, userId: user });
    await delay(WAIT_MS + 4_000);
    const timeline = await timelineOf(`user:${user}`);
    expect(timeline.filter(({ kind }) => kind === 'event').map(({ title }) => title)).toEqual(
      expect.arrayContaining(['Product Added', 'Order Completed', 'Identified']),
    );
    expect(timeline.filter(({ kind }) => kind === 'trigger')).toEqual([]);
    expect(timeline.filter(({ kind }) => kind === 'decision')).toEqual([]);
  }, 60_000);
});
