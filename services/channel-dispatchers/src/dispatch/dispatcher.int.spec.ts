// length: one promise a test, all on one bench
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type RunningStack, startTestStack } from '@kairos/local-stack';
import { createHomePost } from '../adapters/postgres-home-post.ts';
import type { Answer } from '../ports.ts';
import { emailContent, webhookContent } from '../testing/chosen.ts';
import {
  type BenchOptions,
  chosenNow,
  dispatchBench,
  ownDatabase,
  scriptedChannel,
  until,
} from '../testing/dispatch-bench.ts';
import { tcpProxy } from '../testing/tcp-proxy.ts';

type Bench = Awaited<ReturnType<typeof dispatchBench>>;

let stack: RunningStack;
let database: Awaited<ReturnType<typeof ownDatabase>>;
const open: Bench[] = [];

beforeAll(async () => {
  stack = await startTestStack({ parts: ['postgres'] });
}, 120_000);
afterAll(async () => await stack.stop());
beforeEach(async () => {
  database = await ownDatabase(stack.address('postgres'));
});
afterEach(async () => {
  for (const bench of open.splice(0)) await bench.stop().catch(() => {});
  await database.drop();
});

const accept = async (): Promise<Answer> => ({ kind: 'accepted', providerId: 'p' });
const contents = [emailContent(), webhookContent({ deliver: 'atLeastOnce' })];
const start = async (
  options: Omit<BenchOptions, 'databaseUrl' | 'contents'> & { readonly databaseUrl?: string },
): Promise<Bench> => {
  const bench = await dispatchBench({ databaseUrl: database.url, contents, ...options });
  open.push(bench);
  await bench.dispatcher.start();
  return bench;
};
/** Leaves a row as a process leaves it that dies in the middle of a call. */
const dieInTheMiddle = async (bench: Bench, candidateId: string) => {
  await until(async () => {
    const { rows } = await bench.pool.query('select state from dispatch.messages where candidate_id = $1', [
      candidateId,
    ]);
    return rows[0]?.state === 'calling';
  });
  open.splice(open.indexOf(bench), 1);
  await bench.vanish();
};
const never = async (): Promise<Answer> => await new Promise(() => {});

describe('the ledger', () => {
  it('hands over what is claimed, once, and reports it', async () => {
    const { channel, calls } = scriptedChannel('email', accept);
    const bench = await start({ channels: [channel] });
    const message = chosenNow();
    await bench.claim(message);
    await until(() => bench.reports.length === 1);
    expect(bench.reports[0]).toMatchObject({
      candidateId: message.candidateId,
      outcome: 'accepted',
      attempt: 1,
      providerId: 'p',
      code: null,
    });
    expect(calls).toEqual([message.candidateId]);
  });

  it('takes again what an earlier try took whose answer was lost, and nothing that it holds', async () => {
    const { ledger } = await start({ channels: [] });
    const message = chosenNow();
    await ledger.claim({ entries: [{ message, traceparent: null }], withdrawals: [], room: new Map() });
    const idsOf = async (held: readonly string[]) =>
      (await ledger.take('email', 10, held)).map((entry) => entry.message.candidateId);
    expect(await idsOf([])).toEqual([message.candidateId]);
    expect(await idsOf([message.candidateId])).toEqual([]);
    expect(await idsOf([])).toEqual([message.candidateId]);
  });

  it('drops repeats of a record, in one batch and later', async () => {
    const { channel, calls } = scriptedChannel('email', accept);
    const bench = await start({ channels: [channel] });
    const message = chosenNow();
    await bench.claim(message, message);
    await until(() => bench.reports.length === 1);
    await bench.claim(message);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(calls).toHaveLength(1);
    expect(bench.reports).toHaveLength(1);
    expect(bench.repeats.count).toBe(2);
  });

  it('at most once: what was being called in a crash is unknown, listed, and never repeated', async () => {
    const first = scriptedChannel('email', never);
    const dead = await start({ channels: [first.channel], instance: 'same' });
    const message = chosenNow();
    await dead.claim(message);
    await dieInTheMiddle(dead, message.candidateId);

    const second = scriptedChannel('email', accept);
    const bench = await start({ channels: [second.channel], instance: 'same' });
    await until(() => bench.reports.length === 1);
    expect(bench.reports[0]).toMatchObject({ outcome: 'unknown', code: 'HAND_OVER_UNKNOWN', attempt: 1 });
    expect(second.calls).toEqual([]);
    const { rows } = await bench.pool.query('select candidate_id from dispatch.unknown_hand_overs');
    expect(rows).toEqual([{ candidate_id: message.candidateId }]);
  });

  it('at least once: what was being called in a crash is repeated under the same id', async () => {
    const first = scriptedChannel('webhook', never);
    const dead = await start({ channels: [first.channel], instance: 'same' });
    const message = chosenNow({ channel: 'webhook' });
    await dead.claim(message);
    await dieInTheMiddle(dead, message.candidateId);

    const second = scriptedChannel('webhook', accept);
    const bench = await start({ channels: [second.channel], instance: 'same' });
    await until(() => bench.reports.length === 1);
    expect(first.calls).toEqual(second.calls);
    expect(bench.reports[0]).toMatchObject({ outcome: 'accepted', attempt: 2 });
  });

  it('a crash between the send and its report repeats the report under the same id, not the send', async () => {
    const first = scriptedChannel('email', accept);
    const lost: string[] = [];
    const dead = await start({
      channels: [first.channel],
      instance: 'same',
      write: async (reports) => {
        lost.push(...reports.map(({ report }) => report.reportId));
        await new Promise(() => {});
      },
    });
    await dead.claim(chosenNow());
    await until(() => lost.length === 1);
    open.splice(open.indexOf(dead), 1);
    await dead.vanish();

    const second = scriptedChannel('email', accept);
    const bench = await start({ channels: [second.channel], instance: 'same' });
    await until(() => bench.reports.length === 1);
    expect(bench.reports[0]?.reportId).toBe(lost[0]);
    expect(second.calls).toEqual([]);
  });

  it('another instance takes over from one that is gone, after its lease and not before', async () => {
    const first = scriptedChannel('webhook', never);
    const dead = await start({ channels: [first.channel], instance: 'one', leaseMs: 1_000 });
    const second = scriptedChannel('webhook', accept);
    const bench = await start({ channels: [second.channel], instance: 'two', leaseMs: 1_000 });
    const message = chosenNow({ channel: 'webhook' });
    await dead.claim(message);
    await until(() => first.calls.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(second.calls).toEqual([]);
    await dieInTheMiddle(dead, message.candidateId);
    await until(() => bench.reports.length === 1, 8_000);
    expect(second.calls).toEqual([message.candidateId]);
  }, 20_000);
});

describe('late checks', () => {
  it('an expired message is not called, and reported as expired', async () => {
    const { channel, calls } = scriptedChannel('email', accept);
    const bench = await start({ channels: [channel] });
    await bench.claim(chosenNow({ expiresAtMs: Date.now() - 1 }));
    await until(() => bench.reports.length === 1);
    expect(bench.reports[0]).toMatchObject({ outcome: 'expired', code: 'EXPIRED', attempt: 0 });
    expect(calls).toEqual([]);
  });

  it('a withdrawal stops what waits for a retry, at once', async () => {
    const { channel, calls } = scriptedChannel('email', () => ({ kind: 'again', afterMs: 600_000, detail: '' }));
    const bench = await start({ channels: [channel] });
    const message = chosenNow();
    await bench.claim(message);
    await until(() => calls.length === 1);
    await until(
      async () => (await bench.pool.query("select 1 from dispatch.messages where state = 'claimed'")).rowCount === 1,
    );
    await bench.withdraw(message, 'GOAL_REACHED');
    await until(() => bench.reports.length === 1, 2_000);
    expect(bench.reports[0]).toMatchObject({ outcome: 'withdrawn', code: 'GOAL_REACHED', attempt: 1 });
  });

  it('a withdrawal in the same batch as its message wins', async () => {
    const { channel, calls } = scriptedChannel('email', accept);
    const bench = await start({ channels: [channel] });
    const message = chosenNow();
    const { candidateId, personId } = message;
    const withdrawal = { candidateId, personId, code: 'EXITED', causeMessageId: null, atMs: Date.now() };
    await bench.dispatcher.claim([
      { record: { origin: null, message, withdrawal: null }, traceparent: null },
      { record: { origin: null, message: null, withdrawal }, traceparent: null },
    ]);
    await until(() => bench.reports.length === 1);
    expect(bench.reports[0]).toMatchObject({ outcome: 'withdrawn', code: 'EXITED' });
    expect(calls).toEqual([]);
  });

  it('after an unsubscribe the next marketing message of that person is not handed over, service mail is', async () => {
    const { channel, calls } = scriptedChannel('email', accept);
    const bench = await start({ channels: [channel] });
    const before = chosenNow({ personId: 'user:7' });
    await bench.claim(before);
    await until(() => bench.reports.length === 1);
    const homePost = createHomePost(bench.pool);
    await homePost.unsubscribe({
      eventId: 'e1',
      name: 'Unsubscribed',
      candidateId: before.candidateId,
      occurredAtMs: Date.now(),
      properties: {},
    });
    const [marketing, service, other] = [
      chosenNow({ personId: 'user:7' }),
      chosenNow({ personId: 'user:7', purpose: 'service' }),
      chosenNow({ personId: 'user:8' }),
    ];
    await bench.claim(marketing, service, other);
    await until(() => bench.reports.length === 4);
    const outcomeOf = (id: string) => bench.reports.find(({ candidateId }) => candidateId === id);
    expect(outcomeOf(marketing.candidateId)).toMatchObject({ outcome: 'withdrawn', code: 'UNSUBSCRIBED' });
    expect(outcomeOf(service.candidateId)).toMatchObject({ outcome: 'accepted' });
    expect(outcomeOf(other.candidateId)).toMatchObject({ outcome: 'accepted' });
    expect(calls).not.toContain(marketing.candidateId);
  });
});

describe('Postgres away', () => {
  it('in mid-run: nothing is lost, nothing is sent twice, and it goes on by itself', async () => {
    const url = new URL(database.url);
    const proxy = await tcpProxy({ host: url.hostname, port: Number(url.port) });
    url.host = `127.0.0.1:${proxy.port}`;
    const { channel, calls } = scriptedChannel('email', async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { kind: 'accepted', providerId: null };
    });
    const bench = await start({ channels: [channel], databaseUrl: url.href });
    const messages = Array.from({ length: 60 }, () => chosenNow());
    await bench.claim(...messages.slice(0, 30));
    await until(() => calls.length >= 5);
    proxy.cut();
    await expect(bench.claim(...messages.slice(30))).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    proxy.mend();
    // The consumer brings the same records again until they are claimed.
    await until(
      async () =>
        await bench.claim(...messages.slice(30)).then(
          () => true,
          () => false,
        ),
    );
    await until(() => bench.reports.length === 60, 15_000);
    expect(calls).toHaveLength(60);
    expect(new Set(calls).size).toBe(60);
    expect(bench.reports.every(({ outcome }) => outcome === 'accepted')).toBe(true);
    expect(bench.failures).toEqual([]);
    await bench.stop();
    await proxy.close();
  }, 30_000);
});

describe('retries and lanes', () => {
  it('tries again until it works, within the bound; then RETRIES_EXHAUSTED', async () => {
    let refusals = 2;
    const { channel, calls } = scriptedChannel('email', () => {
      refusals -= 1;
      return refusals >= 0 ? { kind: 'again', afterMs: null, detail: '451' } : { kind: 'accepted', providerId: null };
    });
    const bench = await start({ channels: [channel] });
    await bench.claim(chosenNow());
    await until(() => bench.reports.length === 1);
    expect(bench.reports[0]).toMatchObject({ outcome: 'accepted', attempt: 3 });
    refusals = 99;
    await bench.claim(chosenNow());
    await until(() => bench.reports.length === 2);
    expect(bench.reports[1]).toMatchObject({ outcome: 'failed', code: 'RETRIES_EXHAUSTED', attempt: 3 });
    expect(calls).toHaveLength(6);
  });

  it('a slow provider delays no other channel', async () => {
    const slow = scriptedChannel('webhook', never);
    const quick = scriptedChannel('email', accept);
    const bench = await start({ channels: [slow.channel, quick.channel] });
    await bench.claim(...Array.from({ length: 50 }, () => chosenNow({ channel: 'webhook' })));
    await until(() => slow.calls.length === slow.channel.spec.concurrency);
    const begun = performance.now();
    await bench.claim(chosenNow());
    await until(() => bench.reports.length === 1);
    expect(performance.now() - begun).toBeLessThan(500);
  });

  it('works off more than fits into memory, each message once', async () => {
    const { channel, calls } = scriptedChannel('email', accept);
    const bench = await start({ channels: [channel], queueMax: 10 });
    const messages = Array.from({ length: 300 }, () => chosenNow());
    await bench.claim(...messages);
    await until(() => bench.reports.length === 300);
    expect(new Set(calls).size).toBe(300);
    expect(calls).toHaveLength(300);
  });

  it('hands over within tens of milliseconds of the claim', async () => {
    const { channel } = scriptedChannel('email', accept);
    const bench = await start({ channels: [channel] });
    const took: number[] = [];
    for (let at = 0; at < 30; at += 1) {
      const begun = performance.now();
      await bench.claim(chosenNow());
      await until(() => bench.reports.length === at + 1);
      took.push(performance.now() - begun);
    }
    const p50 = took.sort((a, b) => a - b)[15] ?? Number.POSITIVE_INFINITY;
    process.stderr.write(`claim to report: p50 ${p50.toFixed(1)} ms\n`);
    expect(p50).toBeLessThan(100);
  });

  it('a message that is missing in the playbook fails with its code', async () => {
    const { channel } = scriptedChannel('task', accept);
    const bench = await start({ channels: [channel] });
    await bench.claim(chosenNow({ channel: 'task' }));
    await until(() => bench.reports.length === 1);
    expect(bench.reports[0]).toMatchObject({ outcome: 'failed', code: 'MESSAGE_MISSING' });
  });
});
