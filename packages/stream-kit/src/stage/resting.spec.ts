import { afterEach, describe, expect, it } from '@jest/globals';
import { type EnrichedRecord, enrichedRecord, type ProposedRecord } from '@kairos/contracts';
import { until } from '../kafka/port-kit.fixture.ts';
import { createWalkTopics } from '../kafka/walk-topics.ts';
import { type Counting, countingProcessor, enriched, saidOf } from '../memory/counting.fixture.ts';
import { type MemoryKafka, memoryKafka } from '../memory/memory-kafka.ts';
import type { PlaybookReader } from '../playbook/playbook-reader.ts';
import { memorySerde } from '../serde/memory-serde.ts';
import type { LocalCopies } from './local-copy.ts';
import { type StageHandle, type StageOptions, startStage } from './start-stage.ts';

const serde = memorySerde();
const open: StageHandle[] = [];
/** Which of the two moves when a second member joins. */
const MOVES = 1;
const STAYS = 0;

afterEach(async () => {
  await Promise.all(open.splice(0).map((stage) => stage.close().catch(() => undefined)));
});

const house = async (): Promise<MemoryKafka> => {
  const kafka = memoryKafka();
  await createWalkTopics(kafka, { partitions: 2 });
  return kafka;
};

const putTo = async (kafka: MemoryKafka, partition: number, ...records: readonly EnrichedRecord[]): Promise<void> => {
  const producer = await kafka.producer();
  const topic = 'events.enriched';
  await producer.send(records.map((record) => ({ topic, partition, key: 'k', value: serde.encode(topic, record) })));
};
const put = (kafka: MemoryKafka, ...records: readonly EnrichedRecord[]): Promise<void> =>
  putTo(kafka, MOVES, ...records);

interface Watched {
  readonly stage: StageHandle;
  readonly restored: number[];
  readonly resumed: number[];
}

const start = async (
  kafka: MemoryKafka,
  options: Partial<StageOptions<Counting, EnrichedRecord, string>> = {},
): Promise<Watched> => {
  const restored: number[] = [];
  const resumed: number[] = [];
  const stage = await startStage<Counting, EnrichedRecord, string>({
    kafka,
    serde,
    processor: countingProcessor,
    groupId: 'detect',
    cutEveryMs: 3_600_000,
    hooks: {
      onRestored: ({ partition }) => void restored.push(partition),
      onResumed: ({ partition }) => void resumed.push(partition),
    },
    fail: () => undefined,
    ...options,
  });
  open.push(stage);
  return { stage, restored, resumed };
};

const holds = ({ stage }: Watched, count: number): boolean => stage.status().length === count && stage.restoring === 0;
const done = ({ stage }: Watched, records: number): boolean =>
  stage.status().reduce((sum, { nextOffset }) => sum + nextOffset, 0) === records;

const said = async (kafka: MemoryKafka): Promise<string[]> => {
  const values: ProposedRecord[] = [];
  const reader = await kafka.read({
    topic: 'messages.proposed',
    partitions: [0, 1],
    onRecords: async (records) => {
      for (const { value } of records) values.push(await serde.decode('messages.proposed', value ?? Buffer.alloc(0)));
    },
  });
  await reader.done;
  return saidOf(values.map((value) => ({ value })));
};

/** A playbook that is read when it is told so. */
const gate = (): { readonly playbooks: PlaybookReader<string>; open(): void } => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  let position = 0;
  const playbooks: PlaybookReader<string> = {
    get position() {
      return position;
    },
    at: (offset, version) => (offset < position ? version : undefined),
    readTo: async () => {
      await opened;
      position = 9;
    },
    latest: () => undefined,
    onActivation: () => undefined,
    close: async () => undefined,
  };
  return { playbooks, open };
};

/** A machine whose disk never answers: its stage takes partitions and does nothing with them. */
const stuck: LocalCopies = {
  of: () => ({
    read: () => new Promise(() => undefined),
    append: async () => undefined,
    goOn: async () => undefined,
    replace: async () => undefined,
    close: async () => undefined,
  }),
};

/** A second member takes a partition and is gone again before it did anything. */
const comeAndGo = async (kafka: MemoryKafka, one: Watched, meanwhile: () => Promise<void>): Promise<void> => {
  const two = await start(kafka, { localCopies: stuck });
  await until('one partition moved', () => holds(one, 1));
  await meanwhile();
  await two.stage.close();
  await until('it came back', () => holds(one, 2));
};

describe('a task whose partition is taken away and comes back', () => {
  it('goes on from memory: nothing is restored or done again, and what stayed was not touched', async () => {
    const kafka = await house();
    const one = await start(kafka);
    await put(kafka, enriched('user:1', 'm1', 0), enriched('user:1', 'm2', 0));
    await until('both', () => done(one, 2));
    await comeAndGo(kafka, one, () => put(kafka, enriched('user:1', 'm3', 0)));
    await until('the third', () => done(one, 3));
    expect([one.restored.sort(), one.resumed]).toEqual([[0, 1], [MOVES]]);
    expect(await said(kafka)).toEqual(['user:1 COUNT_1', 'user:1 COUNT_2', 'user:1 COUNT_3']);
    // What it changed before it was taken away is in its next cut.
    await one.stage.close();
    const next = await start(kafka);
    await put(kafka, enriched('user:1', 'm4', 0));
    await until('the fourth', () => done(next, 4));
    expect((await said(kafka)).at(-1)).toBe('user:1 COUNT_4');
  });

  it('starts anew when somebody else has written its changelog meanwhile', async () => {
    const kafka = await house();
    const one = await start(kafka);
    await put(kafka, enriched('user:1', 'm1', 0));
    await until('the first', () => done(one, 1));
    const two = await start(kafka);
    await put(kafka, enriched('user:1', 'm2', 0));
    await until('the other to have both', () => done(two, 2));
    await two.stage.close();
    await until('it came back', () => holds(one, 2));
    expect([one.restored.sort(), one.resumed]).toEqual([[0, MOVES, MOVES], []]);
    expect(done(one, 2)).toBe(true);
  });

  it('starts anew when a batch was under way: what the batch led to was never sent', async () => {
    const kafka = await house();
    const { playbooks, open: read } = gate();
    const one = await start(kafka, { playbooks });
    const marker = { ...enrichedRecord({}), marker: { playbookOffset: 8, version: 'v8' } };
    await put(kafka, enriched('user:1', 'm1', 0), marker, enriched('user:1', 'm2', 0));
    await comeAndGo(kafka, one, async () => {
      read();
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
    await until('all three', () => done(one, 3));
    expect(one.resumed).toEqual([]);
    expect((await said(kafka)).filter((line) => line.startsWith('user:1'))).toEqual([
      'user:1 COUNT_1',
      'user:1 COUNT_2',
    ]);
  });

  it('starts anew when it was away for long', async () => {
    const kafka = await house();
    const one = await start(kafka, { restMs: 20 });
    await comeAndGo(kafka, one, () => new Promise((resolve) => setTimeout(resolve, 60)));
    expect([one.restored.sort(), one.resumed]).toEqual([[0, MOVES, MOVES], []]);
  });
});

it('a task that stayed through a rebalance starts anew when somebody else has written its changelog', async () => {
  const kafka = await house();
  const one = await start(kafka);
  await putTo(kafka, STAYS, enriched('user:1', 'm1', 0));
  await until('the first', () => done(one, 1));
  // This process was taken for dead and does not know it.
  const elsewhere = await start(kafka, { groupId: 'elsewhere' });
  await until('its successor', () => done(elsewhere, 1));
  await elsewhere.stage.close();
  await comeAndGo(kafka, one, () => until('the doubt', () => one.restored.length === 3));
  expect([one.restored.sort(), one.resumed]).toEqual([[STAYS, STAYS, MOVES], [MOVES]]);
  await putTo(kafka, STAYS, enriched('user:1', 'm2', 0));
  await until('the second', () => done(one, 2));
  expect((await said(kafka)).at(-1)).toBe('user:1 COUNT_2');
});
