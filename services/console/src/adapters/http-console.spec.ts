import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KairosError } from '@kairos/contracts';
import { createOpsServer, type OpsServer, signToken } from '@kairos/service-kit';
import { type ConsoleParts, registerConsole } from './http-console.ts';

const PASSWORD = 'correct-horse-battery';
const SECRET = 'a-secret-of-the-session';
const START = Date.UTC(2026, 10, 21);

const apiRoutes = [
  '/api/flow',
  '/api/persons',
  '/api/persons/user:1',
  '/api/persons/user:1/watch',
  '/api/counts',
  '/api/mailbox',
  '/api/mailbox/1',
  '/api/tasks',
  '/api/playbook',
  '/api/tracking-plan',
  '/api/triggers',
  '/api/rehearsals',
];

let server: OpsServer;
let webFolder: string;
let nowMs: number;
let asked: string[];
let watched: string[];

const parts = (): ConsoleParts => ({
  trackingView: () => ({ planned: [], unplanned: [] }),
  flow: {
    snapshot: () => ({
      atMs: START,
      timeScale: 60,
      playbookVersion: null,
      stages: [],
      watermark: { timeMs: null, delayMs: null },
      history: [],
    }),
    close: async () => {},
  },
  timelines: {
    get: async (address) => {
      asked.push(address);
      return { person: { personId: 'user:1' }, personIds: ['user:1'], entries: [], counts: [], steps: [], series: [] };
    },
    ask: async (address) => {
      asked.push(address);
      return { goals: [] };
    },
  },
  mailbox: { list: async () => [], read: async () => null },
  watches: {
    look: async (personId) => {
      watched.push(personId);
      return { personId, isLive: true, readPercent: 100, isCutOff: false, entries: [], waiting: [] };
    },
    close: async () => {},
  },
  workList: {
    list: async () => ({ tasks: [], outcomes: [] }),
    step: async (candidateId, step, body) => {
      if (candidateId === 'taken') throw new KairosError('TASK_TAKEN', 'Ada has it.', { field: 'by' });
      return { candidateId, step, body };
    },
  },
  playbook: { current: () => null, whole: () => [] },
  rehearsals: null,
  traceUrl: null,
});

beforeEach(async () => {
  [nowMs, asked, watched] = [START, [], []];
  webFolder = await mkdtemp(path.join(tmpdir(), 'kairos-pages-'));
  await writeFile(path.join(webFolder, 'index.html'), '<title>Kairos</title>');
  const options = {
    password: PASSWORD,
    sessionSecret: SECRET,
    apiToken: 'a-token-of-programs',
    now: () => nowMs,
    webFolder,
  };
  server = await createOpsServer({
    name: 'console',
    host: '127.0.0.1',
    port: 0,
    ready: () => ({ ok: true, reasons: [] }),
    register: (fastify) => registerConsole(fastify, parts(), options),
  });
});
afterEach(async () => {
  await server.close();
  await rm(webFolder, { recursive: true, force: true });
});

const get = (address: string, cookie?: string) =>
  fetch(`${server.url}${address}`, { headers: cookie === undefined ? {} : { cookie } });
const login = (password: unknown) =>
  fetch(`${server.url}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ password }),
  });
const cookieOf = (response: Response): string => response.headers.getSetCookie()[0]?.split(';')[0] ?? '';

describe('the door of the console', () => {
  it.each(apiRoutes)('%s answers 401 without a session, and answers with one', async (route) => {
    const refused = await get(route);
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ success: false, code: 'NOT_LOGGED_IN' });
    expect([...asked, ...watched]).toEqual([]);
    const answered = await get(route, cookieOf(await login(PASSWORD)));
    expect(answered.status).toBe(route === '/api/mailbox/1' ? 404 : 200);
  });

  it.each(['/%61pi/flow', '/api%2Fflow', '//api/flow', '/api/./flow', '/api/../api/flow', '/API/flow', '/api/flow;a'])(
    'shows nothing behind another spelling of an address: %s',
    async (address) => {
      // No URL parser of the client's may tidy the address up before it is sent.
      const response = await server.fastify.inject({ method: 'GET', url: address });
      expect(response.body).not.toContain('timeScale');
    },
  );

  it('tells a wrong password from a right one, and nothing else', async () => {
    for (const wrong of ['nope', '', null, 1, [PASSWORD], `${PASSWORD} `]) {
      const response = await login(wrong);
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ code: 'LOGIN_FAILED', field: 'password' });
      expect(response.headers.getSetCookie()).toEqual([]);
    }
    const response = await login(PASSWORD);
    expect(response.status).toBe(200);
    expect(response.headers.getSetCookie()[0]).toMatch(/HttpOnly; SameSite=Strict/);
  });

  it('slows guesses down, the right one too, until the next minute', async () => {
    for (let guess = 0; guess < 20; guess += 1) expect((await login(`guess ${guess}`)).status).toBe(401);
    const refused = await login(PASSWORD);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).not.toBeNull();
    nowMs += 60_000;
    expect((await login(PASSWORD)).status).toBe(200);
  });

  it('believes no session that ran out, that somebody else signed, or that was signed for another use', async () => {
    const cookie = cookieOf(await login(PASSWORD));
    expect((await get('/api/flow', cookie)).status).toBe(200);
    nowMs += 12 * 3_600_000;
    expect((await get('/api/flow', cookie)).status).toBe(401);
    const forged = signToken({ use: 'console-session', sub: 'admin' }, 'another secret', nowMs + 1_000);
    const otherUse = signToken({ use: 'click', sub: 'admin' }, SECRET, nowMs + 1_000);
    for (const token of [forged, otherUse, 'x', '']) {
      expect((await get('/api/flow', `kairos_session=${token}`)).status).toBe(401);
    }
  });

  it('tells a visitor whether there is a session, and forgets it on logout', async () => {
    expect(await (await get('/api/session')).json()).toMatchObject({ loggedIn: false });
    expect(await (await get('/api/session', cookieOf(await login(PASSWORD)))).json()).toMatchObject({ loggedIn: true });
    const cookie = cookieOf(await login(PASSWORD));
    const out = await fetch(`${server.url}/api/logout`, { method: 'POST', headers: { cookie } });
    expect(out.headers.getSetCookie()[0]).toMatch(/kairos_session=;/);
  });
});

describe('changes', () => {
  const lint = (headers: Record<string, string>, body = '{"text":""}') =>
    fetch(`${server.url}/api/playbook/lint`, { method: 'POST', headers, body });
  const json = { 'content-type': 'application/json' };

  it('are taken with a session only', async () => {
    expect((await lint(json)).status).toBe(401);
    expect((await lint({ ...json, cookie: cookieOf(await login(PASSWORD)) })).status).toBe(200);
  });

  it('are refused where another site sent them, session or not', async () => {
    const cookie = cookieOf(await login(PASSWORD));
    // fetch itself writes these two headers; a browser's are not the page's to choose either.
    const inject = (headers: Record<string, string>) =>
      server.fastify.inject({
        method: 'POST',
        url: '/api/playbook/lint',
        headers: { ...json, cookie, host: 'console.example.com', ...headers },
        payload: '{"text":""}',
      });
    const statusOf = async (headers: Record<string, string>) => (await inject(headers)).statusCode;
    expect(await statusOf({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await statusOf({ 'sec-fetch-site': 'same-site' })).toBe(403);
    expect(await statusOf({ origin: 'https://evil.example.com' })).toBe(403);
    expect(await statusOf({ origin: 'null' })).toBe(403);
    expect(await statusOf({ 'sec-fetch-site': 'same-origin', origin: 'https://console.example.com' })).toBe(200);
    expect(await statusOf({ origin: 'https://console.example.com' })).toBe(200);
  });

  it('are JSON: what a form can send is refused', async () => {
    const cookie = cookieOf(await login(PASSWORD));
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'text/plain; application/json']) {
      expect((await lint({ 'content-type': type, cookie })).status).toBe(400);
    }
  });
});

describe('the work list', () => {
  const step = async (address: string, body: unknown, cookie: string) => {
    const response = await fetch(`${server.url}/api/tasks/${address}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  };

  it('takes a step with a session only, and passes it on to who keeps the list', async () => {
    const cookie = cookieOf(await login(PASSWORD));
    expect((await step('c-1/claim', { by: 'Ada' }, '')).status).toBe(401);
    for (const name of ['claim', 'release', 'outcome']) {
      expect(await step(`a%2Fb/${name}`, { by: 'Ada' }, cookie)).toEqual({
        status: 200,
        body: { candidateId: 'a/b', step: name, body: { by: 'Ada' } },
      });
    }
    expect((await step('c-1/sell', { by: 'Ada' }, cookie)).status).toBe(404);
    expect((await step('c-1/claim', {}, cookie)).status).toBe(400);
  });

  it('tells a second claimer who has the task', async () => {
    const refused = await step('taken/claim', { by: 'Grace' }, cookieOf(await login(PASSWORD)));
    expect(refused).toEqual({
      status: 409,
      body: { success: false, code: 'TASK_TAKEN', message: 'Ada has it.', field: 'by' },
    });
  });
});

describe('pages', () => {
  it('are given for every address of the app, and may load nothing from elsewhere', async () => {
    for (const address of ['/', '/people/user%3A1', '/mailbox']) {
      const response = await get(address);
      expect([response.status, await response.text()]).toEqual([200, '<title>Kairos</title>']);
      expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
      expect(response.headers.get('content-security-policy')).not.toContain('http');
    }
  });

  it('leave an unknown address of the API a 404', async () => {
    expect((await get('/api/nothing', cookieOf(await login(PASSWORD)))).status).toBe(404);
  });

  it('pass ids and searches on to metrics so that they cannot become another question', async () => {
    const cookie = cookieOf(await login(PASSWORD));
    await get(`/api/persons/${encodeURIComponent('user:a/../../v1/counts?x=')}`, cookie);
    await get(`/api/persons?search=${encodeURIComponent('a&limit=1000000')}`, cookie);
    expect(asked).toEqual([
      '/v1/persons/user%3Aa%2F..%2F..%2Fv1%2Fcounts%3Fx%3D/timeline?limit=300',
      '/v1/persons?limit=100&search=a%26limit%3D1000000',
    ]);
  });
});
