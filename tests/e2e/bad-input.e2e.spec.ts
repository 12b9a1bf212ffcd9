import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { arrives, letterWith } from './kit/dead-letters.ts';
import { eventually, kairos, secretsOf, sendCall, timelineOf, unique, urlOf } from './kit/house.ts';

const MIB = 1024 * 1024;

interface Answer {
  readonly success: boolean;
  readonly code?: string;
  readonly message?: string;
  readonly field?: string;
  readonly accepted?: number;
  readonly rejected?: readonly {
    readonly index: number;
    readonly code: string;
    readonly field: string;
    readonly message: string;
  }[];
}

/** Sends bytes as they are; no client library would. */
async function sendRaw(
  body: string | Uint8Array<ArrayBuffer>,
  more: Readonly<Record<string, string>> = {},
  call = 'track',
) {
  const key = secretsOf().writeKeys.server;
  const response = await fetch(`${urlOf('collector')}/v1/${call}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`,
      ...more,
    },
    body,
  });
  return { status: response.status, answer: (await response.json()) as Answer };
}

const answerOf = async (response: Response) => ({ status: response.status, answer: (await response.json()) as Answer });

describe('what the collector refuses', () => {
  it('malformed JSON: says so', async () => {
    expect(await sendRaw('{"userId": "u", "event"')).toEqual({
      status: 400,
      answer: { success: false, code: 'MALFORMED_JSON', message: expect.stringContaining('not valid JSON') },
    });
    expect((await sendRaw('')).answer).toMatchObject({
      code: 'MALFORMED_JSON',
      message: expect.stringContaining('empty'),
    });
  });

  it('an event that is too large for its key: names the event, its size and the limit', async () => {
    const { browser } = secretsOf().writeKeys;
    const properties = { note: 'x'.repeat(40 * 1024) };
    const tooMuch = await answerOf(await sendCall('track', { userId: 'u', event: 'Note', properties }, browser));
    expect(tooMuch.status).toBe(413);
    expect(tooMuch.answer).toMatchObject({
      success: false,
      code: 'EVENT_TOO_LARGE',
      message: expect.stringContaining('32768'),
    });
    // A server may say more.
    expect((await sendCall('track', { userId: unique('large'), event: 'Note', properties })).status).toBe(200);
  });

  it('a request of more than 4 MiB, and a gzip bomb, without inflating it', async () => {
    const large = await sendRaw(JSON.stringify({ batch: [], padding: 'x'.repeat(4 * MIB) }), {}, 'batch');
    expect(large).toMatchObject({ status: 413, answer: { code: 'REQUEST_TOO_LARGE' } });
    const bomb = gzipSync(Buffer.alloc(512 * MIB), { level: 9 });
    expect(bomb.length).toBeLessThan(MIB);
    const startedMs = performance.now();
    const answers = await Promise.all([1, 2, 3, 4].map(() => sendRaw(bomb, { 'content-encoding': 'gzip' })));
    for (const one of answers) expect(one).toMatchObject({ status: 413, answer: { code: 'REQUEST_TOO_LARGE' } });
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    const metrics = await (await fetch(`${urlOf('collector')}/metrics`)).text();
    const resident = Number(/^process_resident_memory_bytes(?:\{[^}]*\})? (\S+)/m.exec(metrics)?.[1] ?? 0);
    expect(resident).toBeGreaterThan(0);
    expect(resident / MIB).toBeLessThan(600);
  }, 30_000);

  it('broken or unknown compression: names the header', async () => {
    const broken = await sendRaw('this is not gzip', { 'content-encoding': 'gzip' });
    expect(broken).toMatchObject({ status: 400, answer: { code: 'ENCODING_BROKEN', field: 'content-encoding' } });
    const unknown = await sendRaw('{}', { 'content-encoding': 'br' });
    expect(unknown).toMatchObject({ status: 415, answer: { code: 'ENCODING_UNSUPPORTED', field: 'content-encoding' } });
  });

  it('an unknown or missing write key: says how to send one', async () => {
    const unknown = await answerOf(await sendCall('track', { userId: 'u', event: 'E' }, 'wk_of_somebody'));
    expect(unknown).toMatchObject({ status: 401, answer: { code: 'WRITE_KEY_UNKNOWN', field: 'writeKey' } });
    const missing = await fetch(`${urlOf('collector')}/v1/track`, {
      method: 'POST',
      body: '{"userId":"u","event":"E"}',
    });
    expect((await answerOf(missing)).answer.message).toContain('Basic authorization');
  });

  it('bad events of a batch, each by its field; the good ones arrive, the bad ones are dead letters with the same reason', async () => {
    const [userId, mark] = [unique('good'), unique('absurd')];
    const { status, answer } = await answerOf(
      await sendCall('batch', {
        batch: [
          { type: 'track', userId, event: 'First Good' },
          { type: 'track', event: `Of Nobody ${mark}` },
          { type: 'track', userId, event: 'Of No Time', timestamp: mark },
          { type: 'track', userId, event: '' },
          { type: 'dance', userId },
          { type: 'track', userId, event: 'Last Good' },
        ],
      }),
    );
    expect([status, answer.success, answer.accepted]).toEqual([200, true, 2]);
    expect(answer.rejected?.map(({ index, code, field }) => [index, code, field])).toEqual([
      [1, 'ID_MISSING', 'batch[1].userId'],
      [2, 'TIMESTAMP_ABSURD', 'batch[2].timestamp'],
      [3, 'FIELD_MISSING', 'batch[3].event'],
      [4, 'FIELD_INVALID', 'batch[4].type'],
    ]);
    for (const { field, message } of answer.rejected ?? []) expect(message).toContain(field);
    await arrives(userId, 'First Good');
    await arrives(userId, 'Last Good');
    const letter = await letterWith('the absurd time', ({ reason }) => reason.includes(mark));
    expect(letter).toMatchObject({ code: 'TIMESTAMP_ABSURD', topic: 'events.collected' });
    const shown = await kairos(['dead-letters', 'show', letter.id]);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain('TIMESTAMP_ABSURD');
    const replayed = await kairos(['dead-letters', 'replay', letter.id]);
    expect([replayed.code, replayed.stderr]).toEqual([1, expect.stringContaining('refused at the door')]);
  }, 60_000);

  it.each([
    ['seconds instead of milliseconds', 1_795_305_231, 'multiply by 1000'],
    ['a day that no month has', '2026-02-31T00:00:00Z', 'no date'],
    ['the year 30000', '30000-01-01T00:00:00Z', 'no date'],
  ])('an absurd timestamp: %s', async (_, timestamp, hint) => {
    const { status, answer } = await answerOf(await sendCall('track', { userId: 'u', event: 'E', timestamp }));
    expect([status, answer.code, answer.field]).toEqual([400, 'TIMESTAMP_ABSURD', 'timestamp']);
    expect(answer.message).toContain(hint);
  });

  it('a time in the future is taken for the time of receipt: the event counts, its clock does not', async () => {
    const userId = unique('ahead');
    const inAYear = new Date(Date.now() + 365 * 86_400_000).toISOString();
    expect((await sendCall('track', { userId, event: 'From The Future', timestamp: inAYear })).status).toBe(200);
    await arrives(userId, 'From The Future');
    const [entry] = (await timelineOf(`user:${userId}`)).filter(({ title }) => title === 'From The Future');
    expect(Math.abs((entry?.atMs ?? 0) - Date.now())).toBeLessThan(60_000);
  }, 60_000);
});

describe('a playbook with an unknown field', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'kairos-faulty-'));
    const text =
      'kind: ContactRule\nid: one\ndescription: One\nowner: e2e@example.com\nscope: { purpose: marketing }\nlimit: 1\nwindow: { roling: 7d }\n';
    await writeFile(path.join(folder, 'rule.yaml'), text);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is told with file, line and the nearest known name, and is not published', async () => {
    const linted = await kairos(['playbook', 'lint', folder]);
    expect(linted.code).toBe(1);
    expect(linted.stdout).toMatch(/rule\.yaml:7:\d+ error .*roling.*did you mean “rolling”\?/);
    const published = await kairos(['playbook', 'publish', folder]);
    expect(published.code).toBe(1);
    expect(published.stderr).toContain('nothing was published');
    expect(published.stderr).toContain('rule.yaml:7');
    // What was live stays live.
    const userId = unique('still-live');
    await sendCall('identify', { userId, traits: { email: `${userId}@example.com` } });
    await sendCall('track', { userId, event: 'Order Completed', properties: { total: 1, order_id: userId } });
    await eventually('the welcome of the playbook before', async () =>
      (await timelineOf(`user:${userId}`)).some(({ kind, title }) => kind === 'trigger' && title === 'welcome'),
    );
  }, 60_000);
});
