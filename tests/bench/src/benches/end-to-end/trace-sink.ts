import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where traces go: takes all and keeps none. */
export const openTraceSink = async (): Promise<{ readonly url: string; bytes(): number; close(): void }> => {
  let bytes = 0;
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    request.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, bytes: () => bytes, close: () => void server.close() };
};
