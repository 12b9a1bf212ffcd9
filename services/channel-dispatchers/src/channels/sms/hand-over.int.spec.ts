// length: one bench of a gateway, a ledger and a collector serves all of it; each test states one promise
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ChosenMessage } from '@kairos/contracts';
import { type RunningStack, startTestStack } from '@kairos/local-stack';
import { createOpsServer, type OpsServer } from '@kairos/service-kit';
import { addLinkRoutes } from '../../adapters/http-links.ts';
import { addSmsRoutes, smsStatusUrl } from '../../adapters/http-sms.ts';
import { createHomePost } from '../../adapters/postgres-home-post.ts';
import { createPool } from '../../adapters/postgres-pool.ts';
import { createShortLinks } from '../../adapters/postgres-short-links.ts';
import { createTokenLinks, type TokenLinks } from '../../adapters/token-links.ts';
import { HomeSender } from '../../dispatch/home-sender.ts';
import { plain, smsContent } from '../../testing/chosen.ts';
import { chosenNow, dispatchBench, ownDatabase, until } from '../../testing/dispatch-bench.ts';
import { SmsGateway } from '../../testing/sms-gateway.ts';
import { createSmsChannel } from './send.ts';

type Bench = Awaited<ReturnType<typeof dispatchBench>>;

let stack: RunningStack;
let database: Awaited<ReturnType<typeof ownDatabase>>;
let gateway: SmsGateway;
let bench: Bench;
let server: OpsServer;
let pool: ReturnType<typeof createPool>;
let homeSender: HomeSender;
let collector: Server;
const home: { event: string; messageId: string; userId?: string; properties: Record<string, unknown> }[] = [];
const strangers = { count: 0 };

const links: TokenLinks = createTokenLinks({
  publicUrl: 'http://short.example',
  secrets: ['the secret that signs our links'],
  nowMs: Date.now,
});

async function openBench(instance?: string): Promise<Bench> {
  const channel = createSmsChannel({
    account: gateway.sender,
    render: plain,
    links,
    shortLinks: createShortLinks(pool),
    statusUrl: ({ candidateId }) => smsStatusUrl(server.url, candidateId),
    nowMs: Date.now,
    spec: { timeoutMs: 1_500, retry: { maxAttempts: 5, firstDelayMs: 100, maxDelayMs: 300 } },
  });
  const contents = [smsContent({ text: 'Your cart waits: https://shop.example/cart' })];
  const opened = await dispatchBench({
    databaseUrl: database.url,
    channels: [channel],
    contents,
    ...(instance === undefined ? {} : { instance }),
  });
  await opened.dispatcher.start();
  return opened;
}

async function openDoor(): Promise<OpsServer> {
  const homePost = createHomePost(pool);
  const ledger = {
    find: async (candidateId: string) => await bench.ledger.find(candidateId),
    lastTextsTo: async (phone: string) => await bench.ledger.lastTextsTo(phone),
  };
  const posted = () => homeSender.wake();
  const common = { ledger, homePost, nowMs: Date.now, posted };
  return await createOpsServer({
    name: 'channel-dispatchers',
    host: '127.0.0.1',
    port: 0,
    ready: () => ({ ok: true, reasons: [] }),
    register(fastify) {
      addLinkRoutes(fastify, { ...common, links, shortLinks: createShortLinks(pool), clickLost: () => {} });
      addSmsRoutes(fastify, {
        ...common,
        get publicUrl() {
          return server.url;
        },
        authTokens: [gateway.account.authToken],
        unknownSender: () => {
          strangers.count += 1;
        },
      });
    },
  });
}

beforeAll(async () => {
  stack = await startTestStack({ parts: ['postgres'] });
  collector = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      home.push(JSON.parse(body));
      response.writeHead(200).end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
}, 120_000);
afterAll(async () => {
  collector.closeAllConnections();
  await new Promise<void>((resolve) => collector.close(() => resolve()));
  await stack.stop();
});

beforeEach(async () => {
  home.length = 0;
  strangers.count = 0;
  database = await ownDatabase(stack.address('postgres'));
  pool = createPool(database.url, 4);
  gateway = new SmsGateway();
  await gateway.open();
  homeSender = new HomeSender({
    outbox: createHomePost(pool),
    collectorUrl: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
    writeKey: 'wk',
    nowMs: Date.now,
    problem: () => {},
    pollMs: 100,
  });
  server = await openDoor();
  bench = await openBench();
  homeSender.start();
});
afterEach(async () => {
  await bench.stop();
  await gateway.close();
  gateway.remove();
  await server.close();
  await homeSender.stop();
  await pool.end();
  await database.drop();
});

const text = (over: Partial<ChosenMessage> = {}): ChosenMessage =>
  chosenNow({ channel: 'sms', address: '+4917012345', ...over });
const sent = async (over: Partial<ChosenMessage> = {}): Promise<ChosenMessage> => {
  const message = text(over);
  const already = bench.reports.length;
  await bench.claim(message);
  await until(() => bench.reports.length > already);
  return message;
};
const namesHome = () => home.map(({ event }) => event).sort();
const quietly = async () => await new Promise((resolve) => setTimeout(resolve, 500));

describe('handing a text over', () => {
  it('a gateway that accepts: reported with its id, and what became of it comes home', async () => {
    const { candidateId } = await sent({ personId: 'user:1' });
    expect(bench.reports[0]).toMatchObject({ outcome: 'accepted', providerId: gateway.texts()[0]?.sid });
    await until(() => home.length === 2);
    expect(namesHome()).toEqual(['SMS Delivered', 'SMS Sent']);
    for (const one of home) expect(one).toMatchObject({ userId: '1', properties: { candidateId, channel: 'sms' } });
  });

  it('a number that gets nothing: accepted, and then SMS Undelivered with the code', async () => {
    await sent({ address: '+15005550016' });
    await until(() => home.length === 2);
    expect(home.find(({ event }) => event === 'SMS Undelivered')?.properties).toMatchObject({ errorCode: '30003' });
  });

  it('a number that is none: failed, PROVIDER_REJECTED, one call', async () => {
    await sent({ address: '+15005550001' });
    expect(bench.reports).toMatchObject([{ outcome: 'failed', code: 'PROVIDER_REJECTED', attempt: 1 }]);
  });

  it.each(['busy', 'away'] as const)('a gateway that is %s and then takes it: accepted, once', async (behaviour) => {
    await gateway.behave(behaviour);
    await bench.claim(text());
    const again = "select 1 from dispatch.messages where attempt >= 1 and state = 'claimed'";
    await until(async () => (await bench.pool.query(again)).rowCount === 1);
    await gateway.behave('accept');
    await until(() => bench.reports.length === 1);
    expect(bench.reports[0]).toMatchObject({ outcome: 'accepted' });
    expect(bench.reports[0]?.attempt).toBeGreaterThan(1);
    expect(gateway.texts()).toHaveLength(1);
  });

  it.each(['hang', 'broken', 'drop'] as const)(
    'a gateway that does %s: unknown, and not repeated',
    async (behaviour) => {
      await gateway.behave(behaviour);
      await sent();
      await gateway.behave('accept');
      await quietly();
      expect(bench.reports).toMatchObject([{ outcome: 'unknown', code: 'HAND_OVER_UNKNOWN', attempt: 1 }]);
      expect(gateway.texts()).toHaveLength(behaviour === 'drop' ? 1 : 0);
    },
  );

  it('what is unknown to us and was delivered all the same comes home by its callback', async () => {
    await gateway.behave('drop');
    const { candidateId } = await sent();
    await until(() => home.length === 2);
    expect(home[1]).toMatchObject({ properties: { candidateId } });
  });

  it('a crash in mid-call: the next life says unknown and calls nobody', async () => {
    await gateway.behave('hang');
    const crashed = await openBench('pod-1');
    await bench.stop();
    await crashed.claim(text());
    // The ledger says `calling` before the request is on its way, and what vanishes here does not take that back.
    await until(() => gateway.calls === 1);
    await crashed.vanish();
    await gateway.behave('accept');
    bench = await openBench('pod-1');
    await until(() => bench.reports.length === 1);
    expect(bench.reports).toMatchObject([{ outcome: 'unknown', code: 'HAND_OVER_UNKNOWN' }]);
    await quietly();
    expect(gateway.calls).toBe(1);
  });
});

describe('links in texts', () => {
  it('are short, lead to the target and tell who clicked', async () => {
    const { candidateId } = await sent();
    const url = /http:\/\/short\.example(\/s\/\w{12})$/.exec(gateway.texts()[0]?.body ?? '')?.[1] ?? '';
    const answer = await fetch(`${server.url}${url}`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([302, 'https://shop.example/cart']);
    await until(() => namesHome().includes('SMS Link Clicked'));
    expect(home.find(({ event }) => event === 'SMS Link Clicked')?.properties).toMatchObject({
      candidateId,
      link: 'https://shop.example/cart',
    });
  });

  it('that nobody made lead nowhere', async () => {
    const answer = await fetch(`${server.url}/s/AAAAAAAAAAAA`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
  });
});

describe('what somebody writes back', () => {
  const fates = () => bench.reports.map(({ outcome, code }) => `${outcome} ${code}`);

  it('STOP ends marketing by sms at once, for everybody with that number, and leaves service alone', async () => {
    const first = await sent({ personId: 'user:1' });
    const other = await sent({ personId: 'user:2' });
    expect(await gateway.reply('+4917012345', ' Stop. ')).toBe(200);
    await sent({ personId: 'user:1' });
    await sent({ personId: 'user:2' });
    await sent({ personId: 'user:1', purpose: 'service' });
    await sent({ personId: 'user:3' });
    expect(fates().slice(2)).toEqual([
      'withdrawn UNSUBSCRIBED',
      'withdrawn UNSUBSCRIBED',
      'accepted null',
      'accepted null',
    ]);
    await until(() => namesHome().filter((name) => name === 'Unsubscribed').length === 2);
    const told = home.filter(({ event }) => event === 'Unsubscribed').map(({ properties }) => properties);
    expect(told.map(({ candidateId }) => candidateId).sort()).toEqual(
      [first, other].map((one) => one.candidateId).sort(),
    );
    for (const one of told) expect(one).toMatchObject({ channel: 'sms', purpose: 'marketing' });
    const open = "select 1 from dispatch.suppressions where purpose = 'marketing' and home_at_ms is null";
    await until(async () => (await bench.pool.query(open)).rowCount === 0);
  });

  it('STOP to a service text ends marketing too', async () => {
    await sent({ personId: 'user:1', purpose: 'service' });
    await gateway.reply('+4917012345', 'STOP');
    await sent({ personId: 'user:1' });
    expect(fates()).toEqual(['accepted null', 'withdrawn UNSUBSCRIBED']);
  });

  it('any other text comes home once, however often it is told, and ends nothing', async () => {
    await sent({ personId: 'user:1' });
    const { candidateId } = await sent({ personId: 'user:1' });
    for (let times = 0; times < 2; times += 1)
      await gateway.reply('+4917012345', 'Please stop by on Monday', { MessageSid: 'SM1' });
    await until(() => namesHome().includes('Message Replied'));
    await quietly();
    const replies = home.filter(({ event }) => event === 'Message Replied');
    expect(replies).toMatchObject([{ userId: '1', properties: { candidateId, text: 'Please stop by on Monday' } }]);
    await sent({ personId: 'user:1' });
    expect(fates().at(-1)).toBe('accepted null');
  });

  it('from a number that nothing went to names nobody', async () => {
    expect(await gateway.reply('+4917099999', 'Hello?', { Url: `${server.url}/v1/sms/inbound` })).toBe(200);
    await quietly();
    expect([home.length, strangers.count]).toEqual([0, 1]);
  });
});

it('what is not signed with our token is refused and changes nothing: status, reply and STOP', async () => {
  const { candidateId } = await sent({ personId: 'user:1' });
  await until(() => home.length === 2);
  const forge = async (path: string, form: Record<string, string>, signature?: string) => {
    const headers = signature === undefined ? {} : { 'x-twilio-signature': signature };
    const answer = await fetch(`${server.url}${path}`, { method: 'POST', headers, body: new URLSearchParams(form) });
    return [answer.status, ((await answer.json()) as { code: string }).code];
  };
  const status = { MessageStatus: 'failed', MessageSid: 'SM9' };
  expect(await forge(`/v1/sms/status/${candidateId}`, status)).toEqual([401, 'TOKEN_INVALID']);
  const guess = Buffer.alloc(20).toString('base64');
  expect(await forge(`/v1/sms/status/${candidateId}`, status, guess)).toEqual([401, 'TOKEN_INVALID']);
  expect(await forge('/v1/sms/inbound', { From: '+4917012345', Body: 'STOP' }, guess)).toEqual([401, 'TOKEN_INVALID']);
  await quietly();
  await sent({ personId: 'user:1' });
  expect(bench.reports.at(-1)).toMatchObject({ outcome: 'accepted' });
  expect(namesHome().filter((name) => name !== 'SMS Sent' && name !== 'SMS Delivered')).toEqual([]);
});
