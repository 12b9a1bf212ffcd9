import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parsePlaybook } from '@kairos/playbook';
import { createOpsServer, type OpsServer } from '@kairos/service-kit';
import { registerSegments } from './http-segments.ts';

const text = `kind: Segment
id: big
where: profile.netValue > 500
---
kind: Model
id: buyers
method: kmeans
features: [{ name: orders, value: profile.orderCount }]
groups: [{ id: few, centre: [0] }, { id: many, centre: [9] }]
---
kind: Trigger
id: left
status: live
purpose: marketing
when: { did: Product Added }
goal: { event: Order Completed, within: 3d }
`;
const { definitions } = parsePlaybook([{ path: 'a.yaml', text }]);
const fired = { kind: 'trigger', subject: 'left', messageId: '', outcome: 'fired', code: '' };
const answers: Readonly<Record<string, unknown>> = {
  '/v1/segments': {
    persons: 10,
    segments: [
      { id: 'big', persons: 4 },
      { id: 'many', persons: 3 },
    ],
  },
  '/v1/counts': { counts: [{ ...fired, n: 5 }] },
  '/v1/shares': { shares: [{ ...fired, by: 'segment', value: 'big', n: 2 }] },
  '/v1/goals': { goals: [{ triggerId: 'left', n: 3 }] },
  '/v1/goal-shares': { goals: [{ triggerId: 'left', value: 'big', n: 1 }] },
};

let server: OpsServer;
beforeEach(async () => {
  const answer = async (address: string) => answers[address.split('?')[0] ?? ''];
  server = await createOpsServer({
    name: 'console',
    host: '127.0.0.1',
    port: 0,
    ready: () => ({ ok: true, reasons: [] }),
    register: (fastify) =>
      registerSegments(fastify, {
        now: () => Date.UTC(2026, 10, 30),
        live: () => definitions,
        timelines: { get: answer, ask: answer },
      }),
  });
});
afterEach(() => server.close());

const get = async (address: string) => {
  const response = await fetch(`${server.url}${address}`);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

describe('the page of segments', () => {
  it('has rules with their sizes, and models with those of their groups', async () => {
    const { body } = await get('/api/segments');
    expect(body).toMatchObject({
      persons: 10,
      segments: [
        { kind: 'Segment', id: 'big', persons: 4, model: null, sentence: expect.stringMatching(/segment “big”/) },
        {
          kind: 'Model',
          id: 'buyers',
          persons: 3,
          model: {
            centres: [[0], [9]],
            groups: [
              { id: 'few', persons: 0 },
              { id: 'many', persons: 3 },
            ],
          },
        },
      ],
    });
  });

  it('says how a trigger fares in all and per segment, and that there is none of a name', async () => {
    const { body } = await get('/api/triggers/Trigger/left/shares?by=segment');
    expect(body['rows']).toEqual([
      { value: null, started: 5, sent: 0, clicked: 0, dropped: 0, goals: 3 },
      { value: 'big', started: 2, sent: 0, clicked: 0, dropped: 0, goals: 1 },
    ]);
    expect((await get('/api/triggers/Trigger/lost/shares')).status).toBe(404);
    expect((await get('/api/triggers/Trigger/left/shares?by=age')).status).toBe(400);
  });
});
