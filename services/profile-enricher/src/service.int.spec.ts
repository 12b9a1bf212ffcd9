// length: one broker and one bench of it serve all of it; each test states one promise
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type CollectedEvent,
  type EnrichedRecord,
  identifiedRecord,
  type ProfileChanged,
  type TopicName,
  type TopicValues,
} from '@kairos/contracts';
import { type RunningStack, startTestStack, untilCounted } from '@kairos/local-stack';
import { parsePlaybook, toRecords } from '@kairos/playbook';
import { type Host, runService } from '@kairos/service-kit';
import {
  connectKafka,
  createSerde,
  createWalkTopics,
  type KafkaPort,
  partitionOf,
  prefixedKafka,
  type RecordProducer,
  readDeadLetters,
  type Serde,
} from '@kairos/stream-kit';
import { config } from './config.ts';
import { start } from './wiring.ts';

const PARTITIONS = 3;
const PREFIX = `enricher-${process.pid}-${Date.now().toString(36)}.`;

let stack: RunningStack;
let cluster: KafkaPort;
let kafka: KafkaPort;
let serde: Serde;
let producer: RecordProducer;
let enriched: readonly Enriched[];
let profiles: readonly { readonly value: ProfileChanged }[];
/** What must be closed at the end, whatever a test did. */
const open: (() => Promise<unknown>)[] = [];
const all = [0, 1, 2];

beforeAll(async () => {
  stack = await startTestStack({ parts: ['kafka', 'registry'] });
  cluster = await connectKafka({ brokers: stack.address('kafka'), clientId: 'enricher-test' });
  kafka = prefixedKafka(cluster, PREFIX);
  await createWalkTopics(kafka, { partitions: PARTITIONS });
  serde = await createSerde({ registryUrl: stack.address('registry') });
  producer = await kafka.producer();
  enriched = await follow('events.enriched');
  profiles = await follow('profiles.changed');
  await openDoor();
}, 180_000);

afterAll(async () => {
  await Promise.all(open.map((close) => close()));
  await producer.close();
  await cluster.close();
  await stack.stop();
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
      KAIROS_PARTITIONS: String(PARTITIONS),
      HTTP_PORT: '0',
      LOG_LEVEL: 'silent',
      ENRICHER_CUT_EVERY_MS: '300',
      ENRICHER_TICK_EVERY_MS: '100',
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
  await runService({ name: 'profile-enricher', config, start: (context) => startHere(context) }, host);
  const stop = (): Promise<number> => {
    signals.get('SIGTERM')?.('SIGTERM');
    return exit;
  };
  open.push(stop);
  return { url, get: (path: string) => fetch(new URL(path, url)), stop };
}

let count = 0;
const eventOf = (fields: Partial<CollectedEvent>): CollectedEvent => {
  count += 1;
  return {
    messageId: `m${count}`,
    type: 'track',
    name: 'Page Viewed',
    anonymousId: null,
    userId: null,
    email: null,
    phone: null,
    occurredAtMs: Date.now(),
    receivedAtMs: Date.now(),
    originalTimestampMs: null,
    sentAtMs: null,
    properties: '{}',
    traits: '{}',
    context: '{}',
    source: 'shop',
    sourceKind: 'server',
    backfill: false,
    candidateId: null,
    flags: [],
    rehomed: false,
    origin: null,
    link: null,
    ...fields,
  };
};

const collect = (event: CollectedEvent, partition?: number): Promise<unknown> =>
  producer.send([
    {
      topic: 'events.collected',
      key: event.anonymousId ?? event.userId ?? '',
      ...(partition === undefined ? {} : { partition }),
      value: serde.encode('events.collected', event),
    },
  ]);

async function publish(text: string): Promise<void> {
  const { definitions } = parsePlaybook([{ path: 'playbook.yaml', text }]);
  const records = toRecords(definitions, { timeScale: 1, publishedAtMs: Date.now(), publishedBy: 'test' });
  for (const { key, value } of records) {
    await producer.send([{ topic: 'playbook.published', key, value: serde.encode('playbook.published', value) }]);
  }
}

/** Everything on a topic, as it comes: read once and followed. */
async function follow<T extends TopicName>(topic: T): Promise<{ value: TopicValues[T]; partition: number }[]> {
  const found: { value: TopicValues[T]; partition: number }[] = [];
  const reader = await kafka.read({
    topic,
    partitions: all,
    follow: true,
    onRecords: async (records) => {
      for (const { value, partition } of records) {
        if (value !== null) found.push({ value: await serde.decode(topic, value), partition });
      }
    },
  });
  open.push(() => reader.close());
  return found;
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = Date.now() + 90_000;
  while (!(await isSo())) {
    if (Date.now() > endMs) throw new Error(`not within 90 s: ${what}`);
    await pause(50);
  }
}

/** What the detector does for the enricher: an old person's state goes to the new one, who waits for it. */
async function openDoor(): Promise<void> {
  const reader = await kafka.read({
    topic: 'events.enriched',
    partitions: all,
    follow: true,
    onRecords: async (records) => {
      for (const { value: bytes } of records) {
        if (bytes === null) continue;
        const { moved } = await serde.decode('events.enriched', bytes);
        if (moved === null) continue;
        const value = serde.encode('events.identified', identifiedRecord({ merge: moved.merge }));
        await producer.send([{ topic: 'events.identified', key: moved.to, value }]);
      }
    },
  });
  open.push(() => reader.close());
}

type Enriched = { value: EnrichedRecord; partition: number };

const namesOf = () =>
  enriched.flatMap(({ value }) => (value.event === null ? [] : [`${value.event.personId} ${value.event.name}`]));
/** Whether time has come so far in every partition. */
const hasTime = (timeMs: number): boolean =>
  all.every((partition) =>
    enriched.some((one) => one.partition === partition && one.value.time !== null && one.value.time.timeMs >= timeMs),
  );
const profileOf = (personId: string): Record<string, unknown> | undefined => {
  const last = profiles.filter(({ value }) => value.personId === personId).at(-1);
  return last === undefined ? undefined : JSON.parse(last.value.profile);
};

describe('the enricher on Kafka', () => {
  it('from a browser to a known person: one log per person, time in every partition, the marker in all of them', async () => {
    const service = await startService();
    await publish('');
    await collect(eventOf({ anonymousId: 'browser', name: 'Product Added' }));
    await collect(eventOf({ anonymousId: 'browser', userId: 'ada', type: 'identify', name: 'Identified' }));
    await collect(eventOf({ anonymousId: 'browser', name: 'Order Completed', properties: '{"total":"12.50"}' }));
    const startedMs = Date.now();
    await until('three events, and time in every partition', () => namesOf().length === 3 && hasTime(startedMs));
    expect(namesOf().sort()).toEqual(['anon:browser Product Added', 'user:ada Identified', 'user:ada Order Completed']);
    const marked = enriched.filter(({ value }) => value.marker !== null).map(({ partition }) => partition);
    expect(marked.sort()).toEqual(all);
    for (const { value, partition } of enriched) {
      if (value.event !== null) expect(partition).toBe(partitionOf(value.event.personId, PARTITIONS));
    }
    expect(profileOf('user:ada')).toMatchObject({
      orderCount: 1,
      orderValue: 12.5,
    });
    expect((await service.get('/readyz')).status).toBe(200);
    expect(await service.stop()).toBe(0);
  }, 180_000);

  it('after a stop it knows the link, the profile and the message ids; what came meanwhile takes effect once', async () => {
    const again = eventOf({
      anonymousId: 'browser',
      name: 'Order Completed',
      messageId: 'm3',
      properties: '{"total":1}',
    });
    const next = eventOf({ anonymousId: 'browser', name: 'Order Completed', properties: '{"total":"0.1"}' });
    // A foreign partitioner put this one elsewhere, and the client sent another one twice.
    await collect(again);
    await collect(next, (partitionOf('browser', PARTITIONS) + 1) % PARTITIONS);
    const service = await startService();
    await until('the fourth event', () => namesOf().length === 4 && profileOf('user:ada')?.orderCount === 2);
    expect(profileOf('user:ada')).toMatchObject({ orderCount: 2, orderValue: 12.6 });
    await untilCounted(service.url, [
      /kairos_duplicate_events_total(\{[^}]*\})? 1/,
      /kairos_events_rehomed_total(\{[^}]*\})? 1/,
    ]);
    expect(await service.stop()).toBe(0);
  }, 180_000);

  it('an event of nobody goes to the dead letters with its reason, and time goes on', async () => {
    const service = await startService();
    await collect(eventOf({}), 0);
    await collect(eventOf({ userId: 'bob' }));
    const startedMs = Date.now();
    await until('the fifth event, and time in every partition', () => namesOf().length === 5 && hasTime(startedMs));
    const ends = await kafka.offsets('events.collected.dead-letters');
    expect([...ends.values()].reduce((sum, { end }) => sum + end, 0)).toBe(1);
    expect(await service.stop()).toBe(0);
  }, 180_000);

  it('against the tracking plan: what a lenient source sends is marked, what a strict one sends is refused, and both are counted', async () => {
    const service = await startService();
    await publish(`kind: TrackingPlan
id: shop
events: { Order Completed: { properties: { total: { type: number, required: true } } } }
---
kind: Source
id: shop
type: server
---
kind: Source
id: strict
type: server
onNonconforming: refuse
`);
    await until('the marker of the plan everywhere', () =>
      all.every(
        (partition) => enriched.filter((one) => one.partition === partition && one.value.marker !== null).length === 2,
      ),
    );
    await collect(eventOf({ userId: 'eve', name: 'Order Completed', properties: '{"total":"7"}' }));
    await collect(eventOf({ userId: 'eve', name: 'Order Completed', source: 'strict', messageId: 'bad' }));
    await collect(eventOf({ userId: 'eve', name: 'Order Completed', source: 'strict', properties: '{"total":1}' }));
    await until('two orders', () => profileOf('user:eve')?.orderCount === 2);
    const faults = enriched.flatMap(({ value }) =>
      value.event?.personId === 'user:eve' ? [value.event.faults.map(({ code, field }) => `${code} ${field}`)] : [],
    );
    expect(faults).toEqual([['PROPERTY_TYPE total'], []]);
    expect(enriched.flatMap(({ value }) => value.refused?.messageId ?? [])).toEqual(['bad']);
    const letters = await readDeadLetters(kafka, 'events.identified');
    expect(letters.map(({ code, reason, attempts }) => [code, reason.slice(0, 30), attempts])).toEqual([
      ['EVENT_NONCONFORMING', 'total is required and missing.', 1],
    ]);
    await untilCounted(service.url, [
      /nonconforming_total\{(?=.*source="shop")(?=.*event="Order Completed")(?=.*code="PROPERTY_TYPE")(?=.*outcome="flagged").*\} 1$/m,
      /nonconforming_total\{(?=.*source="strict")(?=.*code="PROPERTY_MISSING")(?=.*outcome="refused").*\} 1$/m,
    ]);
    expect(await service.stop()).toBe(0);
  }, 180_000);
});
