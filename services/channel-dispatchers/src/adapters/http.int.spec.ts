// length: one bench of five real parts serves all of it; each test states one promise
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningStack, startTestStack } from '@kairos/local-stack';
import { createOpsServer, type OpsServer } from '@kairos/service-kit';
import { EventSource } from 'eventsource';
import { Redis } from 'ioredis';
import { HomeSender } from '../dispatch/home-sender.ts';
import type { LedgerEntry } from '../ports.ts';
import { emailContent } from '../testing/chosen.ts';
import { chosenNow, dispatchBench, ownDatabase, scriptedChannel, until } from '../testing/dispatch-bench.ts';
import { addLinkRoutes } from './http-links.ts';
import { addOnsiteRoutes, type OnsiteServer } from './http-onsite.ts';
import { createHomePost } from './postgres-home-post.ts';
import { createShortLinks } from './postgres-short-links.ts';
import { createInbox, type RedisInbox } from './redis-inbox.ts';
import { siteTokenOf } from './site-token.ts';
import { createTokenLinks, type TokenLinks } from './token-links.ts';

const SITE_SECRET = 'the secret that the site knows';
const LINK_SECRET = 'the secret that signs our links';
const inAnHour = () => Math.floor(Date.now() / 1_000) + 3_600;

let stack: RunningStack;
let database: Awaited<ReturnType<typeof ownDatabase>>;
let bench: Awaited<ReturnType<typeof dispatchBench>>;
let server: OpsServer;
let onsite: OnsiteServer;
let inbox: RedisInbox;
let redis: Redis;
let links: TokenLinks;
let homeSender: HomeSender;
let collector: Server;
let collectorStatus = 200;
const home: { event: string; messageId: string; userId?: string; properties: Record<string, unknown> }[] = [];
const sources: EventSource[] = [];
const prefix = `t${randomUUID().slice(0, 8)}:`;

beforeAll(async () => {
  stack = await startTestStack({ parts: ['postgres', 'redis'] });
  database = await ownDatabase(stack.address('postgres'));
  const { channel } = scriptedChannel('email', () => ({ kind: 'accepted', providerId: null }));
  bench = await dispatchBench({ databaseUrl: database.url, channels: [channel], contents: [emailContent()] });
  await bench.dispatcher.start();
  collector = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      if (collectorStatus === 200) home.push(JSON.parse(body));
      response.writeHead(collectorStatus).end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const homePost = createHomePost(bench.pool);
  homeSender = new HomeSender({
    outbox: homePost,
    collectorUrl: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
    writeKey: 'wk',
    nowMs: Date.now,
    problem: () => {},
    pollMs: 100,
  });
  homeSender.start();
  redis = new Redis(stack.address('redis'));
  inbox = createInbox({
    redis,
    subscriber: new Redis(stack.address('redis')),
    pool: bench.pool,
    prefix,
    cap: 3,
    nowMs: Date.now,
  });
  const lateLinks = { current: undefined as TokenLinks | undefined };
  const posted = () => homeSender.wake();
  server = await createOpsServer({
    name: 'channel-dispatchers',
    host: '127.0.0.1',
    port: 0,
    ready: () => ({ ok: true, reasons: [] }),
    fastify: { routerOptions: { maxParamLength: 8_192 } },
    register(fastify) {
      const current = (): TokenLinks => {
        if (lateLinks.current === undefined) throw new Error('not yet');
        return lateLinks.current;
      };
      const late = {
        readClick: (token: string) => current().readClick(token),
        readUnsubscribe: (token: string) => current().readUnsubscribe(token),
      };
      addLinkRoutes(fastify, {
        links: late as TokenLinks,
        ledger: bench.ledger,
        shortLinks: createShortLinks(bench.pool),
        homePost,
        nowMs: Date.now,
        posted,
        clickLost: () => {},
      });
      onsite = addOnsiteRoutes(fastify, {
        inbox,
        ledger: bench.ledger,
        homePost,
        siteSecrets: [SITE_SECRET],
        origins: ['https://shop.example'],
        nowMs: Date.now,
        posted,
        heartbeatMs: 200,
      });
    },
  });
  links = createTokenLinks({ publicUrl: server.url, secrets: [LINK_SECRET], nowMs: Date.now });
  lateLinks.current = links;
}, 120_000);

afterEach(() => {
  for (const source of sources.splice(0)) source.close();
  home.length = 0;
  collectorStatus = 200;
});
afterAll(async () => {
  onsite.close();
  await server.close();
  await homeSender.stop();
  await inbox.close();
  await bench.stop();
  collector.closeAllConnections();
  await new Promise<void>((resolve) => collector.close(() => resolve()));
  await database.drop();
  await stack.stop();
});

/** A message that was handed over, so that links in it can be followed. */
const sent = async (over: Partial<LedgerEntry['message']> = {}) => {
  const message = chosenNow(over);
  const already = bench.reports.length;
  await bench.claim(message);
  await until(() => bench.reports.length > already);
  return message;
};
const oneClick = async (url: string, body = 'List-Unsubscribe=One-Click') =>
  await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    redirect: 'manual',
  });

describe('clicks', () => {
  const follow = async (url: string, init: RequestInit = {}) => await fetch(url, { redirect: 'manual', ...init });

  it('lead to the target at once and tell who clicked', async () => {
    const message = await sent({ personId: 'user:9' });
    const target = `https://shop.example/cart?a=1&b=${'x'.repeat(1_500)}`;
    const answer = await follow(links.click(message, target));
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toBe(target);
    await until(() => home.length === 1);
    expect(home[0]).toMatchObject({
      type: 'track',
      event: 'Email Link Clicked',
      userId: '9',
      properties: { candidateId: message.candidateId, link: target, channel: 'email' },
    });
  });

  it('fetched ahead, or asked for by HEAD, are no clicks; a crawler is marked', async () => {
    const url = links.click(await sent(), 'https://shop.example/');
    expect((await follow(url, { method: 'HEAD' })).status).toBe(302);
    await follow(url, { headers: { 'sec-purpose': 'prefetch' } });
    await follow(url, { headers: { 'user-agent': 'Googlebot/2.1 (+http://www.google.com/bot.html)' } });
    await until(() => home.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(home).toHaveLength(1);
    expect(home[0]?.properties).toMatchObject({ suspectedBot: true });
  });

  it('altered, unsigned or borrowed tokens are LINK_INVALID and lead nowhere', async () => {
    const message = await sent();
    const url = links.click(message, 'https://shop.example/');
    const [, body = '', mac = ''] = /\/c\/([^.]+)\.(.+)$/.exec(url) ?? [];
    const evil = Buffer.from(
      JSON.stringify({ use: 'click', c: 'x', ch: 'email', t: 'https://evil.example', exp: 9e15 }),
    ).toString('base64url');
    const flipped = `${mac.startsWith('A') ? 'B' : 'A'}${mac.slice(1)}`;
    const borrowed = /\/u\/(.+)$/.exec(links.unsubscribe(message))?.[1];
    for (const token of [`${body}.${flipped}`, `${evil}.${mac}`, evil, 'x', borrowed]) {
      const answer = await follow(`${server.url}/c/${token}`);
      expect(answer.status).toBe(400);
      expect(answer.headers.get('location')).toBeNull();
      expect(await answer.json()).toMatchObject({ code: 'LINK_INVALID' });
    }
    expect(home).toHaveLength(0);
  });

  it('no address and no id of a person travels in a link', async () => {
    const message = await sent({ personId: 'email:ada@example.com' });
    const decoded = [links.click(message, 'https://shop.example/'), links.unsubscribe(message)].map((url) =>
      Buffer.from(/\/[cu]\/([^.]+)/.exec(url)?.[1] ?? '', 'base64url').toString(),
    );
    for (const text of decoded) expect(text).not.toContain('ada@example.com');
  });
});

describe('unsubscribing', () => {
  it('GET only shows a page, whoever follows it how often', async () => {
    const message = await sent({ personId: 'user:20' });
    const answer = await fetch(links.unsubscribe(message));
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('method="post"');
    expect(
      (await bench.pool.query('select 1 from dispatch.suppressions where person_id = $1', ['user:20'])).rowCount,
    ).toBe(0);
    await sent({ personId: 'user:20' });
    expect(bench.reports.at(-1)).toMatchObject({ outcome: 'accepted' });
  });

  it('one POST without cookie: the next marketing message is not handed over, and the news comes home', async () => {
    const message = await sent({ personId: 'user:21' });
    const answer = await oneClick(links.unsubscribe(message));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('set-cookie')).toBeNull();
    await sent({ personId: 'user:21' });
    expect(bench.reports.at(-1)).toMatchObject({ outcome: 'withdrawn', code: 'UNSUBSCRIBED' });
    await until(() => home.length === 1);
    expect(home[0]).toMatchObject({
      event: 'Unsubscribed',
      userId: '21',
      properties: { channel: 'email', purpose: 'marketing', candidateId: message.candidateId },
    });
  });

  it('works as multipart too, and a POST that does not say so changes nothing', async () => {
    const message = await sent({ personId: 'user:22' });
    const url = links.unsubscribe(message);
    expect((await oneClick(url, 'something=else')).status).toBe(400);
    const form = new FormData();
    form.set('List-Unsubscribe', 'One-Click');
    expect((await fetch(url, { method: 'POST', body: form })).status).toBe(200);
    await until(() => home.length === 1);
  });

  it('a token of one person cannot be made into another’s', async () => {
    const url = links.unsubscribe(await sent());
    expect((await oneClick(`${url.slice(0, -3)}abc`)).status).toBe(400);
    expect((await oneClick(`${server.url}/u/x`)).status).toBe(400);
  });

  it('a collector that is away gets the news when it is back, and until then nothing is sent', async () => {
    collectorStatus = 503;
    const message = await sent({ personId: 'user:23' });
    await oneClick(links.unsubscribe(message));
    await until(
      async () =>
        ((
          await bench.pool.query(
            'select 1 from dispatch.home_events where attempt > 0 and accepted_at is null and candidate_id = $1',
            [message.candidateId],
          )
        ).rowCount ?? 0) > 0,
    );
    await sent({ personId: 'user:23', chosenAtMs: Date.now() + 3_600_000, expiresAtMs: Date.now() + 7_200_000 });
    expect(bench.reports.at(-1)).toMatchObject({ code: 'UNSUBSCRIBED' });
    collectorStatus = 200;
    await until(() => home.length === 1);
  });
});

describe('the inbox on the site', () => {
  const put = async (personId: string, over: object = {}) => {
    const candidateId = randomUUID();
    await inbox.put(personId, {
      candidateId,
      slot: 'header',
      html: '<p>Hi</p>',
      expiresAtMs: Date.now() + 60_000,
      ...over,
    });
    return candidateId;
  };
  const viewer = (userId: string, seconds = inAnHour()) =>
    new URLSearchParams({ userId, token: siteTokenOf(userId, seconds, SITE_SECRET) });
  const listen = (query: URLSearchParams, headers: Record<string, string> = {}) => {
    const source = new EventSource(`${server.url}/v1/onsite/stream?${query}`, {
      fetch: async (url, init) => await fetch(url, { ...init, headers: { ...init?.headers, ...headers } }),
    });
    sources.push(source);
    const got: { candidateId: string; id: string }[] = [];
    const removed: string[] = [];
    source.addEventListener('message', (event) => got.push({ ...JSON.parse(event.data), id: event.lastEventId }));
    source.addEventListener('removed', (event) => removed.push(JSON.parse(event.data).candidateId));
    return { got, removed };
  };

  it('streams what is there and what comes, and what is taken back', async () => {
    const first = await put('user:30');
    const { got, removed } = listen(viewer('30'));
    await until(() => got.length === 1);
    const second = await put('user:30');
    await until(() => got.length === 2);
    expect(got.map(({ candidateId }) => candidateId)).toEqual([first, second]);
    await inbox.remove('user:30', first);
    await until(() => removed.length === 1);
    expect(removed).toEqual([first]);
  });

  it('resumes after Last-Event-ID', async () => {
    const first = await put('user:31');
    const before = listen(viewer('31'));
    await until(() => before.got.length === 1);
    const second = await put('user:31');
    const after = listen(viewer('31'), { 'last-event-id': before.got[0]?.id ?? '' });
    await until(() => after.got.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(after.got.map(({ candidateId }) => candidateId)).toEqual([second]);
    expect(first).not.toBe(second);
  });

  it('known persons only with a token that the site signed for them and that has not expired', async () => {
    const past = Math.floor(Date.now() / 1_000) - 1;
    const forOther = siteTokenOf('33', inAnHour(), SITE_SECRET);
    const bad = [
      '',
      'x',
      forOther,
      siteTokenOf('32', past, SITE_SECRET),
      siteTokenOf('32', inAnHour(), 'another secret'),
      `${inAnHour() + 5}.${forOther.split('.')[1]}`,
    ];
    for (const token of bad) {
      for (const path of ['stream', 'messages']) {
        const answer = await fetch(
          `${server.url}/v1/onsite/${path}?${new URLSearchParams({ userId: '32', ...(token === '' ? {} : { token }) })}`,
        );
        expect(answer.status).toBe(401);
        expect(await answer.json()).toMatchObject({ code: 'TOKEN_INVALID' });
      }
    }
    expect((await fetch(`${server.url}/v1/onsite/messages?${viewer('32')}`)).status).toBe(200);
  });

  it('an anonymous visitor sees what was sent to that visitor, and no known person’s', async () => {
    const theirs = await put('anon:a-1');
    await put('user:a-1');
    const answer = await fetch(`${server.url}/v1/onsite/messages?anonymousId=a-1`);
    const { messages } = (await answer.json()) as { messages: { candidateId: string }[] };
    expect(messages.map(({ candidateId }) => candidateId)).toEqual([theirs]);
  });

  it('expired messages are gone, and the oldest gives way when the inbox is full', async () => {
    await put('user:34', { expiresAtMs: Date.now() + 150 });
    const kept = [await put('user:34'), await put('user:34')];
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await inbox.list('user:34', 0)).map(({ candidateId }) => candidateId)).toEqual(kept);
    const more = [await put('user:34'), await put('user:34')];
    expect((await inbox.list('user:34', 0)).map(({ candidateId }) => candidateId)).toEqual([kept[1], ...more]);
  });

  it('the same message is there once, and a dismissed one stays away', async () => {
    const message = chosenNow({ channel: 'onsite', personId: 'user:35' });
    await bench.ledger.claim({ entries: [{ message, traceparent: null }], withdrawals: [], room: new Map() });
    const { candidateId } = message;
    const item = { candidateId, slot: 'header', html: '', expiresAtMs: Date.now() + 60_000 };
    await inbox.put('user:35', item);
    await inbox.put('user:35', item);
    expect(await inbox.list('user:35', 0)).toHaveLength(1);
    const tell = async (what: string) =>
      await fetch(`${server.url}/v1/onsite/seen`, {
        method: 'POST',
        headers: { 'content-type': 'text/plain' },
        body: JSON.stringify({ ...Object.fromEntries(viewer('35')), candidateId, what }),
      });
    for (const what of ['seen', 'seen', 'dismissed', 'dismissed']) expect((await tell(what)).status).toBe(200);
    await until(() => home.length === 2);
    expect(home.map(({ event }) => event).sort()).toEqual(['Onsite Message Dismissed', 'Onsite Message Seen']);
    await inbox.put('user:35', item);
    expect(await inbox.list('user:35', 0)).toHaveLength(0);
    const stranger = await fetch(`${server.url}/v1/onsite/seen`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: JSON.stringify({ anonymousId: 'x', candidateId }),
    });
    expect(stranger.status).toBe(404);
  });

  it('Redis that lost everything is filled again', async () => {
    const candidateId = await put('user:36');
    const keys = await redis.keys(`${prefix}*`);
    await redis.del(...keys);
    expect(await inbox.list('user:36', 0)).toHaveLength(0);
    expect(await inbox.refill()).toBeGreaterThan(0);
    expect((await inbox.list('user:36', 0)).map((one) => one.candidateId)).toEqual([candidateId]);
    expect(await inbox.refill()).toBe(-1);
  });

  it('only the site’s own origin may read it, and the script is served to anyone', async () => {
    const own = await fetch(`${server.url}/v1/onsite/messages?anonymousId=b`, {
      headers: { origin: 'https://shop.example' },
    });
    expect(own.headers.get('access-control-allow-origin')).toBe('https://shop.example');
    const other = await fetch(`${server.url}/v1/onsite/messages?anonymousId=b`, {
      headers: { origin: 'https://evil.example' },
    });
    expect(other.headers.get('access-control-allow-origin')).not.toBe('https://evil.example');
    const script = await fetch(`${server.url}/kairos.js`);
    expect(script.headers.get('content-type')).toContain('text/javascript');
    expect(await script.text()).toContain('ajs_anonymous_id');
  });
});
