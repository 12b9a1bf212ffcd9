import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import { endSilentConnections } from './silent-connections.ts';

const TIMEOUT_MS = 300;

let server: Server;
let sockets: Socket[];

/** Takes connections and never says a word. */
beforeEach(async () => {
  sockets = [];
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

it('a request that is not answered in time ends its connection, so that the next one opens another', async () => {
  endSilentConnections();
  const { port } = server.address() as AddressInfo;
  const admin = new kafkajs.Kafka({
    brokers: [`127.0.0.1:${port}`],
    logLevel: kafkajs.logLevel.NOTHING,
    requestTimeout: TIMEOUT_MS,
    retry: { initialRetryTime: 10, retries: 2 },
  }).admin();
  await expect(admin.connect()).rejects.toThrow();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(sockets.length).toBeGreaterThan(1);
  expect(sockets.every(({ destroyed }) => destroyed)).toBe(true);
});
