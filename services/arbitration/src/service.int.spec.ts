import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { ChosenRecord, MessageDecided, ProposedRecord, TopicName, TopicValues } from '@kairos/contracts';
import { type RunningStack, startTestStack, untilCounted } from '@kairos/local-stack';
import { toRecords } from '@kairos/playbook';
import { type Host, runService } from '@kairos/service-kit';
import {
  connectKafka,
  createSerde,
  createWalkTopics,
  type KafkaConnection,
  type KafkaPort,
  prefixedKafka,
  type Serde,
} from '@kairos/stream-kit';
import { Redis } from 'ioredis';
import { config } from './config.ts';
import { candidate, cap, definitionsWith, HOUR_MS, NOON_MS, noBody, reachable } from './house.fixture.ts';
import { wire } from './wiring.ts';

const definitions = definitionsWith(cap('one-a-week', 1));

// Broker and registry may be shared with other tests; Redis is emptied here, so it is this test's own.
const prefix = `arbitration-${process.pid}-${Date.now()}-`;
const connect = async (connection: KafkaConnection): Promise<KafkaPort> =>
  prefixedKafka(await connectKafka(connection), prefix);
interface Said<T extends TopicName> {
  readonly key: string;
  readonly value: TopicValues[T];
  readonly traceparent?: string;
}

let stack: RunningStack;
let redisStack: RunningStack;
const running: { stop(): Promise<number> }[] = [];
let kafka: KafkaPort;
let serde: Serde;
let playbookOffset = 0;
let send: <T extends TopicName>(topic: T, record: Said<T>) => Promise<number>;
let closeProducer: () => Promise<void>;

beforeAll(async () => {
  redisStack = await startTestStack({ parts: ['redis'], own: true });
  stack = await startTestStack({ parts: ['kafka', 'registry'] });
  kafka = await connect({ brokers: stack.address('kafka'), clientId: 'test' });
  await createWalkTopics(kafka, { partitions: 1 });
  serde = await createSerde({ registryUrl: stack.address('registry') });
  const producer = await kafka.producer();
  closeProducer = () => producer.close();
  send = async (topic, { key, value, traceparent }) => {
    const headers = traceparent === undefined ? {} : { traceparent };
    const [landed] = await producer.send([{ topic, partition: 0, key, value: serde.encode(topic, value), headers }]);
    return landed?.offset ?? -1;
  };
  const records = toRecords(definitions, { timeScale: 1, publishedAtMs: NOON_MS, publishedBy: 'test' });
  for (const { key, value } of records) playbookOffset = await send('playbook.published', { key, value });
}, 180_000);

afterEach(async () => {
  for (const service of running.splice(0)) await service.stop();
});

afterAll(async () => {
  await closeProducer();
  await kafka.close();
  await stack.stop();
  await redisStack.stop();
});

/** The service as `main.ts` runs it, in this process. */
async function startService(instance: string) {
  const signals = new Map<string, (cause: unknown) => void>();
  let url = '';
  let exited: (code: number) => void = () => undefined;
  const exit = new Promise<number>((resolve) => {
    exited = resolve;
  });
  const host: Host = {
    env: {
      ...stack.env,
      ...redisStack.env,
      KAIROS_PARTITIONS: '1',
      KAIROS_INSTANCE: instance,
      HTTP_PORT: '0',
      LOG_LEVEL: 'silent',
    },
    on: (event, listener) => signals.set(event, listener),
    exit: (code) => exited(code),
    printError: (text) => {
      throw new Error(text);
    },
  };
  const start: typeof wire = (context) =>
    wire(
      {
        ...context,
        serve: async (options) => {
          const server = await context.serve(options);
          url = server.url;
          return server;
        },
      },
      connect,
    );
  await runService({ name: 'arbitration', config, start }, host);
  let isStopped = false;
  const service = {
    url,
    /** As SIGTERM does; answers the exit code. */
    stop(): Promise<number> {
      if (!isStopped) signals.get('SIGTERM')?.('SIGTERM');
      isStopped = true;
      return exit;
    },
  };
  running.push(service);
  return service;
}

async function readAll<T extends TopicName>(
  topic: T,
): Promise<{ value: TopicValues[T]; traceparent: string | undefined }[]> {
  const found: { value: TopicValues[T]; traceparent: string | undefined }[] = [];
  const reader = await kafka.read({
    topic,
    partitions: [0],
    onRecords: async (records) => {
      for (const { value, headers } of records)
        if (value !== null)
          found.push({ value: await serde.decode(topic, value), traceparent: headers.traceparent?.toString() });
    },
  });
  await reader.done;
  await reader.close();
  return found;
}

async function decisionsOf(
  personId: string,
  count: number,
): Promise<{ value: MessageDecided; traceparent: string | undefined }[]> {
  for (let tries = 0; tries < 150; tries += 1) {
    const found = (await readAll('messages.decided')).filter(({ value }) => value.personId === personId);
    if (found.length >= count) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no ${count} decisions about ${personId} within 15 s`);
}

let detected = 0;
const say = (key: string, body: Partial<ProposedRecord>, traceparent?: string) => {
  detected += 1;
  const origin = { topic: 'events.enriched', partition: 0, offset: detected, number: 0 };
  const value = { ...noBody, ...body, origin };
  return send('messages.proposed', { key, value, ...(traceparent === undefined ? {} : { traceparent }) });
};
const time = (timeMs: number) => say('time', { time: { timeMs } });

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('the arbitration service on a broker, a registry and Redis', () => {
  it('two triggers in one second under a cap of 1: the higher is chosen, the other deferred with the winner named; an unsubscribe just before wins', async () => {
    const service = await startService('one');
    expect(await (await fetch(`${service.url}/readyz`)).json()).toMatchObject({ ok: true, reasons: [] });
    const { version } = (await readAll('playbook.published')).at(-1)?.value.activation ?? { version: '' };
    await say('marker', { marker: { playbookOffset, version } });
    await say('user:a', reachable('user:a'));
    await say('user:a', candidate('user:a', 'low', { proposedAtMs: NOON_MS }));
    await say('user:a', candidate('user:a', 'high', { proposedAtMs: NOON_MS + 400 }), TRACE);
    await say('user:b', reachable('user:b'));
    await say('user:b', candidate('user:b', 'high', { proposedAtMs: NOON_MS }));
    await say('user:b', reachable('user:b', { consent: [] }));
    await time(NOON_MS + 1000);
    const [high, low] = await decisionsOf('user:a', 2);
    expect(high?.value).toMatchObject({
      triggerId: 'high',
      fate: 'chosen',
      channel: 'email',
      playbookVersion: version,
    });
    expect(low?.value).toMatchObject({ triggerId: 'low', fate: 'deferred', code: 'OUTRANKED', gate: 'priority' });
    expect(JSON.parse(low?.value.numbers ?? '{}')).toMatchObject({ winner: 'high', gap: 70, rule: 'one-a-week' });
    expect(high?.value.origin).toMatchObject({ topic: 'messages.proposed', partition: 0 });
    // One trace: the decision by a later tick belongs to the trace of its proposal.
    expect(high?.traceparent?.split('-')[1]).toBe(TRACE.split('-')[1]);
    const [unsubscribed] = await decisionsOf('user:b', 1);
    expect(unsubscribed?.value).toMatchObject({ fate: 'dropped', code: 'NO_CONSENT' });
    const chosen = (await readAll('messages.chosen')).map(({ value }) => (value as ChosenRecord).message?.candidateId);
    expect(chosen).toEqual(['user:a/high/1']);
    await untilCounted(service.url, [/kairos_decisions_total\{[^}]*fate="chosen"[^}]*\} 1/]);
    expect(await service.stop()).toBe(0);
  }, 60_000);

  it('after a restart, and after FLUSHALL while it was down, nothing is written twice and caps hold', async () => {
    const redis = new Redis(redisStack.address('redis'));
    await redis.flushall();
    redis.disconnect();
    const before = (await readAll('messages.decided')).length;
    const service = await startService('two');
    await say('user:a', candidate('user:a', 'high', { number: 2, proposedAtMs: NOON_MS + HOUR_MS }));
    await time(NOON_MS + HOUR_MS + 1000);
    const decisions = await decisionsOf('user:a', 3);
    expect(decisions.at(-1)?.value).toMatchObject({
      candidateId: 'user:a/high/2',
      fate: 'deferred',
      code: 'CAP_REACHED',
    });
    expect(await readAll('messages.decided')).toHaveLength(before + 1);
    await untilCounted(service.url, [/kairos_contact_state_losses_total\S* 1/]);
    expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
    expect(await service.stop()).toBe(0);
  }, 60_000);

  it('bytes that are no Avro go to the dead letters with their reason, and the partition moves on', async () => {
    const service = await startService('three');
    const producer = await kafka.producer();
    await producer.send([{ topic: 'messages.proposed', partition: 0, key: 'x', value: Buffer.from('no avro') }]);
    await producer.close();
    await say('user:c', reachable('user:c'));
    await say('user:c', candidate('user:c', 'low', { proposedAtMs: NOON_MS + 2 * HOUR_MS }));
    await time(NOON_MS + 2 * HOUR_MS + 1000);
    const [decision] = await decisionsOf('user:c', 1);
    expect(decision?.value.fate).toBe('chosen');
    const dead: (Buffer | null)[] = [];
    const codes: (string | undefined)[] = [];
    const reader = await kafka.read({
      topic: 'messages.proposed.dead-letters',
      partitions: [0],
      onRecords: (records) => {
        dead.push(...records.map(({ value }) => value));
        codes.push(...records.map(({ headers }) => headers['kairos-dead-code']?.toString()));
      },
    });
    await reader.done;
    await reader.close();
    expect(dead.map(String)).toEqual(['no avro']);
    expect(codes).toEqual(['RECORD_UNDECODABLE']);
    expect(await service.stop()).toBe(0);
  }, 60_000);
});
