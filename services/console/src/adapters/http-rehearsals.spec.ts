import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KairosError, REHEARSAL_FORMAT, type RehearsalReport, type RehearsedRun } from '@kairos/contracts';
import { createOpsServer, type OpsServer } from '@kairos/service-kit';
import { FolderRehearsals } from './folder-rehearsals.ts';
import { mayHandIn, registerRehearsals } from './http-rehearsals.ts';

const TOKEN = 'a-token-of-programs';

const run: RehearsedRun = {
  label: 'A',
  playbook: 'playbook',
  version: 'v1',
  persons: { all: 3, proposedTo: 2, reached: 1, leftWithout: 1 },
  totals: {
    fired: 2,
    notStarted: 0,
    proposed: 2,
    chosen: 1,
    deferred: 0,
    dropped: 1,
    withdrawn: 0,
    waiting: 0,
    cost: 0,
  },
  triggers: [],
  messagesPerPerson: [],
  days: [],
  timelines: [],
  refused: {},
};

const report = (madeAtMs: number, name = `rehearsal ${madeAtMs}`): RehearsalReport => ({
  format: REHEARSAL_FORMAT,
  name,
  madeAtMs,
  currency: 'GBP',
  events: { from: 'a file', count: 9, firstAtMs: 1, lastAtMs: 2, unreadable: 0, late: 0 },
  end: { atMs: 3, isQuiet: true },
  tookMs: 1,
  runs: [run],
  difference: null,
});

let folder: string;
let server: OpsServer;

const open = (rehearsals: FolderRehearsals | null) =>
  createOpsServer({
    name: 'console',
    host: '127.0.0.1',
    port: 0,
    ready: () => ({ ok: true, reasons: [] }),
    register: async (fastify) => {
      fastify.addHook('onRequest', async (request) => {
        if (!mayHandIn(request, { apiToken: TOKEN })) throw new KairosError('NOT_LOGGED_IN', 'Log in first.');
      });
      registerRehearsals(fastify, rehearsals);
    },
  });

beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'kairos-rehearsals-')), 'not-yet-there');
  server = await open(new FolderRehearsals(folder));
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const handIn = (body: unknown, token = TOKEN) =>
  fetch(`${server.url}/api/rehearsals`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });

describe('reports of rehearsals', () => {
  it('are taken from a program with the token, kept whole, and listed latest first', async () => {
    const { id } = (await (await handIn(report(1_000))).json()) as { id: string };
    await handIn(report(20_000));
    const kept = new FolderRehearsals(folder);
    expect((await kept.list()).map(({ name, chosen, different }) => [name, chosen, different])).toEqual([
      ['rehearsal 20000', 1, null],
      ['rehearsal 1000', 1, null],
    ]);
    expect(await kept.read(id)).toEqual(report(1_000));
  });

  it('keep their place when they are handed in again', async () => {
    const ids = await Promise.all([report(5), report(5)].map(async (one) => (await handIn(one)).json()));
    expect(ids[0]).toEqual(ids[1]);
    expect(await readdir(folder)).toHaveLength(1);
  });

  it('are refused from a stranger, and the token opens nothing else', async () => {
    expect((await handIn(report(1), 'another-token')).status).toBe(401);
    for (const address of ['/api/rehearsals', '/api/rehearsals/1']) {
      const asked = await fetch(`${server.url}${address}`, { headers: { authorization: `Bearer ${TOKEN}` } });
      expect(asked.status).toBe(401);
    }
    await expect(readdir(folder)).rejects.toThrow('ENOENT');
  });

  it.each([
    [{ format: 'something else' }, 'format'],
    [{ ...report(1), runs: [] }, 'runs'],
    [{ ...report(1), madeAtMs: '../../etc' }, 'runs'],
  ])('must be whole: %j is refused with its field', async (body, field) => {
    const answer = await handIn(body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'FIELD_INVALID', field });
  });

  it('are read from their folder alone, and a file that is none spoils nothing', async () => {
    await handIn(report(1_000));
    await writeFile(path.join(folder, '2000-broken.json'), '{');
    await writeFile(path.join(folder, '..', 'secret.json'), JSON.stringify(report(1)));
    const kept = new FolderRehearsals(folder);
    expect(await kept.list()).toHaveLength(1);
    for (const id of ['../secret', '..%2Fsecret', '/etc/passwd', '']) expect(await kept.read(id)).toBeNull();
  });

  it('are not kept where there is no folder, and whoever hands one in learns which setting is missing', async () => {
    await server.close();
    server = await open(null);
    const answer = await handIn(report(1));
    expect([answer.status, await answer.json()]).toEqual([
      404,
      expect.objectContaining({ message: expect.stringContaining('KAIROS_REHEARSALS_DIR') }),
    ]);
  });

  it('make room: the latest hundred stay', async () => {
    const kept = new FolderRehearsals(folder);
    for (let at = 1; at <= 103; at += 1) await kept.keep(report(at * 1_000));
    const names = (await kept.list()).map(({ name }) => name);
    expect([names.length, names[0], names.at(-1)]).toEqual([100, 'rehearsal 103000', 'rehearsal 4000']);
  });
});
