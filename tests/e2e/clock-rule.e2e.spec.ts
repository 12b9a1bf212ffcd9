import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openTerminal, startHouse } from '@kairos/cli';
import { eventually, sendCall, timelineOf, unique } from './kit/house.ts';

// A house of its own, because services are stopped in it.
type Up = Awaited<ReturnType<typeof startHouse>>;
let home: string;
let house: Up;
const before = process.env['KAIROS_E2E_HOME'];

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'kairos-clock-'));
  process.env['KAIROS_HOME'] = home;
  process.env['KAIROS_E2E_HOME'] = home;
  house = await startHouse({ detach: false, stackOnly: false, timeScale: 1, terminal: openTerminal(true) });
}, 180_000);

afterAll(async () => {
  await house?.down();
  delete process.env['KAIROS_HOME'];
  if (before !== undefined) process.env['KAIROS_E2E_HOME'] = before;
  await rm(home, { recursive: true, force: true });
}, 60_000);

const MINUTE_MS = 60_000;

it('two hours of downtime mail nobody whose order is still in the backlog, and everybody else exactly once', async () => {
  const { services } = house;
  if (services === undefined) throw new Error('the house runs in the background');
  const [payer, leaver] = [unique('payer'), unique('leaver')];
  for (const userId of [payer, leaver]) {
    await sendCall('identify', { userId, traits: { email: `${userId}@example.com`, firstName: 'Tim' } });
  }
  await eventually(
    'both profiles',
    async () => (await timelineOf(`user:${leaver}`)).length > 0 && (await timelineOf(`user:${payer}`)).length > 0,
  );

  await Promise.all([services.stopService('profile-enricher'), services.stopService('trigger-detector')]);
  // What was sent while both were down: a cart of two hours ago, and an hour later its order.
  const at = (minutesAgo: number): string => new Date(Date.now() - minutesAgo * MINUTE_MS).toISOString();
  const cart = { name: 'Walnut tray', price: 27.25, cart_id: 'c1' };
  for (const userId of [payer, leaver]) {
    await sendCall('track', { userId, event: 'Product Added', timestamp: at(120), properties: cart });
  }
  await sendCall('track', {
    userId: payer,
    event: 'Order Completed',
    timestamp: at(61),
    properties: { total: 27.25, order_id: 'o1' },
  });
  await Promise.all([services.startService('profile-enricher'), services.startService('trigger-detector')]);

  const fired = (userId: string) => async () => {
    const found = (await timelineOf(`user:${userId}`)).filter(
      (entry) => entry.kind === 'trigger' && entry.title === 'cart-left',
    );
    return found.filter((entry) => entry.body['outcome'] === 'fired');
  };
  await eventually('the cart that was left', async () => (await fired(leaver)()).length > 0, 60_000);
  await eventually('the order in the log', async () =>
    (await timelineOf(`user:${payer}`)).some((entry) => entry.title === 'Order Completed'),
  );
  // Time went on past both deadlines: the leaver's timer has fired, so the payer's would have, too.
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  expect(await fired(leaver)()).toHaveLength(1);
  expect(await fired(payer)()).toHaveLength(0);
}, 180_000);
