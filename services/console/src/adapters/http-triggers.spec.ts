import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Definition } from '@kairos/decisions';
import { parsePlaybook } from '@kairos/playbook';
import { createOpsServer, type OpsServer } from '@kairos/service-kit';
import type { Timelines } from '../ports.ts';
import { registerJourneySteps, registerTriggers } from './http-triggers.ts';

const NOW = Date.UTC(2026, 10, 21, 10, 20);
const text = `kind: Trigger
id: left
status: live
purpose: marketing
when: { did: Product Added }
goal: { event: Order Completed, within: 3d }
send: hello
---
kind: Journey
id: recovery
status: live
startsWith: left
steps: [{ wait: 1h }, { send: hello }]
---
kind: Message
id: hello
purpose: marketing
channels: { email: { subject: S, body: B } }
`;
const { definitions } = parsePlaybook([{ path: 'a.yaml', text }]);

let server: OpsServer;
let asked: string[];
let nowMs: number;
let live: readonly Definition[];

const about = { kind: 'trigger', messageId: '', code: '', outcome: 'fired', subject: 'left' };
const answers: Readonly<Record<string, unknown>> = {
  '/v1/counts': { counts: [{ ...about, n: 7 }] },
  '/v1/journey-steps': { steps: [] },
  '/v1/series': {
    series: [
      { atMs: 1, outcome: 'fired', n: 2 },
      { atMs: 1, outcome: 'notStarted', n: 9 },
    ],
  },
};

beforeEach(async () => {
  [asked, nowMs, live] = [[], NOW, definitions];
  server = await createOpsServer({
    name: 'console',
    host: '127.0.0.1',
    port: 0,
    ready: () => ({ ok: true, reasons: [] }),
    register(fastify) {
      const timelines: Timelines = {
        get: async (address) => {
          asked.push(address);
          return answers[address.split('?')[0] ?? ''];
        },
        ask: async (address, body) => {
          asked.push(`${address} ${JSON.stringify(body)}`);
          return { goals: [{ triggerId: 'left', n: 3 }] };
        },
      };
      registerTriggers(fastify, { now: () => nowMs, live: () => live, timelines });
      registerJourneySteps(fastify, { live: () => live, timelines });
    },
  });
});
afterEach(() => server.close());

const get = async (address: string) => {
  const response = await fetch(`${server.url}${address}`);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

describe('the list of triggers and journeys', () => {
  it('has each with its sentence and its numbers of the hour, the day and ever; messages are not on it', async () => {
    const { body } = await get('/api/triggers');
    expect(body['definitions']).toMatchObject([
      {
        kind: 'Trigger',
        id: 'left',
        status: 'live',
        sentence: expect.stringMatching(/^When a customer does “Product Added”/),
        numbers: { hour: { started: 7 }, day: { started: 7 }, ever: { started: 7 } },
        goalsOfDay: 3,
      },
      { kind: 'Journey', id: 'recovery', startsWith: 'left', numbers: { day: { started: 0 } }, goalsOfDay: 3 },
    ]);
    const hour = Date.UTC(2026, 10, 21, 10);
    expect(asked.filter((address) => address.startsWith('/v1/counts'))).toEqual([
      `/v1/counts?fromMs=${hour}`,
      `/v1/counts?fromMs=${hour - 23 * 3_600_000}`,
      '/v1/counts?fromMs=1',
    ]);
  });

  it('asks for goals of all triggers at once, and again only after half a minute', async () => {
    const goals = () => asked.filter((address) => address.startsWith('/v1/goals'));
    await get('/api/triggers');
    await get('/api/triggers');
    expect(goals()).toEqual([
      `/v1/goals {"goals":[{"triggerId":"left","event":"Order Completed","withinMs":259200000}],"fromMs":${Date.UTC(2026, 10, 20, 11)}}`,
    ]);
    nowMs += 30_000;
    await get('/api/triggers');
    expect(goals()).toHaveLength(2);
  });

  it('is empty before anything is live, and asks nobody for goals', async () => {
    live = [];
    expect((await get('/api/triggers')).body).toEqual({ definitions: [] });
    expect(asked.filter((address) => address.startsWith('/v1/goals'))).toEqual([]);
  });
});

describe('one of them', () => {
  it('has its definition, its journeys and its curves, of starts only', async () => {
    const { body } = await get('/api/triggers/Trigger/left');
    expect(body).toMatchObject({
      id: 'left',
      journeys: ['recovery'],
      steps: [],
      definition: { when: { type: 'event' } },
      yaml: expect.stringContaining('id: left'),
      curves: { hour: [{ atMs: 1, n: 2 }], day: [{ atMs: 1, n: 2 }] },
    });
    expect((await get('/api/triggers/Journey/recovery')).body).toMatchObject({ startsWith: 'left', journeys: [] });
    expect(asked).toContain('/v1/journey-steps?fromMs=1&journeyId=recovery');
  });

  it('of a journey the moves of some persons only', async () => {
    expect(await get('/api/triggers/Journey/recovery/steps?segment=big%20spenders')).toEqual({
      status: 200,
      body: { steps: [] },
    });
    await get('/api/triggers/Journey/recovery/steps?returning=new');
    expect(asked).toEqual([
      '/v1/journey-steps?fromMs=1&journeyId=recovery&segment=big+spenders',
      '/v1/journey-steps?fromMs=1&journeyId=recovery&returning=new',
    ]);
    expect((await get('/api/triggers/Journey/recovery/steps?returning=often')).status).toBe(400);
    expect((await get('/api/triggers/Journey/left/steps?returning=new')).status).toBe(404);
  });

  it.each(['/api/triggers/Trigger/recovery', '/api/triggers/Message/hello', '/api/triggers/Trigger/__proto__'])(
    'is a 404 where there is none: %s',
    async (address) => {
      expect(await get(address)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    },
  );
});
