import { createRequire } from 'node:module';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import { endSilentConnections } from './silent-connections.ts';

const TIMEOUT_MS = 300;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let server: Server;
let sockets: Socket[];
let isMute: boolean;

/** A frame that answers a request: its correlation id, and nothing else. */
const answerTo = (request: Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 0, 4]), request.subarray(8, 12)]);

/** Takes connections and says not a word, or answers everything. */
beforeEach(async () => {
  sockets = [];
  isMute = true;
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (request) => {
      if (!isMute) socket.write(answerTo(request));
    });
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
  await pause(50);
  expect(sockets.length).toBeGreaterThan(1);
  expect(sockets.every(({ destroyed }) => destroyed)).toBe(true);
});

interface Connection {
  readonly socket: Socket;
  connect(): Promise<unknown>;
  send(call: object): Promise<unknown>;
  disconnect(): Promise<unknown>;
}

async function connection(): Promise<Connection> {
  const { Connection: Kafkajs, LoggerNone } = kafkajsParts();
  const { port } = server.address() as AddressInfo;
  const opened = new Kafkajs({
    host: '127.0.0.1',
    port,
    logger: LoggerNone,
    requestTimeout: TIMEOUT_MS,
    connectionTimeout: 1_000,
    socketFactory: ({ onConnect }: { onConnect: () => void }) => connect({ host: '127.0.0.1', port }, onConnect),
  });
  await opened.connect();
  return opened;
}

function kafkajsParts() {
  const require = createRequire(import.meta.url);
  const nothing = () => undefined;
  const LoggerNone = { namespace: () => LoggerNone, info: nothing, warn: nothing, error: nothing, debug: nothing };
  const Connection = require('kafkajs/src/network/connection') as new (options: object) => Connection;
  const Encoder = require('kafkajs/src/protocol/encoder') as new () => object;
  return { Connection, Encoder, LoggerNone };
}

async function ask(asked: Connection): Promise<unknown> {
  const { Encoder } = kafkajsParts();
  return await asked.send({
    request: { apiKey: 3, apiName: 'Metadata', apiVersion: 0, encode: async () => new Encoder() },
    response: { decode: async () => ({ clientSideThrottleTime: 0 }), parse: async () => 'answered' },
  });
}

it('a silence ends all connections to the broker that have been as silent, and none that was heard meanwhile', async () => {
  endSilentConnections();
  const [asked, idle, talking] = [await connection(), await connection(), await connection()];
  isMute = false;
  for (const one of [asked, idle, talking]) expect(await ask(one)).toBe('answered');
  isMute = true;
  const outcome = ask(asked).catch((error: Error) => error.name);
  await pause(20);
  isMute = false;
  // Heard once more, a little later than the other was asked, and never again.
  expect(await ask(idle)).toBe('answered');
  await pause((TIMEOUT_MS * 2) / 3);
  expect(await ask(talking)).toBe('answered');
  isMute = true;
  expect(await outcome).toBe('KafkaJSRequestTimeoutError');
  expect([asked, idle, talking].map(({ socket }) => socket.destroyed)).toEqual([true, true, false]);
  await talking.disconnect();
});
