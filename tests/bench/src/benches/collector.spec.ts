import { expect, it } from '@jest/globals';
import { startBareServer } from './collector/bare-server.ts';
import { parseAnswer } from './collector/raw-client.ts';
import { BATCH_OF_50, Requests, SINGLE } from './collector/requests.ts';
import { works } from './collector/works.ts';

const bodyOf = (request: Buffer): unknown => JSON.parse(request.toString('utf8').split('\r\n\r\n')[1] ?? '');

it('every request has message ids of its own, and the length that it announces', () => {
  const requests = new Requests(BATCH_OF_50, 'key');
  const bodies = [requests.next(), requests.next()].map(
    (request) => bodyOf(request) as { batch: { messageId: string }[] },
  );
  const ids = bodies.flatMap(({ batch }) => batch.map(({ messageId }) => messageId));
  expect(new Set(ids).size).toBe(100);
});

it('an answer is whole when its body is', () => {
  const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc';
  expect(parseAnswer(Buffer.from(`${answer}HTTP`))).toEqual({ status: 200, length: answer.length });
  expect(parseAnswer(Buffer.from(answer.slice(0, -1)))).toBeUndefined();
});

it('the load is answered by the bare server, and a refusal ends the run', async () => {
  const server = await startBareServer();
  const input = { port: server.port, writeKey: 'key', connections: 2, warmUpS: 0.05, seconds: 0.2 };
  const about = { ...input, warmUpRequests: 10, serverPid: process.pid };
  try {
    const { requestsPerS, cpuUsPerRequest } = await works.load.run({ ...about, kind: SINGLE });
    expect(requestsPerS).toBeGreaterThan(0);
    expect(cpuUsPerRequest).toBeGreaterThan(0);
    await expect(works.load.run({ ...about, kind: BATCH_OF_50 })).rejects.toThrow('answered 404');
  } finally {
    await server.close();
  }
});
