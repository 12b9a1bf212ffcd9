import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ChosenMessage, MessageReported } from '@kairos/contracts';
import type { MessageDefinition } from '@kairos/decisions';
import {
  type RunningServices,
  type RunningStack,
  readSms,
  SMS_DIR_KEY,
  silentReporter,
  startServices,
  startTestStack,
  untilCounted,
} from '@kairos/local-stack';
import {
  connectKafka,
  createSerde,
  createWalkTopics,
  type KafkaPort,
  type RecordProducer,
  type RecordReader,
  type Serde,
} from '@kairos/stream-kit';
import PostalMime from 'postal-mime';
import { Webhook } from 'standardwebhooks';
import { emailContent, onsiteContent, smsContent, taskContent, webhookContent } from './testing/chosen.ts';
import { chosenNow, until } from './testing/dispatch-bench.ts';
import { SmtpProvider } from './testing/smtp-provider.ts';

const WEBHOOK_SECRET = `whsec_${Buffer.from('an example secret of 32 bytes!!!').toString('base64')}`;
const NAME = 'channel-dispatchers';
const TRACE = '0af7651916cd43dd8448eb211c80319c';

let stack: RunningStack;
let kafka: KafkaPort;
let serde: Serde;
let producer: RecordProducer;
let reader: RecordReader;
let receiver: Server;
let receiverPort = 0;
let playbookOffset = 0;
const provider = new SmtpProvider();
const received: { body: string; headers: Record<string, string> }[] = [];
const reports: { report: MessageReported; traceparent: string }[] = [];
let services: RunningServices;

const message: MessageDefinition = {
  kind: 'Message',
  id: 'cart-reminder',
  version: '1',
  description: '',
  owner: '',
  status: 'live',
  purpose: 'marketing',
  channels: [],
};

async function publish(): Promise<void> {
  const url = `http://127.0.0.1:${receiverPort}/hook`;
  const definition = {
    ...message,
    channels: [
      emailContent({
        subject: '%%FirstName%%, your cart',
        html: '<p>Hi {{ profile.firstName }} <a href="https://shop.example/cart">cart</a></p>',
      }),
      webhookContent({
        url,
        body: '{"who":"{{ profile.firstName }}","what":{{ evidence | json }}}',
        deliver: 'atLeastOnce',
      }),
      onsiteContent({ html: '<b>{{ profile.firstName }}</b>' }),
      taskContent({ title: 'Call {{ profile.firstName }}' }),
      smsContent({ text: 'Hi {{ profile.firstName }}: https://shop.example/cart' }),
    ],
  };
  const reference = 'Message/cart-reminder@1';
  const topic = 'playbook.published';
  const body = { kind: 'Message', id: 'cart-reminder', version: '1', body: JSON.stringify(definition) };
  const activation = {
    version: 'v1',
    definitions: [reference],
    timeScale: 1,
    publishedAtMs: Date.now(),
    publishedBy: 'test',
  };
  const [, landed] = await producer.send([
    { topic, key: reference, value: serde.encode(topic, { definition: body, activation: null }) },
    { topic, key: 'activation@v1', value: serde.encode(topic, { definition: null, activation }) },
  ]);
  playbookOffset = landed?.offset ?? 0;
}

const choose = async (...messages: readonly ChosenMessage[]) => {
  await producer.send(
    messages.map((one) => ({
      topic: 'messages.chosen',
      key: one.personId,
      value: serde.encode('messages.chosen', { origin: null, message: { ...one, playbookOffset }, withdrawal: null }),
      headers: { traceparent: `00-${TRACE}-b7ad6b7169203331-01` },
    })),
  );
};
const reportOf = async ({ candidateId }: ChosenMessage) => {
  await until(() => reports.some(({ report }) => report.candidateId === candidateId), 20_000);
  return reports.filter(({ report }) => report.candidateId === candidateId);
};
const chosen = (over: Partial<ChosenMessage>) =>
  chosenNow({ personId: `user:${randomUUID()}`, profile: '{"firstName":"Ada \\"<b>\\""}', ...over });

/** The built service as a process of its own, kept alive by the launcher as in `kairos up`. */
const startService = async (): Promise<RunningServices> =>
  await startServices({
    stack,
    reporter: silentReporter,
    services: [
      {
        instance: NAME,
        env: {
          KAIROS_PARTITIONS: '2',
          SMTP_URL: `smtp://127.0.0.1:${provider.port}`,
          COLLECTOR_URL: 'http://127.0.0.1:1',
          COLLECTOR_WRITE_KEY: 'wk',
          LINK_SIGNING_SECRET: 'a-link-secret-for-tests',
          SITE_TOKEN_SECRET: 'a-site-secret-for-tests',
          WEBHOOK_SECRET,
          WEBHOOK_ALLOW_HOSTS: `127.0.0.1:${receiverPort}`,
        },
      },
    ],
  });

beforeAll(async () => {
  // A stack of its own: this test publishes a playbook and belongs to the service's own group.
  stack = await startTestStack({ parts: ['kafka', 'registry', 'redis', 'postgres', 'sms'], own: true });
  kafka = await connectKafka({ brokers: stack.address('kafka'), clientId: 'test' });
  await createWalkTopics(kafka, { partitions: 2 });
  serde = await createSerde({ registryUrl: stack.address('registry') });
  producer = await kafka.producer();
  await provider.open();
  receiver = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      received.push({ body, headers: request.headers as Record<string, string> });
      response.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  receiverPort = (receiver.address() as AddressInfo).port;
  await publish();
  reader = await kafka.read({
    topic: 'messages.reported',
    partitions: [0, 1],
    follow: true,
    async onRecords(records) {
      for (const { value, headers } of records) {
        const traceparent = headers.traceparent?.toString() ?? '';
        if (value !== null) reports.push({ report: await serde.decode('messages.reported', value), traceparent });
      }
    },
  });
  services = await startService();
}, 240_000);

afterAll(async () => {
  await services.stop();
  await reader.close();
  await producer.close();
  await kafka.close();
  await provider.close();
  receiver.closeAllConnections();
  await new Promise<void>((resolve) => receiver.close(() => resolve()));
  await stack.stop();
}, 60_000);

it('from the chosen record to the mail and its report, in the same trace', async () => {
  const one = chosen({ channel: 'email' });
  await choose(one);
  const [first] = await reportOf(one);
  expect(first?.report).toMatchObject({ outcome: 'accepted', personId: one.personId, attempt: 1, channel: 'email' });
  expect(first?.traceparent.split('-')[1]).toBe(TRACE);
  const mail = await PostalMime.parse(provider.mails[0] ?? '');
  expect(mail.subject).toBe('Ada "<b>", your cart');
  expect(mail.html).toContain('Hi Ada &#34;&lt;b&gt;&#34;');
  expect(mail.html).toContain(`${services.url(NAME)}/c/`);
  await untilCounted(services.url(NAME), [/kairos_hand_overs_total\{.*channel="email".*outcome="accepted"/]);
});

it('on every other channel too', async () => {
  const messages = [
    chosen({ channel: 'webhook', address: null, evidence: '{"event":"Cart Viewed"}' }),
    chosen({ channel: 'onsite', address: null, personId: 'anon:browser-1' }),
    chosen({ channel: 'task', address: null, audience: 'staff:sales' }),
    chosen({ channel: 'sms', address: '+4917012345' }),
  ];
  await choose(...messages);
  for (const one of messages) expect((await reportOf(one))[0]?.report.outcome).toBe('accepted');
  const [hook] = received;
  expect(new Webhook(WEBHOOK_SECRET).verify(hook?.body ?? '', hook?.headers ?? {})).toEqual({
    who: 'Ada "<b>"',
    what: { event: 'Cart Viewed' },
  });
  const [text] = readSms(stack.env[SMS_DIR_KEY] ?? '');
  expect(text?.to).toBe('+4917012345');
  const short = /^Hi Ada "<b>": (http\S+\/s\/\w{12})$/.exec(text?.body ?? '')?.[1] ?? '';
  const led = await fetch(short, { redirect: 'manual' });
  expect(led.headers.get('location')).toBe('https://shop.example/cart');
  const inbox = await fetch(`${services.url(NAME)}/v1/onsite/messages?anonymousId=browser-1`);
  expect(await inbox.json()).toMatchObject({ messages: [{ html: '<b>Ada "&lt;b&gt;"</b>', slot: 'header' }] });
});

it('hands over quickly: the record is on the log, and moments later its report', async () => {
  const took: number[] = [];
  for (let at = 0; at < 20; at += 1) {
    const one = chosen({ channel: 'webhook', address: null });
    const begun = performance.now();
    await choose(one);
    await reportOf(one);
    took.push(performance.now() - begun);
  }
  const p50 = took.sort((a, b) => a - b)[10] ?? Number.POSITIVE_INFINITY;
  process.stderr.write(`messages.chosen to messages.reported: p50 ${p50.toFixed(0)} ms\n`);
  expect(p50).toBeLessThan(1_000);
}, 60_000);

it('a repeat of a record, and a restart, send nothing twice', async () => {
  const one = chosen({ channel: 'email' });
  await choose(one);
  await reportOf(one);
  await services.stopService(NAME);
  await choose(one);
  const next = chosen({ channel: 'email' });
  await choose(next);
  await services.startService(NAME);
  await reportOf(next);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(provider.mails.filter((mail) => mail.includes(one.candidateId))).toHaveLength(1);
  expect(await reportOf(one)).toHaveLength(1);
}, 90_000);

it('kill -9 in mid-flight: every message is reported, no mail is sent twice, no webhook is lost', async () => {
  const mails = Array.from({ length: 60 }, () => chosen({ channel: 'email' }));
  const hooks = Array.from({ length: 60 }, () => chosen({ channel: 'webhook', address: null }));
  const before = provider.mails.length;
  await choose(...mails, ...hooks);
  await until(() => provider.mails.length > before + 5, 20_000);
  await services.killService(NAME);
  await services.untilReady(NAME);
  const outcomes: Record<string, number> = {};
  for (const one of [...mails, ...hooks]) {
    const outcome = (await reportOf(one))[0]?.report.outcome ?? 'none';
    outcomes[`${one.channel} ${outcome}`] = (outcomes[`${one.channel} ${outcome}`] ?? 0) + 1;
  }
  process.stderr.write(`after the kill: ${JSON.stringify(outcomes)}\n`);
  for (const { candidateId } of mails) {
    expect(provider.mails.filter((mail) => mail.includes(candidateId)).length).toBeLessThanOrEqual(1);
  }
  const hooked = new Set(received.map(({ headers }) => headers['webhook-id']));
  expect(hooks.filter(({ candidateId }) => !hooked.has(candidateId))).toEqual([]);
  expect(outcomes['webhook accepted']).toBe(60);
  expect((outcomes['email accepted'] ?? 0) + (outcomes['email unknown'] ?? 0)).toBe(60);
  expect(outcomes['email unknown'] ?? 0).toBeLessThanOrEqual(10);
}, 120_000);

it('a poisoned record goes to the dead letters and the next one is sent', async () => {
  const before = await kafka.offsets('messages.chosen.dead-letters');
  await producer.send([{ topic: 'messages.chosen', key: 'x', value: Buffer.from('no avro') }]);
  const one = chosen({ channel: 'webhook', address: null });
  await choose(one);
  await reportOf(one);
  const sum = (offsets: Awaited<ReturnType<KafkaPort['offsets']>>) =>
    [...offsets.values()].reduce((all, { end }) => all + end, 0);
  await until(async () => sum(await kafka.offsets('messages.chosen.dead-letters')) === sum(before) + 1);
}, 60_000);
