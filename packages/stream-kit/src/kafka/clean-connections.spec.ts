import type { Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { openCleanConnections } from './clean-connections.ts';
import {
  answerTo,
  ask,
  type Connection,
  connectionTo,
  openServer,
  type TalkingServer,
} from './kafkajs-connection.fixture.ts';

let server: TalkingServer;
let connection: Connection;
let say: (socket: Socket, request: Buffer) => void;

const answer = (socket: Socket, request: Buffer): void => void socket.write(answerTo(request));

beforeEach(async () => {
  openCleanConnections();
  say = answer;
  server = await openServer((socket, request) => say(socket, request));
  connection = connectionTo(server.port);
});
afterEach(async () => {
  await connection.disconnect();
  await server.close();
});

it('what was cut off of an answer is not mixed up with what the next connection brings', async () => {
  await connection.connect();
  say = (socket) => socket.write(Buffer.from([0, 0, 1, 0, 0, 0]), () => socket.resetAndDestroy());
  expect(await ask(connection)).toMatch(/^KafkaJSConnection/);
  say = answer;
  await connection.connect();
  expect(await ask(connection)).toBe('answered');
});

it('however many ask for a connection at once, one is opened', async () => {
  await Promise.all(Array.from({ length: 8 }, () => connection.connect()));
  expect(await ask(connection)).toBe('answered');
  expect(server.sockets).toHaveLength(1);
});

it('a connection can be opened again after an attempt that failed, by everybody who asks', async () => {
  const nobody = await openServer(answer);
  await nobody.close();
  const refused = connectionTo(nobody.port);
  const both = await Promise.allSettled([refused.connect(), refused.connect()]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(refused.connect()).rejects.toThrow('ECONNREFUSED');
});

it('what befalls a connection that was left behind does not touch the one in use', async () => {
  await connection.connect();
  const { socket: old } = connection;
  await connection.disconnect();
  await connection.connect();
  old.emit('error', new Error('late'));
  old.emit('end');
  expect(await ask(connection)).toBe('answered');
});
