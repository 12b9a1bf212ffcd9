import { request as httpRequest } from 'node:http';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createOpsServer, type OpsServer, RetryLaterError } from '@kairos/service-kit';
import fc from 'fast-check';
import { addSegmentApi, type SegmentApiOptions } from './adapters/fastify-segment-api.ts';
import { hashedWriteKeys, hashWriteKey } from './adapters/hashed-write-keys.ts';
import { memoryQuota } from './adapters/memory-quota.ts';
import { collect } from './core.ts';
import { createIntake, type IntakeParts } from './intake.ts';
import type { DeadEntry, EventEntry, EventLog } from './ports.ts';

const MIB = 1024 * 1024;

/** A log in memory; `failWith` makes it refuse. */
class MemoryLog implements EventLog {
  readonly events: EventEntry[] = [];
  readonly dead: DeadEntry[] = [];
  failWith: Error | undefined;
  trouble: string | undefined;
  async append(events: readonly EventEntry[], dead: readonly DeadEntry[]): Promise<void> {
    if (this.failWith !== undefined) throw this.failWith;
    this.events.push(...events);
    this.dead.push(...dead);
  }
}

const keys = hashedWriteKeys([
  { sourceId: 'site', kind: 'browser', keyHash: hashWriteKey('browser-key') },
  { sourceId: 'shop', kind: 'server', keyHash: hashWriteKey('server-key') },
  { sourceId: 'partner', kind: 'browser', keyHash: hashWriteKey('partner-key'), origins: ['https://partner.example'] },
]);

let server: OpsServer | undefined;
afterEach(() => server?.close());

async function start(
  more: { parts?: Partial<IntakeParts>; api?: Partial<SegmentApiOptions>; trustProxy?: string[] } = {},
) {
  const log = new MemoryLog();
  const refusals: string[] = [];
  const intake = createIntake({
    keys,
    quota: memoryQuota({ perSecond: 1_000, burst: 100_000, nowMs: Date.now }),
    log,
    collect,
    isBot: () => false,
    newId: () => 'new-id',
    nowMs: Date.now,
    accepted: () => undefined,
    refused: (_, code) => refusals.push(code),
    ...more.parts,
  });
  server = await createOpsServer({
    name: 'collector',
    host: '127.0.0.1',
    port: 0,
    ready: () => ({ ok: true, reasons: [] }),
    register: (fastify) =>
      addSegmentApi(fastify, {
        intake,
        limits: { maxBytes: 4 * MIB, maxHeldBytes: 64 * MIB, maxInflating: 4 },
        publicUrl: undefined,
        keepIp: true,
        ...more.api,
      }),
    ...(more.trustProxy === undefined ? {} : { fastify: { trustProxy: more.trustProxy } }),
  });
  return { log, refusals, url: server.url };
}

const basic = (key: string) => `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
const serverKey = { authorization: basic('server-key') };

async function post(path: string, body: unknown, headers: Record<string, string> = serverKey) {
  const raw = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await fetch(`${server?.url}${path}`, { method: 'POST', body: raw as BodyInit, headers });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: JSON.parse(text) as Record<string, unknown>,
  };
}

const track = { userId: 'u', event: 'Order Completed' };

describe('paths', () => {
  it.each([
    ['track', track, 'Order Completed'],
    ['identify', { userId: 'u' }, 'Identified'],
    ['page', { userId: 'u' }, 'Page Viewed'],
    ['screen', { userId: 'u' }, 'Screen Viewed'],
    ['group', { userId: 'u', groupId: 'g' }, 'Group Joined'],
    ['alias', { userId: 'u', previousId: 'p' }, 'Alias Made'],
    ['batch', { batch: [{ type: 'track', ...track }] }, 'Order Completed'],
  ])('%s is taken under its long and its short path', async (type, body, name) => {
    const { log } = await start();
    for (const path of [`/v1/${type}`, `/v1/${type.slice(0, 1)}`]) {
      const { status, text } = await post(path, body);
      expect([status, text]).toEqual([200, '{"success":true}']);
    }
    expect(log.events.map(({ event }) => event.name)).toEqual([name, name]);
  });
});

describe('write keys', () => {
  it.each<[string, string, Record<string, string>, object]>([
    ['Basic', '/v1/track', { authorization: basic('server-key') }, {}],
    ['Bearer', '/v1/track', { authorization: 'Bearer server-key' }, {}],
    ['X-Write-Key', '/v1/track', { 'x-write-key': 'server-key' }, {}],
    ['the body', '/v1/track', {}, { writeKey: 'server-key' }],
    ['the query', '/v1/track?writeKey=server-key', {}, {}],
  ])('are found in %s', async (_, path, headers, more) => {
    const { log } = await start();
    expect((await post(path, { ...track, ...more }, headers)).status).toBe(200);
    expect(log.events[0]?.event).toMatchObject({ source: 'shop', sourceKind: 'server' });
  });

  it.each<[string, Record<string, string>, object]>([
    ['missing', {}, {}],
    ['unknown', { authorization: basic('nobody') }, {}],
    ['unknown in the body', {}, { writeKey: 'nobody' }],
    ['no text', {}, { writeKey: 3 }],
  ])('that are %s are answered 401, and nothing is kept', async (_, headers, more) => {
    const { log } = await start();
    const { status, json } = await post('/v1/track', { ...track, ...more }, headers);
    expect([status, json.code, json.field]).toEqual([401, 'WRITE_KEY_UNKNOWN', 'writeKey']);
    expect([log.events, log.dead]).toEqual([[], []]);
  });

  it('of one site are not for the pages of another', async () => {
    await start();
    const headers = { authorization: basic('partner-key') };
    const answer = await post('/v1/track', track, { ...headers, origin: 'https://evil.example' });
    expect([answer.status, answer.json.code]).toEqual([403, 'NOT_ALLOWED_FOR_KEY']);
    expect((await post('/v1/track', track, { ...headers, origin: 'https://partner.example' })).status).toBe(200);
  });
});

describe('bodies', () => {
  it.each(['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'garbage;;', ''])(
    'are JSON under the Content-Type "%s"',
    async (type) => {
      await start();
      expect((await post('/v1/track', track, { ...serverKey, 'content-type': type })).status).toBe(200);
    },
  );

  it.each<[string, string, (text: string) => Uint8Array]>([
    ['gzip', 'gzip', (text) => gzipSync(text)],
    ['x-gzip', 'x-gzip', (text) => gzipSync(text)],
    ['deflate', 'deflate', (text) => deflateSync(text)],
    ['bare deflate', 'deflate', (text) => deflateRawSync(text)],
    ['identity', 'identity', (text) => Buffer.from(text)],
    ['a byte order mark', 'identity', (text) => Buffer.from(`\ufeff${text}`)],
  ])('may come as %s', async (_, encoding, pack) => {
    const { log } = await start();
    const answer = await post('/v1/track', pack(JSON.stringify(track)), { ...serverKey, 'content-encoding': encoding });
    expect(answer.status).toBe(200);
    expect(log.events).toHaveLength(1);
  });

  it.each<[string, string | Uint8Array, Record<string, string>, number, string]>([
    ['not JSON', '{"a":', {}, 400, 'MALFORMED_JSON'],
    ['empty', '', {}, 400, 'MALFORMED_JSON'],
    ['a list', '[]', {}, 400, 'FIELD_INVALID'],
    ['brotli', '{}', { 'content-encoding': 'br' }, 415, 'ENCODING_UNSUPPORTED'],
    ['gzip twice', '{}', { 'content-encoding': 'gzip, gzip' }, 415, 'ENCODING_UNSUPPORTED'],
    ['no gzip at all', '{}', { 'content-encoding': 'gzip' }, 400, 'ENCODING_BROKEN'],
    ['cut gzip', gzipSync('{"a":1}').subarray(0, 12), { 'content-encoding': 'gzip' }, 400, 'ENCODING_BROKEN'],
    ['over 4 MiB', `"${'x'.repeat(4 * MIB)}"`, {}, 413, 'REQUEST_TOO_LARGE'],
  ])('that are %s are refused', async (_, body, headers, status, code) => {
    await start();
    const answer = await post('/v1/batch', body, { ...serverKey, ...headers });
    expect([answer.status, answer.json.code, answer.json.success]).toEqual([status, code, false]);
  });

  it('over 4 MiB without a Content-Length are refused while they come', async () => {
    const { url } = await start();
    const answer = await new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      const sent = httpRequest(`${url}/v1/batch`, { method: 'POST', headers: serverKey }, (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode, text }));
      });
      sent.on('error', reject);
      for (let index = 0; index < 5; index++) sent.write(Buffer.alloc(MIB, 'x'));
      sent.end();
    });
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.text).code).toBe('REQUEST_TOO_LARGE');
  });

  it('that are bombs cost no more than an honest large request, and nobody else waits for them', async () => {
    await start();
    const bomb = gzipSync(Buffer.alloc(64 * MIB, ' '));
    const before = process.memoryUsage.rss();
    const headers = { ...serverKey, 'content-encoding': 'gzip' };
    const bombs = Array.from({ length: 20 }, () => post('/v1/batch', bomb, headers));
    expect((await post('/v1/track', track)).status).toBe(200);
    for (const { status, json } of await Promise.all(bombs)) {
      expect([status, json.code]).toEqual([413, 'REQUEST_TOO_LARGE']);
    }
    // Inflated they would be 1.25 GiB.
    expect(process.memoryUsage.rss() - before).toBeLessThan(160 * MIB);
  });

  it('of a stranger are not even inflated', async () => {
    await start();
    const headers = { authorization: basic('nobody'), 'content-encoding': 'gzip' };
    expect((await post('/v1/batch', 'not gzip', headers)).status).toBe(401);
  });

  it('give their memory back', async () => {
    await start({ api: { limits: { maxBytes: MIB, maxHeldBytes: MIB + 20_000, maxInflating: 1 } } });
    const large = JSON.stringify({ batch: [], filler: 'x'.repeat(MIB - 100) });
    for (let index = 0; index < 5; index++) expect((await post('/v1/batch', large)).status).toBe(200);
    for (let index = 0; index < 5; index++) expect((await post('/v1/batch', '{')).status).toBe(400);
    const packed = gzipSync(large);
    for (let index = 0; index < 5; index++) {
      expect((await post('/v1/batch', packed, { ...serverKey, 'content-encoding': 'gzip' })).status).toBe(200);
    }
  });
});

describe('answers', () => {
  it('one bad event does not take the others with it; it is kept with its reason', async () => {
    const { log } = await start();
    const batch = [
      { type: 'track', ...track },
      { type: 'track', userId: 'u' },
    ];
    const { status, json } = await post('/v1/batch', { batch });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      success: true,
      accepted: 1,
      rejectedCount: 1,
      rejected: [{ index: 1, code: 'FIELD_MISSING', field: 'batch[1].event' }],
    });
    expect(log.events).toHaveLength(1);
    expect(log.dead).toMatchObject([{ original: batch[1], code: 'FIELD_MISSING', sourceId: 'shop' }]);
  });

  it('when nothing was good the answer is 400 with code, message and field, and everything is kept', async () => {
    const { log } = await start();
    const { status, json } = await post('/v1/batch', { batch: [{ type: 'track' }, 3] });
    expect(status).toBe(400);
    expect(json).toMatchObject({
      success: false,
      code: 'FIELD_MISSING',
      field: 'batch[0].event',
      accepted: 0,
      rejectedCount: 2,
    });
    expect(log.dead).toHaveLength(2);
  });

  it('a too large single event is 413', async () => {
    await start();
    const { status, json } = await post('/v1/track', { ...track, properties: { a: 'x'.repeat(300_000) } });
    expect([status, json.code]).toEqual([413, 'EVENT_TOO_LARGE']);
  });

  it('lists at most 100 refusals and counts all', async () => {
    await start();
    const { json } = await post('/v1/batch', { batch: new Array(150).fill(null) });
    expect([(json.rejected as unknown[]).length, json.rejectedCount]).toEqual([100, 150]);
  });

  it('when the log is away: 503 with Retry-After, never success', async () => {
    const { log, refusals } = await start();
    log.failWith = new RetryLaterError('BROKER_UNAVAILABLE', 'away', 2_000);
    const { status, json, headers } = await post('/v1/track', track);
    expect([status, json.code, headers.get('retry-after')]).toEqual([503, 'BROKER_UNAVAILABLE', '2']);
    expect(refusals).toEqual(['BROKER_UNAVAILABLE']);
    log.failWith = undefined;
    expect((await post('/v1/track', track)).status).toBe(200);
  });

  it('a fault of ours is 500, and says nothing', async () => {
    const { log } = await start();
    log.failWith = new Error('secret detail');
    const { status, text } = await post('/v1/track', track);
    expect(status).toBe(500);
    expect(text).not.toContain('secret');
  });

  it('a flood of one key is 429 with Retry-After; another key goes on', async () => {
    let now = 0;
    await start({ parts: { quota: memoryQuota({ perSecond: 10, burst: 20, nowMs: () => now }) } });
    const batch = { batch: new Array(35).fill({ type: 'track', ...track }) };
    expect((await post('/v1/batch', batch)).status).toBe(200);
    const { status, json, headers } = await post('/v1/track', track);
    expect([status, json.code, headers.get('retry-after')]).toEqual([429, 'TOO_MANY_REQUESTS', '2']);
    expect((await post('/v1/track', track, { authorization: basic('browser-key') })).status).toBe(200);
    now += 1_700;
    expect((await post('/v1/track', track)).status).toBe(200);
  });
});

describe('browsers', () => {
  it('may ask first from any page, without credentials, and need not ask again for a day', async () => {
    const { url } = await start();
    const response = await fetch(`${url}/v1/track`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://shop.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-headers')).toBe('authorization,content-type');
    expect(response.headers.get('access-control-max-age')).toBe('86400');
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
  });

  it('can read the answer, also a refusal', async () => {
    await start();
    const answer = await post('/v1/track', {}, { ...serverKey, origin: 'https://shop.example' });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([400, '*']);
  });

  it('send beacons: text/plain with the key in the body', async () => {
    const { log } = await start();
    const body = { ...track, anonymousId: 'a', writeKey: 'browser-key' };
    expect((await post('/v1/t', body, { 'content-type': 'text/plain;charset=UTF-8' })).status).toBe(200);
    expect(log.events[0]?.event.sourceKind).toBe('browser');
  });

  it('find their settings, which point back here', async () => {
    const { url } = await start();
    const response = await fetch(`${url}/v1/projects/browser-key/settings`);
    const { integrations } = (await response.json()) as { integrations: Record<string, unknown> };
    expect(integrations['Segment.io']).toMatchObject({
      apiKey: 'browser-key',
      apiHost: `${new URL(url).host}/v1`,
      protocol: 'http',
    });
  });

  it.each([
    ['an unknown key', 'nobody', 401],
    ['a server key', 'server-key', 403],
  ])('get no settings for %s', async (_, key, status) => {
    const { url } = await start();
    expect((await fetch(`${url}/v1/projects/${key}/settings`)).status).toBe(status);
  });

  it('X-Forwarded-For is believed from a listed proxy only', async () => {
    const ipOf = async (trustProxy?: string[]) => {
      const { log } = await start(trustProxy === undefined ? {} : { trustProxy });
      const headers = { authorization: basic('browser-key'), 'x-forwarded-for': '198.51.100.9' };
      await post('/v1/track', track, headers);
      await server?.close();
      return (JSON.parse(log.events[0]?.event.context ?? '') as { ip: string }).ip;
    };
    expect(await ipOf()).toBe('127.0.0.1');
    expect(await ipOf(['10.0.0.0/8'])).toBe('127.0.0.1');
    expect(await ipOf(['127.0.0.1'])).toBe('198.51.100.9');
  });
});

it('no body whatever makes a 5xx or changes Object.prototype', async () => {
  const { url } = await start();
  const paths = ['track', 'identify', 'page', 'group', 'alias', 'batch', 't', 'b'];
  const before = Object.getOwnPropertyNames(Object.prototype).join();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...paths),
      fc.oneof(
        fc.json(),
        fc.string(),
        fc.uint8Array({ maxLength: 200 }),
        fc.json().map((json) => `{"userId":"u","__proto__":${json},"batch":[${json}]}`),
      ),
      fc.constantFrom('', 'gzip', 'deflate', 'br'),
      async (path, body, encoding) => {
        const headers = { ...serverKey, ...(encoding === '' ? {} : { 'content-encoding': encoding }) };
        const response = await fetch(`${url}/v1/${path}`, { method: 'POST', body: body as BodyInit, headers });
        const answer = (await response.json()) as { success?: boolean };
        expect(response.status).toBeLessThan(500);
        expect(answer.success).toBe(response.status === 200);
      },
    ),
    { numRuns: 200 },
  );
  expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(before);
});
