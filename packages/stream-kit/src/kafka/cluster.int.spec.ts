import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KairosError } from '@kairos/contracts';
import { type RunningStack, startTestStack } from '@kairos/local-stack';
import kafkajs from 'kafkajs';
import { countingProcessor, enriched } from '../memory/counting.fixture.ts';
import type { IncomingRecord, KafkaPort } from '../ports.ts';
import { createSerde } from '../serde/registry-serde.ts';
import { startStage } from '../stage/start-stage.ts';
import { startTicker } from '../ticks/ticker.ts';
import { connectKafka } from './connect-kafka.ts';
import { collect, fresh, topicOn, until } from './port-kit.fixture.ts';
import { prefixedKafka } from './prefixed-kafka.ts';
import { createWalkTopics } from './walk-topics.ts';

let stack: RunningStack;
let port: KafkaPort;
beforeAll(async () => {
  stack = await startTestStack({ parts: ['kafka', 'registry'] });
  port = await connectKafka({ brokers: stack.address('kafka'), clientId: 'cluster-test' });
}, 120_000);
afterAll(async () => {
  await port.close();
  await stack.stop();
});

interface Proxy {
  readonly url: string;
  readonly calls: string[];
  answers: boolean;
  close(): Promise<void>;
}

/** Stands before the registry and counts what it is asked. */
const proxyTo = async (target: string): Promise<Proxy> => {
  const to = new URL(target);
  const proxy = { calls: [] as string[], answers: true };
  const server: Server = createServer((asked, answer) => {
    proxy.calls.push(`${asked.method} ${asked.url}`);
    if (!proxy.answers) {
      asked.socket.destroy();
      return;
    }
    const { hostname, port: toPort } = to;
    const onward = request(
      { hostname, port: toPort, path: asked.url, method: asked.method, headers: asked.headers },
      (came) => {
        answer.writeHead(came.statusCode ?? 502, came.headers);
        came.pipe(answer);
      },
    );
    asked.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: at } = server.address() as AddressInfo;
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${at}${to.pathname}`,
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
};

describe('the registry', () => {
  it('is asked a fixed number of times, however many records pass', async () => {
    const proxy = await proxyTo(stack.address('registry'));
    const writer = await createSerde({ registryUrl: proxy.url, topics: ['events.enriched', 'messages.proposed'] });
    const reader = await createSerde({ registryUrl: proxy.url, topics: ['messages.proposed'] });
    // Per subject: its compatibility, its registration, and the first time the setting of the compatibility.
    expect(proxy.calls.length).toBeLessThanOrEqual(3 * 3);
    const before = proxy.calls.length;
    for (let at = 0; at < 500; at += 1) {
      const value = enriched(`user:${at}`, `m${at}`, at);
      const decoded = await reader.decode('events.enriched', writer.encode('events.enriched', value));
      expect(decoded.event?.messageId).toBe(`m${at}`);
    }
    // The reader had not named the topic: it asked for the writer's schema, once.
    expect(proxy.calls.slice(before).length).toBe(1);
    await proxy.close();
  }, 60_000);

  it('is waited for when it is away at the start, and named when it stays away', async () => {
    const proxy = await proxyTo(stack.address('registry'));
    proxy.answers = false;
    setTimeout(() => {
      proxy.answers = true;
    }, 700);
    await expect(createSerde({ registryUrl: proxy.url, topics: ['events.enriched'] })).resolves.toBeDefined();
    proxy.answers = false;
    const error = await createSerde({ registryUrl: proxy.url, topics: ['events.enriched'], startTimeoutMs: 500 }).catch(
      (caught) => caught,
    );
    expect(error).toBeInstanceOf(KairosError);
    expect([error.code, error.canRetry]).toEqual(['SCHEMA_UNAVAILABLE', true]);
    await proxy.close();
  }, 60_000);
});

describe('foreign producers', () => {
  it('are read whatever they compress with, and what they wrote in a transaction holds nothing up', async () => {
    const topic = await topicOn(port, 'foreign', 1);
    const foreign = new kafkajs.Kafka({
      clientId: 'foreign',
      brokers: [stack.address('kafka')],
      logLevel: kafkajs.logLevel.NOTHING,
    });
    const producer = foreign.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
    await producer.connect();
    await producer.send({
      topic,
      compression: kafkajs.CompressionTypes.GZIP,
      messages: [{ key: 'k', value: 'gzip '.repeat(50) }],
    });
    await producer.send({
      topic,
      compression: kafkajs.CompressionTypes.Snappy,
      messages: [{ key: 'k', value: 'snappy '.repeat(50) }],
    });
    await producer.disconnect();
    const transactional = foreign.producer({
      transactionalId: fresh('tx'),
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
    await transactional.connect();
    const transaction = await transactional.transaction();
    await transaction.send({ topic, messages: [{ key: 'k', value: 'transaction' }] });
    await transaction.commit();
    const given = await transactional.transaction();
    await given.send({ topic, messages: [{ key: 'k', value: 'aborted' }] });
    await given.abort();
    await transactional.disconnect();
    const passed: number[] = [];
    const records: IncomingRecord[] = [];
    const consumer = await port.consumer({
      groupId: fresh('group'),
      topics: [topic],
      handlers: {
        assigned: async () => new Map([[`${topic}/0`, 'earliest' as const]]),
        revoked: async () => undefined,
        batch: async (batch) => void records.push(...batch),
        passed: (_partition, nextOffset) => passed.push(nextOffset),
        failed: () => undefined,
      },
    });
    await until('everything', () => passed.at(-1) === 6);
    expect(records.map(({ value }) => value?.toString().split(' ')[0])).toEqual(['gzip', 'snappy', 'transaction']);
    const end = (await port.offsets(topic)).get(0)?.end;
    expect(end).toBe(6);
    expect(passed.at(-1)).toBe(end);
    await consumer.close();
  }, 60_000);
});

describe('time', () => {
  it('is held back by a backlog of a source and catches up with it', async () => {
    const kafka = prefixedKafka(port, `${fresh('ticks')}.`);
    await createWalkTopics(kafka, { partitions: 1 });
    const serde = await createSerde({
      registryUrl: stack.address('registry'),
      topics: ['events.enriched', 'events.identified', 'messages.proposed', 'detect.changelog'],
    });
    const producer = await kafka.producer();
    const put = (id: string) =>
      producer.send([
        { topic: 'events.enriched', key: id, value: serde.encode('events.enriched', enriched(id, id, 0)) },
      ]);
    await put('user:1');
    let held = false;
    const stage = await startStage({
      kafka,
      serde,
      processor: countingProcessor,
      groupId: 'g',
      fail: () => undefined,
      hooks: { onBatch: () => undefined },
    });
    await until('the first record', () => stage.status()[0]?.nextOffset === 1);
    const frozen = stage.status();
    const times: number[] = [];
    const ticker = await startTicker({
      kafka,
      serde,
      instance: 'test',
      everyMs: 50,
      // What a process that hangs would say: its stage stands still while the log goes on.
      sources: () => (held ? frozen : stage.status()),
      onTick: ({ sources }) => times.push(sources[0]?.timeMs ?? -1),
      fail: (error) => process.stderr.write(`${error.message}\n`),
    });
    await until('a tick', () => times.length > 0);
    expect(Math.abs((times[0] ?? 0) - Date.now())).toBeLessThan(2_000);
    held = true;
    await put('user:2');
    const before = times.length;
    await until('ticks with a backlog', () => times.length > before + 2);
    expect(times.at(-1)).toBe((frozen[0]?.lastLogTimeMs ?? 0) - 1);
    held = false;
    const again = times.length;
    await until('ticks that caught up', () => times.length > again + 2);
    expect(Math.abs((times.at(-1) ?? 0) - Date.now())).toBeLessThan(2_000);
    await ticker.close();
    await stage.close();
    await producer.close();
  }, 60_000);
});

describe('the hop through a topic', () => {
  it('takes some tens of milliseconds at most', async () => {
    const topic = await topicOn(port, 'hop', 4);
    const producer = await port.producer();
    const took: number[] = [];
    const member = await collect(
      port,
      { groupId: fresh('group'), topic },
      {
        onBatch: async (records) => {
          for (const { value } of records) took.push(performance.now() - Number(value?.toString()));
        },
      },
    );
    await until('assigned', () => member.assigned.size === 4);
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (let at = 0; at < 200; at += 1) {
      void producer.send([{ topic, partition: at % 4, key: 'k', value: Buffer.from(String(performance.now())) }]);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await until('all', () => took.length === 200);
    const sorted = took.slice(20).sort((a, b) => a - b);
    const at = (share: number): number => Math.round(sorted[Math.floor(sorted.length * share)] ?? 0);
    process.stderr.write(`hop: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms\n`);
    expect(at(0.5)).toBeLessThan(100);
    await member.consumer.close();
    await producer.close();
  }, 60_000);
});
