import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningStack, silentReporter, startStack } from '@kairos/local-stack';
import { countingProcessor, enriched, saidOf } from '../memory/counting.fixture.ts';
import type { KafkaPort, Landed } from '../ports.ts';
import { memorySerde } from '../serde/memory-serde.ts';
import { type StageHandle, startStage } from '../stage/start-stage.ts';
import { connectKafka } from './connect-kafka.ts';
import { topicOn, until } from './port-kit.fixture.ts';
import { createWalkTopics } from './walk-topics.ts';

// A broker of its own: this test kills it.
const home = mkdtempSync(join(tmpdir(), 'kairos-broker-'));
const serde = memorySerde();
let stack: RunningStack;
let kafka: KafkaPort;

const startBroker = (): Promise<RunningStack> =>
  startStack({
    home,
    parts: ['kafka'],
    docker: false,
    reporter: silentReporter,
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
  });

const connect = (producer: 'wire' | 'kafkajs'): Promise<KafkaPort> =>
  connectKafka({ brokers: stack.address('kafka'), clientId: 'restart-test', producer });

const killAndRestart = async (): Promise<void> => {
  const address = stack.address('kafka');
  process.kill(stack.parts.kafka?.process?.pid ?? 0, 'SIGKILL');
  await new Promise((resolve) => setTimeout(resolve, 500));
  stack = await startBroker();
  expect(stack.address('kafka')).toBe(address);
};

beforeAll(async () => {
  stack = await startBroker();
  kafka = await connect('wire');
  await createWalkTopics(kafka, { partitions: 2 });
}, 120_000);
afterAll(async () => {
  await kafka.close();
  await stack.stop();
  rmSync(home, { recursive: true, force: true });
}, 60_000);

describe('a broker that is killed and comes back', () => {
  it.each(['wire', 'kafkajs'] as const)(
    'is written to again, each record once and in order (%s)',
    async (producing) => {
      const port = await connect(producing);
      const topic = await topicOn(port, `restart-${producing}`, 2);
      const producer = await port.producer();
      const sends: Promise<readonly Landed[]>[] = [];
      let sent = 0;
      // A send each millisecond: some are under way when the broker dies, acknowledged or not.
      const timer = setInterval(() => {
        sends.push(producer.send([{ topic, partition: sent % 2, key: 'k', value: Buffer.from(String(sent)) }]));
        sent += 1;
      }, 1);
      await new Promise((resolve) => setTimeout(resolve, 300));
      await killAndRestart();
      await new Promise((resolve) => setTimeout(resolve, 300));
      clearInterval(timer);
      const landed = (await Promise.all(sends)).flat();
      const onLog: string[][] = [[], []];
      const reader = await port.read({
        topic,
        partitions: [0, 1],
        onRecords: (records) => {
          for (const { partition, value } of records) onLog[partition]?.push(String(value));
        },
      });
      await reader.done;
      const all = Array.from({ length: sent }, (_none, at) => String(at));
      expect(onLog).toEqual([all.filter((_one, at) => at % 2 === 0), all.filter((_one, at) => at % 2 === 1)]);
      landed.forEach(({ partition, offset }, at) => {
        expect(onLog[partition]?.[offset]).toBe(String(at));
      });
      await producer.close();
      await port.close();
    },
    120_000,
  );

  it('answers what was asked while it was away: who asks in the middle of its work does not end with it', async () => {
    const port = await connect('wire');
    const topic = await topicOn(port, 'restart-asked', 2);
    const restarted = killAndRestart();
    const asked = Promise.all([
      port.partitionCount(topic),
      port.groupOffsets('nobody', topic),
      port.groupMembers('nobody'),
      port.offsets(topic),
    ]);
    asked.catch(() => undefined);
    await restarted;
    const empty = { start: 0, end: 0 };
    const ends = new Map([0, 1].map((partition) => [partition, empty]));
    expect(await asked).toEqual([2, new Map(), [], ends]);
    await port.close();
  }, 120_000);

  it('costs a stage no record and no output: it goes on, or fails cleanly and its successor does', async () => {
    const failures: string[] = [];
    let stage: StageHandle;
    const start = async (): Promise<StageHandle> =>
      startStage({
        kafka,
        serde,
        processor: countingProcessor,
        groupId: 'detect',
        cutEveryMs: 200,
        fail: (error) => failures.push(error.message),
      });
    stage = await start();
    const producer = await kafka.producer();
    const put = (count: number, at: number): Promise<unknown> =>
      Promise.all(
        Array.from({ length: count }, (_none, person) =>
          producer.send([
            {
              topic: 'events.enriched',
              key: `user:${person}`,
              value: serde.encode('events.enriched', enriched(`user:${person}`, `${person}:${at}`, at)),
            },
          ]),
        ),
      );
    await put(20, 1);
    await until('the first round', () => stage.status().reduce((sum, task) => sum + task.nextOffset, 0) === 20);
    const restarted = killAndRestart();
    const during = put(20, 2);
    await restarted;
    // Idempotent repeats: acknowledged once, on the log once.
    await during;
    await put(20, 3);
    const applied = (): number => stage.status().reduce((sum, task) => sum + task.nextOffset, 0);
    await until('all rounds, or a clean failure', () => applied() === 60 || failures.length > 0, 60_000);
    process.stderr.write(`the stage ${failures.length === 0 ? 'survived' : `failed cleanly: ${failures[0]}`}\n`);
    if (failures.length > 0) {
      await stage.close().catch(() => undefined);
      stage = await start();
    }
    await until('all rounds', () => applied() === 60, 60_000);
    const texts = new Map<string, string>();
    const reader = await kafka.read({
      topic: 'messages.proposed',
      partitions: [0, 1],
      onRecords: async (records) => {
        for (const { value, partition } of records) {
          const proposed = await serde.decode('messages.proposed', value ?? Buffer.alloc(0));
          texts.set(`${partition}/${proposed.origin?.offset}`, saidOf([{ value: proposed }])[0] ?? '');
        }
      },
    });
    await reader.done;
    const expected = Array.from({ length: 20 }, (_none, person) =>
      [1, 2, 3].map((count) => `user:${person} COUNT_${count}`),
    ).flat();
    expect([...texts.values()].sort()).toEqual(expected.sort());
    await stage.close();
    await producer.close();
  }, 180_000);
});
