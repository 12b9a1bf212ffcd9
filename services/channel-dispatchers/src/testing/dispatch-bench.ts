// length: the bench is put together in one place
import { randomUUID } from 'node:crypto';
import type { ChosenMessage, MessageReported } from '@kairos/contracts';
import type { ChannelContent } from '@kairos/decisions';
import type { Pool } from 'pg';
import { createLedger } from '../adapters/postgres-ledger.ts';
import { migrate } from '../adapters/postgres-migrations.ts';
import { createPool, untilStored } from '../adapters/postgres-pool.ts';
import { Dispatcher } from '../dispatch/dispatcher.ts';
import type { Answer, ChannelAdapter, ChannelSpec, LedgerEntry, Order, PendingReport } from '../ports.ts';
import { decisions } from '../wiring.ts';
import { chosenMessage } from './chosen.ts';

/** A database of its own on the server of `url`, so that tests of one stack do not meet. */
export async function ownDatabase(url: string): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const name = `dispatch_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  const admin = createPool(url, 1);
  await admin.query(`create database ${name}`);
  const own = new URL(url);
  own.pathname = `/${name}`;
  return {
    url: own.href,
    async drop() {
      await admin.query(`drop database if exists ${name} with (force)`);
      await admin.end();
    },
  };
}

/** A channel whose provider is a function. */
export function scriptedChannel(
  name: ChannelSpec['name'],
  answer: (order: Order) => Promise<Answer> | Answer,
  over: Partial<ChannelSpec> = {},
) {
  const calls: string[] = [];
  const channel: ChannelAdapter = {
    spec: {
      name,
      concurrency: 4,
      timeoutMs: 5_000,
      retry: { maxAttempts: 3, firstDelayMs: 20, maxDelayMs: 50 },
      ...over,
    },
    prepare: (order) => ({
      async send() {
        calls.push(order.message.candidateId);
        return await answer(order);
      },
    }),
    async close() {},
  };
  return { channel, calls };
}

export interface BenchOptions {
  readonly databaseUrl: string;
  readonly channels: readonly ChannelAdapter[];
  readonly contents?: readonly ChannelContent[];
  readonly instance?: string;
  readonly leaseMs?: number;
  readonly write?: (reports: readonly PendingReport[]) => Promise<void>;
  readonly queueMax?: number;
}

/** A dispatcher on a real Postgres; the log is an array. */
export async function dispatchBench(options: BenchOptions) {
  const pool: Pool = createPool(options.databaseUrl, 6);
  await migrate(pool);
  const reports: MessageReported[] = [];
  const repeats = { count: 0 };
  const failures: unknown[] = [];
  const stopping = new AbortController();
  const ledger = createLedger({
    pool,
    instance: options.instance ?? randomUUID().slice(0, 8),
    nowMs: Date.now,
    leaseMs: options.leaseMs ?? 60_000,
  });
  const dispatcher = new Dispatcher({
    ledger,
    channels: options.channels,
    decisions,
    playbooks: {
      async contentOf({ channel }) {
        return { content: options.contents?.find((one) => one.channel === channel), company: undefined };
      },
    },
    patiently: async (step) => await untilStored(step, { signal: stopping.signal }),
    viewOf: ({ message }: LedgerEntry) => ({ profile: JSON.parse(message.profile) }),
    nowMs: Date.now,
    traced: async (_entry, call) => await call(),
    async write(pending) {
      await options.write?.(pending);
      reports.push(...pending.map(({ report }) => report));
    },
    reported: () => {},
    repeated: (count) => {
      repeats.count += count;
    },
    unknownChannel: () => {},
    takeBackFailed: (error) => failures.push(error),
    failed: (error) => failures.push(error),
    pollMs: 100,
    ...(options.queueMax === undefined ? {} : { queueMax: options.queueMax }),
  });
  return {
    pool,
    ledger,
    dispatcher,
    reports,
    repeats,
    failures,
    async claim(...messages: readonly ChosenMessage[]) {
      await dispatcher.claim(
        messages.map((message) => ({ record: { origin: null, message, withdrawal: null }, traceparent: null })),
      );
    },
    async withdraw(message: ChosenMessage, code: string) {
      const { candidateId, personId } = message;
      const withdrawal = { candidateId, personId, code, causeMessageId: null, atMs: Date.now() };
      await dispatcher.claim([{ record: { origin: null, message: null, withdrawal }, traceparent: null }]);
    },
    async stop() {
      await dispatcher.stop(200);
      stopping.abort();
      await pool.end();
    },
    /** As a crash: nothing is finished and nobody signs off. */
    async vanish() {
      stopping.abort();
      await pool.end();
      dispatcher.stop(0).catch(() => {});
    },
  };
}

/** A message chosen now, for an hour. */
export const chosenNow = (over: Partial<ChosenMessage> = {}): ChosenMessage => {
  const nowMs = Date.now();
  return chosenMessage({
    candidateId: randomUUID(),
    chosenAtMs: nowMs,
    causedAtMs: nowMs - 5,
    expiresAtMs: nowMs + 3_600_000,
    ...over,
  });
};

/** Waits until `check` holds, or fails with what it answered last. */
export async function until(check: () => boolean | Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await check())) {
    if (performance.now() > end) throw new Error(`not within ${timeoutMs} ms: ${check}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
