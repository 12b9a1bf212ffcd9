import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type EnrichedEvent, type EnrichedRecord, enrichedRecord, type ProposedRecord } from '@kairos/contracts';
import { type RunningStack, startTestStack, untilCounted } from '@kairos/local-stack';
import { toRecords } from '@kairos/playbook';
import { type Host, runService } from '@kairos/service-kit';
import {
  connectKafka,
  createSerde,
  createWalkTopics,
  type KafkaPort,
  prefixedKafka,
  type RecordProducer,
  type Serde,
} from '@kairos/stream-kit';
import { config } from './config.ts';
import { eventOf as eventWith, HOUR, T0, trigger } from './detecting.fixture.ts';
import { start } from './wiring.ts';

const stateDir = path.join(tmpdir(), `kairos-detector-${process.pid}`);
const PREFIX = `detector-${process.pid}-${Date.now().toString(36)}.`;

const cartLeft = trigger('cart-left', {
  when: {
    type: 'absence',
    events: [{ name: 'Product Added', where: null }],
    butNot: [{ name: 'Order Completed', where: null }],
    withinMs: HOUR,
    clock: 'startsOnFirst',
    atLatestAfterMs: null,
    graceMs: 15_000,
  },
  expiresAfterMs: 6 * HOUR,
  send: 'cart-reminder',
});

let stack: RunningStack;
let cluster: KafkaPort;
let kafka: KafkaPort;
let serde: Serde;
let producer: RecordProducer;
let marker: EnrichedRecord['marker'];
/** Everything on messages.proposed, as it comes. */
const proposed: ProposedRecord[] = [];
/** What must be closed at the end, whatever a test did. */
const open: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  stack = await startTestStack({ parts: ['kafka', 'registry'] });
  cluster = await connectKafka({ brokers: stack.address('kafka'), clientId: 'detector-test' });
  kafka = prefixedKafka(cluster, PREFIX);
  await createWalkTopics(kafka, { partitions: 1 });
  serde = await createSerde({ registryUrl: stack.address('registry') });
  producer = await kafka.producer();
  const records = toRecords([cartLeft], { timeScale: 1, publishedAtMs: T0, publishedBy: 'test' });
  for (const { key, value } of records) {
    const [landed] = await producer.send([
      { topic: 'playbook.published', key, value: serde.encode('playbook.published', value) },
    ]);
    const version = value.activation?.version;
    if (version !== undefined) marker = { playbookOffset: landed?.offset ?? -1, version };
  }
  const reader = await kafka.read({
    topic: 'messages.proposed',
    partitions: [0],
    follow: true,
    onRecords: async (more) => {
      for (const { value } of more) if (value !== null) proposed.push(await serde.decode('messages.proposed', value));
    },
  });
  open.push(() => reader.close());
}, 180_000);

afterAll(async () => {
  await Promise.all(open.map((close) => close()));
  await producer.close();
  await cluster.close();
  await stack.stop();
  await rm(stateDir, { recursive: true, force: true });
}, 60_000);

/** The service as `main.ts` runs it, in this process and on its own topics. */
async function startService() {
  const signals = new Map<string, (cause: unknown) => void>();
  let exited: (code: number) => void = () => undefined;
  const exit = new Promise<number>((resolve) => {
    exited = resolve;
  });
  const host: Host = {
    env: {
      ...stack.env,
      KAIROS_PARTITIONS: '1',
      KAIROS_STATE_DIR: stateDir,
      HTTP_PORT: '0',
      LOG_LEVEL: 'silent',
      DETECTOR_CUT_EVERY_MS: '300',
    },
    on: (event, listener) => signals.set(event, listener),
    exit: (code) => exited(code),
    printError: (text) => {
      throw new Error(text);
    },
  };
  let url = '';
  const connect: typeof connectKafka = async (connection) => prefixedKafka(await connectKafka(connection), PREFIX);
  const startHere: typeof start = (context) =>
    start(
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
  await runService({ name: 'trigger-detector', config, start: (context) => startHere(context) }, host);
  const stop = (): Promise<number> => {
    signals.get('SIGTERM')?.('SIGTERM');
    return exit;
  };
  open.push(stop);
  return { url, get: (where: string) => fetch(new URL(where, url)), stop };
}

const empty: EnrichedRecord = enrichedRecord({});
const eventOf = (personId: string, name: string, atMs: number): EnrichedEvent => {
  const at = { occurredAtMs: atMs, receivedAtMs: atMs, loggedAtMs: atMs };
  return eventWith({ personId, messageId: `${personId}-${name}-${atMs}`, name, ...at });
};

async function put(...records: readonly Partial<EnrichedRecord>[]): Promise<void> {
  await producer.send(
    records.map((record) => ({
      topic: 'events.enriched',
      partition: 0,
      key: record.event?.personId ?? '',
      value: serde.encode('events.enriched', { ...empty, ...record }),
    })),
  );
}

/** All that was said until time `timeMs` was passed on. */
async function saidUntil(timeMs: number): Promise<readonly ProposedRecord[]> {
  const endMs = Date.now() + 90_000;
  while (!proposed.some(({ time }) => time?.timeMs === timeMs)) {
    if (Date.now() > endMs) throw new Error(`time ${timeMs} was not passed on within 90 s`);
    await pause(50);
  }
  return proposed;
}

const proposalsOf = (records: readonly ProposedRecord[]) => records.flatMap(({ proposal }) => proposal?.personId ?? []);

describe('the detector on Kafka', () => {
  it('the clock rule: while it was away a cart was left and another paid after an hour; one message, exactly one', async () => {
    await put(
      { marker },
      { event: eventOf('user:paid', 'Product Added', T0) },
      { event: eventOf('user:left', 'Product Added', T0) },
      { event: eventOf('user:paid', 'Order Completed', T0 + HOUR) },
      { time: { timeMs: T0 + 3 * HOUR } },
    );
    const service = await startService();
    expect(proposalsOf(await saidUntil(T0 + 3 * HOUR))).toEqual(['user:left']);
    expect((await service.get('/readyz')).status).toBe(200);
    await untilCounted(service.url, [
      'kairos_partitions_started_total{task="detect",from="changelog"} 1',
      /kairos_triggers_detected_total\{[^}]*trigger="cart-left"[^}]*\} 1/,
    ]);
    expect(await service.stop()).toBe(0);
  }, 180_000);

  it('after a stop it goes on from its state: nothing fires again, and what fired can still be taken back', async () => {
    const service = await startService();
    await put({ time: { timeMs: T0 + 4 * HOUR } });
    expect(proposalsOf(await saidUntil(T0 + 4 * HOUR))).toEqual(['user:left']);
    await put({ event: eventOf('user:left', 'Order Completed', T0 + 4 * HOUR) }, { time: { timeMs: T0 + 5 * HOUR } });
    const records = await saidUntil(T0 + 5 * HOUR);
    expect(records.flatMap(({ withdrawal }) => withdrawal?.code ?? [])).toEqual(['EXITED']);
    // From what the one before kept on this machine.
    await untilCounted(service.url, [
      'kairos_partitions_started_total{task="detect",from="copy"} 1',
      /kairos_state_bytes\{task="detect",partition="0"\} [1-9]/,
    ]);
    expect(await service.stop()).toBe(0);
  }, 180_000);

  it('a record that nobody can read goes to the dead letters, and the partition moves on', async () => {
    const service = await startService();
    await producer.send([{ topic: 'events.enriched', partition: 0, key: 'x', value: Buffer.from('no Avro') }]);
    await put({ time: { timeMs: T0 + 6 * HOUR } });
    await saidUntil(T0 + 6 * HOUR);
    const ends = await kafka.offsets('events.enriched.dead-letters');
    expect(ends.get(0)?.end).toBe(1);
    expect(await service.stop()).toBe(0);
  }, 180_000);
});
