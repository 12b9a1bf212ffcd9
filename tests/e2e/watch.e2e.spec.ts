import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  eventually,
  homeOfTests,
  kairos,
  repository,
  secretsOf,
  sendCall,
  timelineOf,
  unique,
  urlOf,
} from './kit/house.ts';

/** What the command prints with --json: an entry a line, and at the end how things stand. */
interface Line {
  readonly kind: string;
  readonly title?: string;
  readonly zone: string;
  readonly looks?: readonly { readonly triggerId: string }[];
  readonly pending: readonly { readonly id: string; readonly dueAtMs: number; readonly sinceMs: number }[];
}

const userId = unique('watched');
const cart = unique('cart');
const order = (n: number) =>
  sendCall('track', { userId, event: 'Order Completed', properties: { total: 40, order_id: `${userId}-${n}` } });

async function watched(): Promise<readonly Line[]> {
  const { code, stdout, stderr } = await kairos(['watch', `user:${userId}`, '--no-follow', '--json', '--from', 'all']);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

beforeAll(async () => {
  await sendCall('identify', { userId, traits: { firstName: 'Grace', timezone: 'America/New_York' } });
  for (const n of [1, 2, 3]) await order(n);
  await sendCall('track', {
    userId,
    event: 'Product Added',
    properties: { cart_id: cart, product_id: 'KB-01', name: 'Lamp' },
  });
  await eventually('the story of the person', async () =>
    (await timelineOf(`user:${userId}`)).some(({ title }) => title === 'Product Added'),
  );
}, 90_000);

describe('kairos watch', () => {
  it('shows a cart that waits, with the moment at which it is due and the zone of the person', async () => {
    const now = (await watched()).at(-1);
    expect(now).toMatchObject({ kind: 'now', zone: 'America/New_York' });
    const waits = now?.pending.find(({ id }) => id === 'cart-left');
    expect(waits).toMatchObject({ key: cart, what: 'after Product Added' });
    expect(waits?.dueAtMs).toBeGreaterThan(waits?.sinceMs ?? 0);
  }, 60_000);

  it('says that welcome looked at the third order, and that its condition was not true of three orders', async () => {
    const third = (await watched()).filter((line) => line.kind === 'event' && line.title === 'Order Completed').at(-1);
    const welcome = third?.looks?.find(({ triggerId }) => triggerId === 'welcome');
    expect(welcome).toMatchObject({
      verdict: 'noMatch',
      roles: [{ role: 'starts', why: ['profile.orderCount == 1 is not true: profile.orderCount was 3'] }],
    });
    const { stdout } = await kairos(['watch', `user:${userId}`, '--no-follow', '--trigger', 'welcome']);
    expect(stdout).toContain('profile.orderCount == 1 is not true: profile.orderCount was 3');
    expect(stdout).toContain('✓ welcome fired');
    expect(stdout).not.toContain('cart-left');
  }, 60_000);

  it('goes on with what comes, until Ctrl-C ends it without a fault', async () => {
    const cli = path.join(repository, 'packages/cli/dist/main.js');
    const env = { ...process.env, KAIROS_HOME: homeOfTests(), NODE_OPTIONS: '' };
    const child = spawn(process.execPath, [cli, 'watch', `user:${userId}`], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    let told = '';
    child.stdout.on('data', (bytes: Buffer) => {
      told += bytes.toString('utf8');
    });
    try {
      await eventually('the end of the log', async () => told.includes('Following; Ctrl-C ends it.'));
      expect(told).not.toContain('Complaint Resolved');
      await sendCall('track', { userId, event: 'Complaint Resolved' });
      await eventually('what comes', async () => told.includes('Complaint Resolved'));
      child.kill('SIGINT');
      expect(await ended).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
    }
  }, 90_000);

  it('says what to do next when nobody is known, no such trigger is live, or a duration cannot be read', async () => {
    const nobody = await kairos(['watch', unique('nobody'), '--no-follow']);
    expect([nobody.code, nobody.stderr]).toEqual([1, expect.stringContaining('Ids look like user:42')]);
    const noTrigger = await kairos(['watch', `user:${userId}`, '--no-follow', '--trigger', 'welcom']);
    expect([noTrigger.code, noTrigger.stderr]).toEqual([
      1,
      expect.stringMatching(/No trigger welcom is live; .*welcome/),
    ]);
    const noTime = await kairos(['watch', `user:${userId}`, '--from', 'yesterday']);
    expect([noTime.code, noTime.stderr]).toEqual([2, expect.stringContaining('write 30m, 24h or 7d, or all')]);
  }, 60_000);
});

describe('the console', () => {
  it('tells the same behind the session, and nothing without', async () => {
    const address = `${urlOf('console')}/api/persons/${encodeURIComponent(`user:${userId}`)}/watch`;
    expect((await fetch(address)).status).toBe(401);
    const login = await fetch(`${urlOf('console')}/api/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ password: secretsOf().consoleAdminPassword }),
    });
    const cookie = login.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const seen = await eventually('the person’s log in the console', async () => {
      const answer = (await (await fetch(address, { headers: { cookie } })).json()) as {
        isLive: boolean;
        waiting: readonly { readonly line: string }[];
        entries: readonly { readonly title: string; readonly looks: readonly unknown[] }[];
      };
      return answer.isLive && answer;
    });
    expect(seen.waiting.map(({ line }) => line)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^cart-left .*America\/New_York/)]),
    );
    expect(seen.entries.find(({ title }) => title === 'Order Completed')?.looks).toContainEqual(
      expect.objectContaining({
        triggerId: 'welcome',
        reasons: ['profile.orderCount == 1 is not true: profile.orderCount was 3'],
      }),
    );
  }, 60_000);
});
