import { expect, it } from '@jest/globals';
import type { MessageDecided, TopicName } from '@kairos/contracts';
import type { CompiledPlaybook } from '@kairos/decisions';
import { toRecords } from '@kairos/playbook';
import {
  createMemoryRunner,
  createWalkTopics,
  type KafkaPort,
  type MemoryRecord,
  type MemoryRunner,
  memoryKafka,
  memorySerde,
} from '@kairos/stream-kit';
import fc from 'fast-check';
import type { OpenLog } from '../house/log.ts';
import { definitions, ops, partsOf, play } from '../simulate/stories.fixture.ts';
import { findDecision } from './find-decision.ts';
import { replayDecision } from './replay-decision.ts';

const serde = memorySerde();
const PARTITIONS = 3;

/** The playbook's records as they are published, and the offset of the activation. */
const book = toRecords(definitions, { timeScale: 1, publishedAtMs: 0, publishedBy: 'test' });

/** What the house says, on a broker in memory; markers name the activation as it lies there. */
async function logOf(house: MemoryRunner<CompiledPlaybook>): Promise<OpenLog> {
  const kafka = memoryKafka();
  await createWalkTopics(kafka, { partitions: PARTITIONS });
  const producer = await kafka.producer();
  for (const { key, value } of book) {
    await producer.send([
      { topic: 'playbook.published', key, partition: 0, value: serde.encode('playbook.published', value) },
    ]);
  }
  const put = ({ topic, key, partition, value }: MemoryRecord<object>) =>
    producer.send([{ topic, key, partition, value: serde.encode(topic as TopicName, value as never) }]);
  for (const record of house.records('events.identified')) {
    const { marker } = record.value;
    await put(
      marker === null
        ? record
        : { ...record, value: { ...record.value, marker: { ...marker, playbookOffset: book.length - 1 } } },
    );
  }
  for (const record of house.records('messages.decided')) await put(record);
  return { kafka, serde };
}

/** The same log, of which the first records of the door are deleted. */
const cutOff = ({ kafka }: OpenLog, from: number): OpenLog => {
  const port: KafkaPort = {
    ...kafka,
    offsets: async (topic) => {
      const all = await kafka.offsets(topic);
      if (topic !== 'events.identified') return all;
      return new Map([...all].map(([one, { start, end }]) => [one, { start: Math.max(start, from), end }]));
    },
    read: (options) =>
      kafka.read(
        options.topic === 'events.identified'
          ? { ...options, from: new Map(options.partitions.map((one) => [one, from])) }
          : options,
      ),
  };
  return { kafka: port, serde };
};

const decisionsOf = (house: MemoryRunner<CompiledPlaybook>): readonly MessageDecided[] =>
  house.records('messages.decided').flatMap(({ value }) => (value.handOver === null ? [value] : []));

/** One decision of each fate and code. */
const oneOfEach = (decisions: readonly MessageDecided[]): readonly MessageDecided[] => [
  ...new Map(decisions.map((one) => [`${one.fate} ${one.code}`, one])).values(),
];

const houseOf = (list: Parameters<typeof play>[1]): MemoryRunner<CompiledPlaybook> => {
  const house: MemoryRunner<CompiledPlaybook> = createMemoryRunner(partsOf(PARTITIONS, () => house));
  play(house, list);
  return house;
};

it('derives every decision again from the person’s partition of the door, equal in every field, whoever turned out to be whom', async () => {
  const fates = new Set<string>();
  await fc.assert(
    fc.asyncProperty(ops, async (list) => {
      const house = houseOf(list);
      const log = await logOf(house);
      for (const { decisionId } of oneOfEach(decisionsOf(house))) {
        const found = await findDecision(log, decisionId);
        if (found === null) throw new Error('the decision is not found');
        const { verdict, differences } = await replayDecision(log, found);
        expect({ verdict, differences }).toEqual({ verdict: 'equal', differences: [] });
        fates.add(found.fate);
      }
    }),
    { numRuns: 12 },
  );
  expect([...fates]).toEqual(expect.arrayContaining(['chosen', 'dropped', 'deferred']));
}, 60_000);

const story: Parameters<typeof play>[1] = [
  { event: 'Order Completed', who: 0, user: 1, laterMs: 0 },
  { event: 'Product Added', who: 0, user: 1, laterMs: 3_600_000 },
  { event: 'Order Completed', who: 0, user: 1, laterMs: 20 * 24 * 3_600_000 },
];

it('names each field that was recorded otherwise', async () => {
  const house = houseOf(story);
  const log = await logOf(house);
  const [first] = decisionsOf(house);
  if (first === undefined) throw new Error('nothing was decided');
  const forged = { ...first, fate: 'dropped', code: 'CAP_REACHED' };
  expect(await replayDecision(log, forged)).toMatchObject({
    verdict: 'different',
    differences: [
      { field: 'fate', recorded: 'dropped', derived: 'chosen' },
      { field: 'code', recorded: 'CAP_REACHED', derived: null },
    ],
  });
  expect(await replayDecision(log, { ...first, decisionId: 'nobody-made-it' })).toMatchObject({ verdict: 'missing' });
  expect(await findDecision(log, 'nobody-made-it')).toBeNull();
});

it('says that nothing can be said where the log no longer reaches back, and that the story is older than the log', async () => {
  const house = houseOf(story);
  const log = await logOf(house);
  const [first] = decisionsOf(house);
  const last = decisionsOf(house).findLast(({ personId }) => personId === first?.personId);
  if (first === undefined || last === undefined) throw new Error('nothing was decided');
  const offset = house
    .records('events.identified')
    .filter(({ value }) => value.event?.personId === first.personId)
    .at(-1)?.offset;
  const short = cutOff(log, (offset ?? 0) + 1);
  expect(await replayDecision(short, first)).toMatchObject({
    verdict: 'gone',
    derived: null,
    retained: { startOffset: (offset ?? 0) + 1, isCutOff: true },
  });
});
