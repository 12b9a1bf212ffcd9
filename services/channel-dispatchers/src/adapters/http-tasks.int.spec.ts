import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CollectedEvent } from '@kairos/contracts';
import {
  type RunningServices,
  type RunningStack,
  silentReporter,
  startServices,
  startTestStack,
} from '@kairos/local-stack';
import { createOpsServer, type OpsServer } from '@kairos/service-kit';
import { connectKafka, createSerde, createWalkTopics, type KafkaPort, type RecordReader } from '@kairos/stream-kit';
import { createTaskChannel } from '../channels/index.ts';
import { HomeSender } from '../dispatch/home-sender.ts';
import { taskContent } from '../testing/chosen.ts';
import { chosenNow, dispatchBench, ownDatabase, until } from '../testing/dispatch-bench.ts';
import { addTaskRoutes } from './http-tasks.ts';
import { renderLiquid } from './liquid-renderer.ts';
import { createHomePost } from './postgres-home-post.ts';
import { createStaffDesk } from './postgres-staff-desk.ts';
import { createWorkList } from './postgres-work-list.ts';

const TOKEN = 'a-token-for-the-work-list';
const WRITE_KEY = 'wk_internal_of_this_test';

let stack: RunningStack;
let services: RunningServices;
let database: Awaited<ReturnType<typeof ownDatabase>>;
let bench: Awaited<ReturnType<typeof dispatchBench>>;
let homeSender: HomeSender;
let kafka: KafkaPort;
let reader: RecordReader;
let server: OpsServer;
const collected: CollectedEvent[] = [];

beforeAll(async () => {
  stack = await startTestStack({ parts: ['kafka', 'registry', 'postgres'], own: true });
  kafka = await connectKafka({ brokers: stack.address('kafka'), clientId: 'test' });
  await createWalkTopics(kafka, { partitions: 2 });
  const serde = await createSerde({ registryUrl: stack.address('registry') });
  const keys = JSON.stringify([{ sourceId: 'internal', kind: 'internal', key: WRITE_KEY }]);
  services = await startServices({
    stack,
    reporter: silentReporter,
    services: [{ instance: 'collector', env: { KAIROS_PARTITIONS: '2', COLLECTOR_WRITE_KEYS: keys } }],
  });
  reader = await kafka.read({
    topic: 'events.collected',
    partitions: [0, 1],
    follow: true,
    async onRecords(records) {
      for (const { value } of records) {
        if (value !== null) collected.push(await serde.decode('events.collected', value));
      }
    },
  });
  database = await ownDatabase(stack.address('postgres'));
  const late: { pool?: Awaited<ReturnType<typeof dispatchBench>>['pool'] } = {};
  const workList = {
    add: async (task: Parameters<ReturnType<typeof createWorkList>['add']>[0]) => {
      if (late.pool !== undefined) await createWorkList(late.pool).add(task);
    },
    withdraw: async (candidateId: string, code: string) => {
      if (late.pool !== undefined) await createWorkList(late.pool).withdraw(candidateId, code);
    },
  };
  const channel = createTaskChannel({ workList, render: renderLiquid });
  bench = await dispatchBench({ databaseUrl: database.url, channels: [channel], contents: [taskContent()] });
  late.pool = bench.pool;
  await bench.dispatcher.start();
  homeSender = new HomeSender({
    outbox: createHomePost(bench.pool),
    collectorUrl: services.url('collector'),
    writeKey: WRITE_KEY,
    nowMs: Date.now,
    problem: () => {},
    pollMs: 100,
  });
  homeSender.start();
  server = await createOpsServer({
    name: 'channel-dispatchers',
    host: '127.0.0.1',
    port: 0,
    ready: () => ({ ok: true, reasons: [] }),
    register: (fastify) =>
      addTaskRoutes(fastify, {
        desk: createStaffDesk(bench.pool),
        apiToken: TOKEN,
        nowMs: Date.now,
        posted: () => homeSender.wake(),
      }),
  });
}, 240_000);

afterAll(async () => {
  await server.close();
  await homeSender.stop();
  await bench.stop();
  await services.stop();
  await reader.close();
  await kafka.close();
  await database.drop();
  await stack.stop();
}, 60_000);

/** A task that was handed over. */
async function task(over: Parameters<typeof chosenNow>[0] = {}) {
  const message = chosenNow({ channel: 'task', audience: 'staff:sales', address: null, messageId: 'call', ...over });
  await bench.claim(message);
  await until(() => bench.reports.some(({ candidateId }) => candidateId === message.candidateId));
  return message;
}

async function ask(path: string, body?: unknown, token = TOKEN) {
  const response = await fetch(`${server.url}/v1/tasks${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const homeOf = (candidateId: string) =>
  collected
    .map(({ name, source, userId, properties }) => ({ name, source, userId, ...JSON.parse(properties) }))
    .filter((event) => event.candidateId === candidateId);

describe('the work-list of staff', () => {
  it('is shown to nobody without the token, what ends first on top', async () => {
    expect((await ask('', undefined, 'another-token-of-16')).status).toBe(401);
    expect((await ask('/x/claim', { by: 'Ada' }, 'another-token-of-16')).status).toBe(401);
    const [late, soon] = [await task(), await task({ expiresAtMs: Date.now() + 600_000 })];
    const { body } = await ask('');
    const ids = (body['tasks'] as { candidateId: string }[]).map(({ candidateId }) => candidateId);
    expect(ids.indexOf(soon.candidateId)).toBeLessThan(ids.indexOf(late.candidateId));
    expect(body['outcomes']).toContainEqual(expect.objectContaining({ outcome: 'notReached', label: 'Not reached' }));
  });

  it('brings home who claimed a task and what came of it, through the collector, once each', async () => {
    const { candidateId, personId } = await task();
    expect(await ask(`/${candidateId}/claim`, { by: ' Ada ' })).toMatchObject({
      status: 200,
      body: { task: { claimedBy: 'Ada', messageId: 'call' } },
    });
    expect(await ask(`/${candidateId}/claim`, { by: 'Grace' })).toMatchObject({
      status: 409,
      body: { code: 'TASK_TAKEN', message: expect.stringContaining('Ada has had this task since') },
    });
    for (let time = 0; time < 2; time += 1) {
      await ask(`/${candidateId}/claim`, { by: 'Ada' });
      const done = await ask(`/${candidateId}/outcome`, { by: 'Ada', outcome: 'reached' });
      expect(done.status).toBe(200);
      if (time === 0) continue;
      expect(done.body).toMatchObject({ task: { outcome: 'reached', doneBy: 'Ada' } });
    }
    await until(() => homeOf(candidateId).length >= 2);
    await delay(300);
    const userId = personId.replace('user:', '');
    const about = { source: 'internal', userId, candidateId, messageId: 'call', channel: 'task', by: 'Ada' };
    const home = homeOf(candidateId).sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(home).toMatchObject([
      { ...about, name: 'Task Claimed' },
      { ...about, name: 'Task Done', outcome: 'reached' },
    ]);
  });

  it('gives a task to one of many who claim it at the same moment', async () => {
    const { candidateId } = await task();
    const names = ['Ada', 'Grace', 'Joan', 'Hedy', 'Mary', 'Radia'];
    const answers = await Promise.all(names.map(async (by) => ask(`/${candidateId}/claim`, { by })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409, 409]);
    await until(() => homeOf(candidateId).length > 0);
    await delay(300);
    expect(homeOf(candidateId)).toHaveLength(1);
  });

  it('does not begin what was taken back', async () => {
    const message = await task();
    await bench.withdraw(message, 'GOAL_REACHED');
    await until(async () => (await ask(`/${message.candidateId}/claim`, { by: 'Ada' })).status === 409);
    expect(await ask(`/${message.candidateId}/outcome`, { by: 'Ada', outcome: 'done' })).toMatchObject({
      status: 409,
      body: { code: 'TASK_CLOSED', message: 'This task was taken back (GOAL_REACHED).' },
    });
  });

  it.each([
    ['no name', '/c/claim', {}, 400],
    ['a name of blanks', '/c/claim', { by: '  ' }, 400],
    ['a name that breaks a line', '/c/claim', { by: 'Ada\nGrace' }, 400],
    ['an outcome that is none', '/c/outcome', { by: 'Ada', outcome: 'sold' }, 400],
    ['a task that is none', '/c/claim', { by: 'Ada' }, 404],
  ])('refuses %s', async (_, path, body, status) => {
    expect((await ask(path, body)).status).toBe(status);
  });
});
