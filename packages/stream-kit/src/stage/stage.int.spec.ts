import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type EnrichedRecord, headers, type ProposedRecord } from '@kairos/contracts';
import { type RunningStack, startTestStack } from '@kairos/local-stack';
import { connectKafka } from '../kafka/connect-kafka.ts';
import { fresh, until } from '../kafka/port-kit.fixture.ts';
import { prefixedKafka } from '../kafka/prefixed-kafka.ts';
import { createWalkTopics } from '../kafka/walk-topics.ts';
import { type Counting, countingProcessor, enriched, named, saidOf } from '../memory/counting.fixture.ts';
import type { IncomingRecord, KafkaPort, RecordProducer, Serde } from '../ports.ts';
import { createSerde } from '../serde/registry-serde.ts';
import type { StageHooks } from './hooks.ts';
import { readChangelog } from './restore.ts';
import { type StageHandle, type StageOptions, startStage } from './start-stage.ts';

const PARTITIONS = 3;
let stack: RunningStack;
let cluster: KafkaPort;
let serde: Serde;
let kafka: KafkaPort;
let producer: RecordProducer;
const open: StageHandle[] = [];

beforeAll(async () => {
  stack = await startTestStack({ parts: ['kafka', 'registry'] });
  cluster = await connectKafka({ brokers: stack.address('kafka'), clientId: 'stage-test', sessionTimeoutMs: 6_000 });
  serde = await createSerde({
    registryUrl: stack.address('registry'),
    topics: ['events.enriched', 'messages.proposed', 'detect.changelog'],
  });
}, 120_000);
afterAll(async () => {
  await Promise.all(open.map((stage) => stage.close()));
  await producer.close();
  await cluster.close();
  await stack.stop();
}, 60_000);
beforeEach(async () => {
  kafka = prefixedKafka(cluster, `${fresh('stage')}.`);
  await createWalkTopics(kafka, { partitions: PARTITIONS });
  await producer?.close();
  producer = await kafka.producer();
}, 60_000);

const start = async (options: Partial<StageOptions<Counting, EnrichedRecord, string>> = {}): Promise<StageHandle> => {
  const stage = await startStage<Counting, EnrichedRecord, string>({
    kafka,
    serde,
    processor: countingProcessor,
    groupId: 'detect',
    cutEveryMs: 200,
    fail: (error) => process.stderr.write(`a stage failed: ${error.stack}\n`),
    ...options,
  });
  open.push(stage);
  return stage;
};

const stop = async (stage: StageHandle): Promise<void> => {
  open.splice(open.indexOf(stage), 1);
  await stage.close();
};

const put = (records: readonly EnrichedRecord[], traceparent?: string): Promise<unknown> =>
  producer.send(
    records.map((record) => ({
      topic: 'events.enriched',
      key: record.event?.personId ?? '',
      value: serde.encode('events.enriched', record),
      ...(traceparent === undefined ? {} : { headers: { traceparent } }),
    })),
  );

const all = Array.from({ length: PARTITIONS }, (_none, partition) => partition);

const readAll = async (topic: string): Promise<IncomingRecord[]> => {
  const records: IncomingRecord[] = [];
  const reader = await kafka.read({ topic, partitions: all, onRecords: (more) => void records.push(...more) });
  await reader.done;
  return records;
};

const proposed = async (): Promise<{ value: ProposedRecord; record: IncomingRecord }[]> =>
  Promise.all(
    (await readAll('messages.proposed')).map(async (record) => ({
      record,
      value: await serde.decode('messages.proposed', record.value ?? Buffer.alloc(0)),
    })),
  );

const said = async (): Promise<string[]> => saidOf(await proposed()).sort();
const lag = (stages: readonly StageHandle[]): number =>
  stages.reduce(
    (sum, stage) => sum + stage.status().reduce((own, task) => own + task.endOffset - task.nextOffset, 0),
    0,
  );
const applied = (stages: readonly StageHandle[]): number =>
  stages.reduce((sum, stage) => sum + stage.status().reduce((own, task) => own + task.nextOffset, 0), 0);

const persons = Array.from({ length: 30 }, (_none, at) => `user:${at}`);

describe('a stage on Kafka', () => {
  it('applies every record, in the same partition, with headers, and commits after the outputs', async () => {
    const stage = await start({ source: 'trigger-detector' });
    await put(
      persons.map((id) => enriched(id, `${id}:1`, 1_000)),
      '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    );
    await until('all applied', () => applied([stage]) === persons.length);
    const out = await proposed();
    expect(saidOf(out).sort()).toEqual(persons.map((id) => `${id} COUNT_1`).sort());
    for (const { value, record } of out) {
      expect(value.origin).toMatchObject({ topic: 'events.enriched', partition: record.partition, number: 0 });
      expect(record.headers[headers.source]?.toString()).toBe('trigger-detector');
      expect(record.headers[headers.traceparent]?.toString()).toContain('0af7651916cd43dd8448eb211c80319c');
    }
    await until('the group offset', async () => {
      const offsets = await kafka.groupOffsets('detect', 'events.enriched');
      return [...offsets.values()].reduce((sum, offset) => sum + offset, 0) === persons.length;
    });
  }, 60_000);

  it('goes on from its cuts after a kill: state as if it had never died, nothing lost, nothing new after repeats are dropped', async () => {
    const dying = await start();
    for (let round = 1; round <= 4; round += 1) {
      await put(persons.map((id) => enriched(id, `${id}:${round}`, round * 1_000)));
      await until(`round ${round}`, () => applied([dying]) === persons.length * round);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    // Not closed: it never writes its last cut, stays in the group until its session ends, and may go on as a zombie.
    const successor = await start({ groupId: 'detect-after-the-kill' });
    await put(persons.map((id) => enriched(id, `${id}:5`, 5_000)));
    await until('all applied', () => applied([successor]) === persons.length * 5, 40_000);
    const seen = new Set<string>();
    const once = (await proposed()).filter(({ value, record }) => {
      const { offset, number } = value.origin ?? { offset: -1, number: -1 };
      const name = `${record.partition}/${offset}/${number}`;
      const repeated = seen.has(name);
      seen.add(name);
      return !repeated;
    });
    const expected = persons.flatMap((id) => [1, 2, 3, 4, 5].map((count) => `${id} COUNT_${count}`));
    expect(saidOf(once).sort()).toEqual(expected.sort());
    await stop(successor);
    const restored = await readChangelog({ kafka, serde }, 'detect.changelog', all);
    const states = new Map([...restored.values()].flatMap(({ states: found }) => [...found]));
    expect(states.size).toBe(persons.length);
    for (const bytes of states.values())
      expect(JSON.parse(Buffer.from(bytes).toString())).toEqual({ count: 5, quietAtMs: 65_000 });
    await stop(dying);
  }, 90_000);

  it('moves a partition with its state to a second member and back', async () => {
    const one = await start();
    await put(persons.map((id) => enriched(id, `${id}:1`, 1_000)));
    await until('the first round', () => applied([one]) === persons.length);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const two = await start();
    await until(
      'shared',
      () =>
        one.status().length > 0 && two.status().length > 0 && one.status().length + two.status().length === PARTITIONS,
      40_000,
    );
    await put(persons.map((id) => enriched(id, `${id}:2`, 2_000)));
    await until('the second round', () => lag([one, two]) === 0 && applied([one, two]) === persons.length * 2, 40_000);
    await stop(two);
    await until('all back', () => one.status().length === PARTITIONS, 40_000);
    await put(persons.map((id) => enriched(id, `${id}:3`, 3_000)));
    await until('the third round', () => applied([one]) === persons.length * 3, 40_000);
    const lines = new Set(await said());
    expect(lines).toEqual(new Set(persons.flatMap((id) => [1, 2, 3].map((count) => `${id} COUNT_${count}`))));
    await stop(one);
  }, 120_000);

  it('restores nothing again when a second member comes and goes: what stayed works on, what returns was kept', async () => {
    const restored: number[] = [];
    const resumed: number[] = [];
    const hooks: StageHooks = {
      onRestored: ({ partition }) => void restored.push(partition),
      onResumed: ({ partition }) => void resumed.push(partition),
    };
    const one = await start({ hooks });
    await put(persons.map((id) => enriched(id, `${id}:1`, 1_000)));
    await until('the first round', () => applied([one]) === persons.length);
    // Its cuts: with nothing left to write, the other writes none.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const two = await start();
    const both = (): number => one.status().length + two.status().length;
    await until('shared', () => two.status().length > 0 && both() === PARTITIONS, 40_000);
    const moved = two.status().map(({ partition }) => partition);
    await stop(two);
    await until('all back', () => one.status().length === PARTITIONS, 40_000);
    await put(persons.map((id) => enriched(id, `${id}:2`, 2_000)));
    await until('the second round', () => applied([one]) === persons.length * 2, 40_000);
    expect([restored.sort(), resumed]).toEqual([all, moved]);
    const lines = await said();
    expect(lines).toEqual(persons.flatMap((id) => [1, 2].map((count) => `${id} COUNT_${count}`)).sort());
    await stop(one);
  }, 120_000);

  it('hands over within ten seconds when it is told to stop: outputs, a cut, and nothing is done twice', async () => {
    const one = await start();
    await until('all partitions', () => one.status().length === PARTITIONS);
    let sent = 0;
    let stopped = false;
    const load = (async () => {
      while (!stopped) {
        sent += 1;
        await put(persons.map((id) => enriched(id, `${id}:${sent}`, sent * 1_000)));
      }
    })();
    await until('some load', () => applied([one]) > 300);
    const two = await start();
    await until('shared', () => two.status().length > 0 && two.restoring === 0, 40_000);
    const before = Date.now();
    await stop(one);
    const tookMs = Date.now() - before;
    await until('taken over', () => two.status().length === PARTITIONS && two.restoring === 0, 40_000);
    stopped = true;
    await load;
    const count = persons.length * sent;
    await until('everything', () => lag([two]) === 0 && applied([two]) === count, 40_000);
    const lines = await said();
    process.stderr.write(`hand-over of ${count} records under way: closed in ${tookMs} ms\n`);
    expect(tookMs).toBeLessThan(10_000);
    expect(new Set(lines).size).toBe(count);
    // A planned stop leaves nothing to be done again; what moved in the rebalance before it may have come twice.
    const repeats = lines.length - count;
    expect(repeats).toBeLessThan(count / 2);
  }, 120_000);

  it('lets no flooded partition hold up the others', async () => {
    const stage = await start();
    await until('all partitions', () => stage.status().length === PARTITIONS);
    const standing = (partition: number) => stage.status().find((task) => task.partition === partition);
    const value = serde.encode('events.enriched', enriched('user:hot', 'm', 1_000));
    const flood = Array.from({ length: 1_000 }, () => ({
      topic: 'events.enriched',
      partition: 0,
      key: 'user:hot',
      value,
    }));
    const floods = Promise.all(Array.from({ length: 60 }, () => producer.send(flood)));
    await until('the flood', () => (standing(0)?.nextOffset ?? 0) > 0);
    const took: number[] = [];
    // Each waits for the one before: what a person elsewhere would wait.
    // By the end of the flood, not by the lag: that is nothing for a moment, too, before the next thousand have come.
    while ((standing(0)?.nextOffset ?? 0) < 60_000 && took.length < 100) {
      const cold = serde.encode('events.enriched', enriched('user:cold', `c${took.length}`, 1_000));
      const before = Date.now();
      await producer.send([{ topic: 'events.enriched', partition: 1, key: 'user:cold', value: cold }]);
      await until('the cold one', () => standing(1)?.nextOffset === took.length + 1);
      took.push(Date.now() - before);
    }
    await floods;
    process.stderr.write(`beside a flood: ${took.length} cold records, the slowest ${Math.max(...took)} ms\n`);
    // Had they waited for the flood, there would be one.
    expect(took.length).toBeGreaterThan(1);
    expect(Math.max(...took)).toBeLessThan(5_000);
    await until('the end of the flood', () => standing(0)?.nextOffset === 60_000, 60_000);
    await stop(stage);
  }, 120_000);

  it('gives a poisoned and an undecodable record to the dead letters, bytes and reason kept, and moves on', async () => {
    const dead: string[] = [];
    const stage = await start({ hooks: { onDeadLetter: ({ code }) => dead.push(code) } });
    await put([enriched('user:1', 'a', 1_000)]);
    await put(
      [named('Poison', enriched('user:1', 'b', 1_000))],
      '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    );
    await producer.send([
      { topic: 'events.enriched', key: 'user:1', value: Buffer.from('garbage'), headers: { mine: 'kept' } },
    ]);
    await put([enriched('user:1', 'c', 1_000)]);
    await until('all four', () => applied([stage]) === 4);
    expect(await said()).toEqual(['user:1 COUNT_1', 'user:1 COUNT_2']);
    expect(dead).toEqual(['STEP_FAILED', 'RECORD_UNDECODABLE']);
    const letters = await readAll('events.enriched.dead-letters');
    expect(
      letters.map(({ headers: on }) => [
        on[headers.deadCode]?.toString(),
        on[headers.deadAttempts]?.toString(),
        on[headers.deadOffset]?.toString(),
      ]),
    ).toEqual([
      ['STEP_FAILED', '3', '1'],
      ['RECORD_UNDECODABLE', '1', '2'],
    ]);
    expect(letters[1]?.value?.toString()).toBe('garbage');
    expect(letters[1]?.headers.mine?.toString()).toBe('kept');
    expect(letters[0]?.headers.traceparent).toBeDefined();
    await stop(stage);
  }, 60_000);
});
