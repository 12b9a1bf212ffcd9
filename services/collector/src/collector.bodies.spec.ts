import { request as httpRequest } from 'node:http';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { collect } from './core.ts';
import { basic, httpRig, MIB, serverKey, track } from './http-rig.fixture.ts';

const { start, post } = httpRig(collect);

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

  it.each([
    ['a NUL', String.raw`"a\u0000b"`, 'ab'],
    ['half a pair', String.raw`"a\ud800b"`, 'a\ufffdb'],
    ['half a pair, written in capitals', String.raw`"a\uD800b"`, 'a\ufffdb'],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0x61, 0xed, 0xa0, 0x80, 0x22]), 'a\ufffd\ufffd\ufffd'],
    ['a whole pair, as it is', '"a😀b"', 'a😀b'],
  ])('%s does not reach the log', async (_, value, expected) => {
    const { log } = await start();
    const parts = ['{"userId":"u","event":"x","properties":{"a":{"b":[', value, ']}}}'];
    const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
    expect((await post('/v1/track', body)).status).toBe(200);
    expect(JSON.parse(log.events[0]?.event.properties ?? '')).toEqual({ a: { b: [expected] } });
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
        const response = await fetch(`${url}/v1/${path}`, { method: 'POST', body: body as string, headers });
        const answer = (await response.json()) as { success?: boolean };
        expect(response.status).toBeLessThan(500);
        expect(answer.success).toBe(response.status === 200);
      },
    ),
    { numRuns: 200 },
  );
  expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(before);
});
