import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Answers a serde's registrations as a Confluent-compatible registry does, and knows nothing else: what a serde costs once
 * its schemas are known needs no real one.
 */
export const startStubRegistry = async (): Promise<{ readonly url: string; close(): Promise<void> }> => {
  const ids = new Map<string, number>();
  const server = createServer((request, response) => {
    const subject = request.url ?? '';
    const id = ids.get(subject) ?? ids.size + 1;
    if (request.method === 'POST') ids.set(subject, id);
    const compatibility = 'FULL_TRANSITIVE';
    request.resume();
    request.on('end', () => {
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ id, compatibilityLevel: compatibility, compatibility }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
