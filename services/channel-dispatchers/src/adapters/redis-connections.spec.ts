import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openRedisConnections, type RedisConnections } from './redis-connections.ts';

const SILENT_MS = 200;
const ASK_EVERY_MS = 50;

let server: Server;
let sockets: Socket[];
let isSilent: boolean;
let open: RedisConnections;

/** Says yes to everything, until it falls silent without ending a connection. */
beforeEach(async () => {
  [sockets, isSilent] = [[], false];
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      const commands = chunk.toString().split('*').length - 1;
      if (!isSilent) socket.write('+OK\r\n'.repeat(commands));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const times = { silentMs: SILENT_MS, askEveryMs: ASK_EVERY_MS };
  open = openRedisConnections(`redis://127.0.0.1:${port}`, { debug: () => undefined }, times);
  await until(() => open.redis.status === 'ready' && open.subscriber.status === 'ready');
});
afterEach(async () => {
  open.redis.disconnect();
  open.subscriber.disconnect();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

async function until(holds: () => boolean): Promise<void> {
  const untilMs = Date.now() + 4_000;
  while (!holds()) {
    if (Date.now() > untilMs) throw new Error(`waited in vain for ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('a connection to Redis that has fallen silent', () => {
  it('is replaced by a new one when an answer stays away', async () => {
    const before = sockets.length;
    isSilent = true;
    await expect(open.redis.get('a')).rejects.toThrow();
    isSilent = false;
    await until(() => sockets.length > before && open.redis.status === 'ready');
    expect(await open.redis.get('a')).toBe('OK');
  });

  it('is noticed by who only listens, too', async () => {
    isSilent = true;
    await until(() => open.subscriber.status !== 'ready');
    isSilent = false;
    await until(() => open.subscriber.status === 'ready');
  });
});
