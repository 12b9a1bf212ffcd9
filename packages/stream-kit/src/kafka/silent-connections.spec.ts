import { afterEach, beforeEach, expect, it } from '@jest/globals';
import {
  answerTo,
  ask,
  type Connection,
  connectionTo,
  impatientAdmin,
  openServer,
  type TalkingServer,
  TIMEOUT_MS,
} from './kafkajs-connection.fixture.ts';
import { endSilentConnections } from './silent-connections.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let server: TalkingServer;
let isMute: boolean;

/** Takes connections and says not a word, or answers everything. */
beforeEach(async () => {
  isMute = true;
  server = await openServer((socket, request) => {
    if (!isMute) socket.write(answerTo(request));
  });
});
afterEach(() => server.close());

it('a request that is not answered in time ends its connection, so that the next one opens another', async () => {
  endSilentConnections();
  await expect(impatientAdmin(server.port).connect()).rejects.toThrow();
  await pause(50);
  expect(server.sockets.length).toBeGreaterThan(1);
  expect(server.sockets.every(({ destroyed }) => destroyed)).toBe(true);
});

async function connection(): Promise<Connection> {
  const opened = connectionTo(server.port);
  await opened.connect();
  return opened;
}

it('a silence ends all connections to the broker that have been as silent, and none that was heard meanwhile', async () => {
  endSilentConnections();
  const [asked, idle, talking] = [await connection(), await connection(), await connection()];
  isMute = false;
  for (const one of [asked, idle, talking]) expect(await ask(one)).toBe('answered');
  isMute = true;
  const outcome = ask(asked);
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
