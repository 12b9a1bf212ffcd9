import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Customers } from './end-to-end/customers.ts';
import type { SmtpSink } from './end-to-end/smtp-sink.ts';

interface Call {
  readonly userId: string;
  readonly event?: string;
}

const MAIL_AFTER_MS = 20;

const sink: SmtpSink = { url: '', onMail: () => undefined, close: async () => undefined };
const taken: Call[] = [];

/** A collector that mails by itself, a while after each order. */
const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (chunk: string) => {
    body += chunk;
  });
  request.on('end', () => {
    const { batch, ...single } = JSON.parse(body) as Call & { readonly batch?: readonly Call[] };
    for (const call of batch ?? [single]) {
      taken.push(call);
      if (call.event !== 'Order Completed') continue;
      setTimeout(() => sink.onMail(`${call.userId}@bench.example`, performance.now()), MAIL_AFTER_MS);
    }
    response.end('{}');
  });
});

let customers: Customers;

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  const house = { collectorPort: port, writeKey: 'key', cpuS: () => 0, stop: async () => undefined };
  customers = new Customers(house, sink, 500);
});

afterAll(() => {
  customers.close();
  server.close();
});

it('a burst ends with the last mail, one event in ten being an order', async () => {
  const eventsPerS = await customers.burst(1_000);
  expect(eventsPerS).toBeLessThan(1_000 / (MAIL_AFTER_MS / 1_000));
  expect(taken.filter(({ event }) => event === 'Order Completed')).toHaveLength(100);
});

it('at a steady rate each order is timed from its request to its mail', async () => {
  const before = taken.filter(({ event }) => event === 'Order Completed').length;
  const walks = await customers.steady(200, 1);
  const sent = taken.filter(({ event }) => event === 'Order Completed').length - before;
  expect(walks).toHaveLength(sent);
  expect(sent).toBeGreaterThanOrEqual(20);
  const tookMs = walks.map(({ postedAtMs, mailedAtMs }) => mailedAtMs - postedAtMs);
  expect(Math.min(...tookMs)).toBeGreaterThanOrEqual(MAIL_AFTER_MS - 2);
  expect(walks.every(({ mailedAtMs }) => Math.abs(mailedAtMs - Date.now()) < 60_000)).toBe(true);
});
