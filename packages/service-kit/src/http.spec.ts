import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { KairosError } from '@kairos/contracts';
import { createOpsServer, type OpsServer, type OpsServerOptions, RetryLaterError } from './http.ts';
import { createLogger } from './logger.ts';
import { createMetrics } from './metrics.ts';

let server: OpsServer | undefined;
afterEach(() => server?.close());

const start = async (more: Partial<OpsServerOptions> = {}) => {
  server = await createOpsServer({
    name: 'shop',
    host: '127.0.0.1',
    port: 0,
    ready: () => ({ ok: true, reasons: [] }),
    ...more,
  });
  return server;
};
const get = async (path: string, init?: RequestInit) => {
  const response = await fetch(`${server?.url}${path}`, init);
  return { status: response.status, headers: response.headers, body: await response.text() };
};

describe('probes', () => {
  it('live answers 200, ready answers 503 with the reasons until the service is ready', async () => {
    let ok = false;
    await start({ ready: () => ({ ok, reasons: ok ? [] : ['restoring'] }) });
    expect((await get('/livez')).status).toBe(200);
    const before = await get('/readyz');
    expect([before.status, JSON.parse(before.body).reasons]).toEqual([503, ['restoring']]);
    ok = true;
    expect((await get('/readyz')).status).toBe(200);
    expect(JSON.parse((await get('/healthz')).body)).toMatchObject({ ok: true, ready: true, service: 'shop' });
  });

  it('serves the metrics as Prometheus text', async () => {
    const metrics = createMetrics('shop');
    metrics.counter('kairos_things_total', 'Things.').add(3, { kind: 'a' });
    await start({ metrics });
    const { headers, body } = await get('/metrics');
    expect(headers.get('content-type')).toContain('text/plain');
    expect(body).toContain('kairos_things_total{kind="a"} 3');
  });
});

describe('errors', () => {
  const register: OpsServerOptions['register'] = (fastify) => {
    fastify.get('/refused', () => {
      throw new KairosError('FIELD_INVALID', 'a.b is 3. Send a text.', { field: 'a.b' });
    });
    fastify.get('/later', () => {
      throw new RetryLaterError('BROKER_UNAVAILABLE', 'later', 1_500);
    });
    fastify.get('/broken', () => {
      throw new Error('SELECT secret FROM users');
    });
    fastify.post('/json', (request) => request.body);
  };

  it('carry code, message and field with the status of the list', async () => {
    await start({ register });
    const { status, body } = await get('/refused');
    expect(status).toBe(400);
    expect(JSON.parse(body)).toEqual({
      success: false,
      code: 'FIELD_INVALID',
      message: 'a.b is 3. Send a text.',
      field: 'a.b',
    });
  });

  it('say when to come again', async () => {
    await start({ register });
    const { status, headers } = await get('/later');
    expect([status, headers.get('retry-after')]).toEqual([503, '2']);
  });

  it('of ours are logged and hide their text', async () => {
    const lines: string[] = [];
    await start({
      register,
      log: createLogger({ service: 'shop', destination: { write: (line) => lines.push(line) } }),
    });
    const { status, body } = await get('/broken?token=hush');
    expect(status).toBe(500);
    expect(JSON.parse(body).code).toBe('INTERNAL');
    expect(body).not.toContain('SELECT');
    expect(lines.join('')).toContain('SELECT secret');
    expect(lines.join('')).not.toContain('hush');
  });

  it.each([
    ['broken JSON', '{', 400, 'MALFORMED_JSON'],
    ['an unknown address', undefined, 404, 'NOT_FOUND'],
  ])('of the framework look the same: %s', async (_, body, status, code) => {
    await start({ register });
    const answer =
      body === undefined
        ? await get('/nowhere')
        : await get('/json', { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([status, code]);
  });

  it('prototype keys in JSON are left out', async () => {
    await start({ register });
    const body = '{"a":1,"__proto__":{"x":1},"constructor":{"prototype":{"x":1}}}';
    const answer = await get('/json', { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(answer.body)).toEqual({ a: 1 });
  });
});

describe('closing', () => {
  it('lets a request under way end, refuses new ones, keeps the probes, and cuts who waits for ever', async () => {
    let finish = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const entered = new Set<string>();
    const under = (path: string, answer: Promise<unknown>): Promise<unknown> => {
      entered.add(path);
      return answer;
    };
    const { url, drain, close } = await start({
      closeGraceMs: 300,
      register: (fastify) => {
        fastify.get('/slow', () =>
          under(
            '/slow',
            begun.then(() => ({ done: true })),
          ),
        );
        fastify.get('/forever', () => under('/forever', new Promise(() => undefined)));
      },
    });
    const slow = get('/slow');
    const forever = get('/forever').catch(() => 'cut');
    // Not for a time: on a busy machine a request takes longer than that to come.
    while (entered.size < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    drain();
    const refused = await get('/slow');
    expect([refused.status, JSON.parse(refused.body).code]).toEqual([503, 'SHUTTING_DOWN']);
    expect((await get('/livez')).status).toBe(200);
    const closed = close();
    finish();
    expect((await slow).body).toBe('{"done":true}');
    await closed;
    expect(await forever).toBe('cut');
    await expect(fetch(`${url}/livez`)).rejects.toThrow();
    await close();
  });

  it('an idle keep-alive connection does not hold the close', async () => {
    const { url, close } = await start();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('GET /livez HTTP/1.1\r\nhost: x\r\n\r\n');
    await new Promise((resolve) => socket.once('data', resolve));
    const before = Date.now();
    await close();
    expect(Date.now() - before).toBeLessThan(2_000);
    socket.destroy();
  });
});
