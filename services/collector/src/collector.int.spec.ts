import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { headers as headerNames } from '@kairos/contracts';
import { type RunningStack, startTestStack } from '@kairos/local-stack';
import { type Host, loadConfig, runService, traceIdOf } from '@kairos/service-kit';
import {
  connectKafka,
  createSerde,
  type IncomingRecord,
  type KafkaPort,
  partitionOf,
  type Serde,
} from '@kairos/stream-kit';
import { eventually, uniqueName } from '@kairos/testing';
import { collectorConfig } from './config.ts';
import { wire } from './wiring.ts';

const TOPIC = 'events.collected';
const MIB = 1024 * 1024;

let stack: RunningStack;
let kafka: KafkaPort;
let serde: Serde;
beforeAll(async () => {
  stack = await startTestStack({ parts: ['kafka', 'registry'] });
  kafka = await connectKafka({ brokers: stack.address('kafka'), clientId: 'collector-test' });
  serde = await createSerde({ registryUrl: stack.address('registry'), topics: [TOPIC] });
}, 180_000);
afterAll(async () => {
  await kafka.close();
  await stack.stop();
});

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });

const keyOf = (key: string) => `Basic ${Buffer.from(`${key}:`).toString('base64')}`;

/** The collector in this process, under a host of the test's own. */
async function startCollector(more: Record<string, string> = {}) {
  const port = await freePort();
  const sourceId = uniqueName('shop');
  const listeners = new Map<string, (cause: unknown) => void>();
  let exited: (code: number) => void = () => undefined;
  const end = new Promise<number>((resolve) => {
    exited = resolve;
  });
  const host: Host = {
    env: {
      HTTP_PORT: String(port),
      LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent',
      KAIROS_INSTANCE: uniqueName('collector'),
      KAFKA_BROKERS: stack.address('kafka'),
      SCHEMA_REGISTRY_URL: stack.address('registry'),
      COLLECTOR_WRITE_KEYS: JSON.stringify([{ sourceId, kind: 'server', key: `${sourceId}-key` }]),
      ...more,
    },
    on: (event, listener) => void listeners.set(event, listener),
    exit: (code) => exited(code),
    printError: (text) => process.stderr.write(`${text}\n`),
  };
  const started = runService({ name: 'collector', config: collectorConfig, start: wire }, host);
  const url = `http://127.0.0.1:${port}`;
  const post = async (path: string, body: object, headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { authorization: keyOf(`${sourceId}-key`), ...headers },
    });
    return {
      status: response.status,
      retryAfter: response.headers.get('retry-after'),
      json: (await response.json()) as object,
    };
  };
  const stop = () => {
    listeners.get('SIGTERM')?.('SIGTERM');
    return end;
  };
  return { url, sourceId, started, post, stop };
}

let stopAll: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stopAll.splice(0)) await stop();
});
const startOne = async (more: Record<string, string> = {}) => {
  const collector = await startCollector(more);
  stopAll = [...stopAll, collector.stop];
  return collector;
};

/** Every record of a source on a topic. A topic that was just made may have no leader yet. */
const recordsOf = (topic: string, sourceId: string, from: KafkaPort = kafka): Promise<IncomingRecord[]> =>
  eventually(() => readAll(topic, sourceId, from));

async function readAll(topic: string, sourceId: string, from: KafkaPort): Promise<IncomingRecord[]> {
  const found: IncomingRecord[] = [];
  const count = await from.partitionCount(topic);
  const reader = await from.read({
    topic,
    partitions: Array.from({ length: count }, (_, index) => index),
    onRecords: (records) => {
      for (const record of records) if (record.headers[headerNames.source]?.toString() === sourceId) found.push(record);
    },
  });
  await reader.done;
  return found;
}

const track = (number: number, more: object = {}) => ({
  type: 'track',
  anonymousId: `visitor-${number % 7}`,
  event: 'Product Viewed',
  messageId: `m-${number}`,
  properties: { number },
  ...more,
});

describe('200 means that it is on the log', () => {
  it('each event of a batch of 50, under its key, on the partition that every client finds, as Avro', async () => {
    const { started, post, sourceId } = await startOne();
    await started;
    const batch = Array.from({ length: 50 }, (_, number) => track(number));
    expect(await post('/v1/batch', { batch })).toMatchObject({ status: 200, json: { success: true } });
    const records = await recordsOf(TOPIC, sourceId);
    expect(records).toHaveLength(50);
    const count = await kafka.partitionCount(TOPIC);
    const seen: string[] = [];
    for (const record of records) {
      const event = await serde.decode(TOPIC, record.value ?? Buffer.alloc(0));
      seen.push(event.messageId);
      expect(record.key?.toString()).toBe(event.anonymousId);
      expect(record.partition).toBe(partitionOf(event.anonymousId ?? '', count));
      expect(event.source).toBe(sourceId);
    }
    expect(seen.sort()).toEqual(batch.map(({ messageId }) => messageId).sort());
  }, 60_000);

  it('the trace of the caller goes on in the record', async () => {
    const { started, post, sourceId } = await startOne();
    await started;
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    await post('/v1/track', track(1), { traceparent: `00-${traceId}-b7ad6b7169203331-01` });
    const [record] = await recordsOf(TOPIC, sourceId);
    expect(traceIdOf(record?.headers[headerNames.traceparent]?.toString())).toBe(traceId);
  }, 60_000);

  it('a refused event lies with its reason among the dead letters', async () => {
    const { started, post, sourceId } = await startOne();
    await started;
    const answer = await post('/v1/batch', { batch: [track(1), { type: 'track', anonymousId: 'a', bad: true }] });
    expect(answer).toMatchObject({ status: 200, json: { accepted: 1, rejectedCount: 1 } });
    const [dead, ...others] = await recordsOf(`${TOPIC}.dead-letters`, sourceId);
    expect(others).toEqual([]);
    expect(JSON.parse(dead?.value?.toString() ?? '')).toEqual({ type: 'track', anonymousId: 'a', bad: true });
    expect(dead?.headers[headerNames.deadCode]?.toString()).toBe('FIELD_MISSING');
    expect(dead?.headers[headerNames.deadReason]?.toString()).toContain('batch[1].event');
  }, 60_000);

  it('requests under way when the stop begins are answered, and what was answered 200 is there', async () => {
    const { started, post, sourceId, stop } = await startCollector({ COLLECTOR_LINGER: '1s' });
    await started;
    const answers = Promise.all(Array.from({ length: 20 }, (_, number) => post('/v1/track', track(number))));
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await stop()).toBe(0);
    const accepted = (await answers).filter(({ status }) => status === 200).length;
    expect(accepted).toBe(20);
    expect(await recordsOf(TOPIC, sourceId)).toHaveLength(20);
  }, 60_000);
});

describe('without a broker', () => {
  it('the door is open from the start, and says to come again', async () => {
    const nobody = await freePort();
    const { url, post, stop } = await startCollector({ KAFKA_BROKERS: `127.0.0.1:${nobody}` });
    await eventually(async () => (await fetch(`${url}/livez`)).ok);
    expect(await post('/v1/track', track(1))).toMatchObject({
      status: 503,
      retryAfter: '2',
      json: { code: 'BROKER_UNAVAILABLE' },
    });
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    await stop();
  }, 60_000);
});

describe('when the broker goes away in mid-run', () => {
  it('the answer is 503 with Retry-After, and when it is back everything answered 200 is on the log', async () => {
    const own = await startTestStack({ own: true, parts: ['kafka', 'registry'] });
    const pid = own.parts.kafka?.process?.pid;
    if (pid === undefined) throw new Error('this test stops the broker it started, so it needs a native one');
    const port = await connectKafka({ brokers: own.address('kafka'), clientId: 'collector-test' });
    const { started, post, sourceId, url, stop } = await startCollector({
      KAFKA_BROKERS: own.address('kafka'),
      SCHEMA_REGISTRY_URL: own.address('registry'),
      KAIROS_PARTITIONS: '3',
      COLLECTOR_ACK_TIMEOUT: '1500ms',
    });
    try {
      await started;
      const acknowledged = new Set<string>();
      let number = 0;
      const send = async () => {
        number += 1;
        const event = track(number);
        const answer = await post('/v1/track', event);
        if (answer.status === 200) acknowledged.add(event.messageId);
        return answer;
      };
      for (let index = 0; index < 20; index++) expect((await send()).status).toBe(200);
      process.kill(pid, 'SIGSTOP');
      try {
        const during = await Promise.all(Array.from({ length: 5 }, send));
        for (const answer of during) {
          expect(answer).toMatchObject({ status: 503, retryAfter: '2', json: { code: 'BROKER_UNAVAILABLE' } });
        }
        const ready = (await (await fetch(`${url}/readyz`)).json()) as { ok: boolean; reasons: string[] };
        expect(ready).toMatchObject({ ok: false, reasons: ['the broker does not acknowledge'] });
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      await eventually(async () => (await fetch(`${url}/readyz`)).ok, { timeoutMs: 60_000, everyMs: 250 });
      await eventually(async () => (await send()).status === 200, { timeoutMs: 60_000, everyMs: 250 });
      for (let index = 0; index < 20; index++) expect((await send()).status).toBe(200);
      expect(await stop()).toBe(0);
      const landed = new Set<string>();
      const records = await recordsOf(TOPIC, sourceId, port);
      const ownSerde = await createSerde({ registryUrl: own.address('registry'), topics: [TOPIC] });
      for (const { value } of records) landed.add((await ownSerde.decode(TOPIC, value ?? Buffer.alloc(0))).messageId);
      expect([...acknowledged].filter((id) => !landed.has(id))).toEqual([]);
      expect(acknowledged.size).toBeGreaterThanOrEqual(41);
    } finally {
      await stop();
      await port.close();
      await own.stop();
    }
  }, 240_000);
});

it('a bomb that comes packed is 413, and memory stays bounded', async () => {
  const { started, url, sourceId } = await startOne();
  await started;
  const bomb = gzipSync(Buffer.alloc(128 * MIB, ' '));
  const before = process.memoryUsage.rss();
  const response = await fetch(`${url}/v1/batch`, {
    method: 'POST',
    body: bomb,
    headers: { authorization: keyOf(`${sourceId}-key`), 'content-encoding': 'gzip' },
  });
  expect(response.status).toBe(413);
  expect(process.memoryUsage.rss() - before).toBeLessThan(64 * MIB);
}, 60_000);

it('its example configuration is one that it takes', () => {
  const config = loadConfig(collectorConfig, {
    KAFKA_BROKERS: 'a:1',
    SCHEMA_REGISTRY_URL: 'http://a',
    COLLECTOR_WRITE_KEYS: '[{"sourceId":"site","kind":"browser","key":"12345678","origins":["https://shop.example"]}]',
  });
  expect(JSON.stringify(config)).not.toContain('12345678');
});
