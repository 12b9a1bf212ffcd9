import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { createSerde } from './registry-serde.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A registry that speaks Confluent's protocol and answers the first registrations with a conflict. */
async function registryWith(conflicts: number) {
  let registrations = 0;
  server = createServer((request, response) => {
    const isRegistration = request.method === 'POST' && (request.url ?? '').endsWith('/versions');
    const refuses = isRegistration && ++registrations <= conflicts;
    const body = refuses
      ? { error_code: 409, message: 'already exists' }
      : { id: 7, compatibilityLevel: 'FULL_TRANSITIVE', compatibility: 'FULL_TRANSITIVE' };
    request.resume();
    request.on('end', () => {
      response.writeHead(refuses ? 409 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const open = () => createSerde({ registryUrl: `http://127.0.0.1:${port}`, topics: ['playbook.published'] });
  return { open, registrations: () => registrations };
}

it('a schema that somebody else registers at the same moment is registered at the next try', async () => {
  const { open, registrations } = await registryWith(1);
  await open();
  expect(registrations()).toBe(2);
});

it('a schema that stays in conflict is refused after a few tries, with what to do', async () => {
  const { open, registrations } = await registryWith(Number.POSITIVE_INFINITY);
  await expect(open()).rejects.toThrow(/refused playbook.published-value/);
  expect(registrations()).toBe(4);
});
