import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createOpsServer, type OpsServer } from '@kairos/service-kit';
import { requireToken } from './http-token.ts';

const TOKEN = 'a-token-of-this-house';
let server: OpsServer;
beforeAll(async () => {
  server = await createOpsServer({
    name: 'metrics',
    host: '127.0.0.1',
    port: 0,
    ready: () => ({ ok: true, reasons: [] }),
    register: (fastify) => {
      requireToken(fastify, TOKEN);
      fastify.get('/v1/persons', async () => ({ secret: true }));
    },
  });
});
afterAll(() => server.close());

// Not through fetch: no client may tidy the address up before it is sent.
const ask = (url: string, authorization?: string) =>
  server.fastify.inject({ method: 'GET', url, headers: authorization === undefined ? {} : { authorization } });

describe('the API token', () => {
  it.each(['/v1/persons', '/%761/persons', '/v1/%70ersons', '//v1/persons', '/v1/./persons', '/V1/persons'])(
    'is asked for however the address is spelled: %s',
    async (url) => {
      for (const authorization of [undefined, 'Bearer another', `Basic ${TOKEN}`]) {
        const { statusCode, body } = await ask(url, authorization);
        expect([401, 404]).toContain(statusCode);
        expect(body).not.toContain('secret');
      }
    },
  );

  it('opens the API to whoever shows it, and probes to everybody', async () => {
    expect((await ask('/v1/persons', `Bearer ${TOKEN}`)).json()).toEqual({ secret: true });
    expect((await ask('/livez')).statusCode).toBe(200);
  });
});
