import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type RunningStack, startTestStack } from '@kairos/local-stack';
import { emailContent, plain } from '../../testing/chosen.ts';
import { chosenNow, dispatchBench, ownDatabase, until } from '../../testing/dispatch-bench.ts';
import { SmtpProvider } from '../../testing/smtp-provider.ts';
import { createEmailChannel } from './send.ts';

const links = { click: (_: unknown, target: string) => target, unsubscribe: () => 'https://news.example.com/u/t' };
let stack: RunningStack;
let database: Awaited<ReturnType<typeof ownDatabase>>;
let provider: SmtpProvider;
let bench: Awaited<ReturnType<typeof dispatchBench>>;

beforeAll(async () => {
  stack = await startTestStack({ parts: ['postgres'] });
}, 120_000);
afterAll(async () => await stack.stop());
beforeEach(async () => {
  database = await ownDatabase(stack.address('postgres'));
  provider = new SmtpProvider();
  await provider.open();
  const channel = createEmailChannel({
    smtpUrl: `smtp://127.0.0.1:${provider.port}`,
    from: 'Shop <shop@example.org>',
    render: plain,
    links,
    spec: { retry: { maxAttempts: 5, firstDelayMs: 200, maxDelayMs: 400 } },
  });
  bench = await dispatchBench({ databaseUrl: database.url, channels: [channel], contents: [emailContent()] });
  await bench.dispatcher.start();
});
afterEach(async () => {
  await bench.stop();
  await provider.close();
  await database.drop();
});

it('a server that accepts: reported with the provider’s id', async () => {
  const message = chosenNow();
  await bench.claim(message);
  await until(() => bench.reports.length === 1);
  expect(bench.reports[0]).toMatchObject({ outcome: 'accepted', providerId: `<${message.candidateId}@example.org>` });
});

it('a server that says 550: failed, PROVIDER_REJECTED, one call', async () => {
  provider.behaviour = 'refuse';
  await bench.claim(chosenNow());
  await until(() => bench.reports.length === 1);
  expect(bench.reports[0]).toMatchObject({ outcome: 'failed', code: 'PROVIDER_REJECTED', attempt: 1 });
});

it('a server that says 451 and then takes it: accepted by a later call', async () => {
  provider.behaviour = 'busy';
  await bench.claim(chosenNow());
  await until(
    async () =>
      (await bench.pool.query("select 1 from dispatch.messages where attempt = 1 and state = 'claimed'")).rowCount ===
      1,
  );
  provider.behaviour = 'accept';
  await until(() => bench.reports.length === 1);
  expect(bench.reports[0]?.outcome).toBe('accepted');
  expect(bench.reports[0]?.attempt).toBeGreaterThan(1);
  expect(provider.mails).toHaveLength(1);
});

it('a server that takes the message and resets: unknown, and not repeated', async () => {
  provider.behaviour = 'reset-after-data';
  await bench.claim(chosenNow());
  await until(() => bench.reports.length === 1);
  provider.behaviour = 'accept';
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(bench.reports).toMatchObject([{ outcome: 'unknown', code: 'HAND_OVER_UNKNOWN', attempt: 1 }]);
  expect(provider.mails).toHaveLength(1);
});

it('a server that is away comes back: all are sent, each once', async () => {
  await provider.close();
  await bench.claim(...Array.from({ length: 10 }, () => chosenNow()));
  await new Promise((resolve) => setTimeout(resolve, 300));
  await provider.open();
  await until(() => bench.reports.length === 10);
  expect(bench.reports.every(({ outcome }) => outcome === 'accepted')).toBe(true);
  expect(provider.mails).toHaveLength(10);
});
