import { afterEach, describe, expect, it } from '@jest/globals';
import { KairosError } from '@kairos/contracts';
import { readDeadLetters } from '../dead-letters/read-dead-letters.ts';
import { until } from '../kafka/port-kit.fixture.ts';
import { createWalkTopics } from '../kafka/walk-topics.ts';
import { enriched } from '../memory/counting.fixture.ts';
import { type MemoryKafka, memoryKafka } from '../memory/memory-kafka.ts';
import { memorySerde } from '../serde/memory-serde.ts';
import { type ConsumerStart, type RunningConsumer, startConsumer } from './start-consumer.ts';

const serde = memorySerde();
const open: RunningConsumer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((consumer) => consumer.close()));
});

const house = async (): Promise<MemoryKafka> => {
  const kafka = memoryKafka();
  await createWalkTopics(kafka, { partitions: 1 });
  return kafka;
};

const put = async (kafka: MemoryKafka, ...texts: readonly string[]): Promise<void> => {
  const producer = await kafka.producer();
  await producer.send(
    texts.map((text) => ({
      topic: 'events.enriched',
      key: 'user:1',
      value: text === 'garbage' ? Buffer.from('garbage') : serde.encode('events.enriched', enriched('user:1', text, 0)),
      headers: { traceparent: '00-x' },
    })),
  );
};

const start = async (
  kafka: MemoryKafka,
  options: Pick<ConsumerStart<'events.enriched'>, 'handle'> & Partial<ConsumerStart<'events.enriched'>>,
): Promise<RunningConsumer> => {
  const consumer = await startConsumer({
    kafka,
    serde,
    groupId: 'g',
    topics: ['events.enriched'],
    producer: await kafka.producer(),
    fail: () => undefined,
    ...options,
  });
  open.push(consumer);
  return consumer;
};

describe('a simple consumer', () => {
  it('hands over decoded records in order, with their trace, and buries what cannot be decoded', async () => {
    const kafka = await house();
    const seen: string[] = [];
    await put(kafka, 'a', 'garbage', 'b');
    await start(kafka, {
      handle: async (records) => {
        for (const { value, traceparent } of records) seen.push(`${value.event?.messageId} ${traceparent}`);
      },
    });
    await until('both', () => seen.length === 2);
    expect(seen).toEqual(['a 00-x', 'b 00-x']);
    expect(await readDeadLetters(kafka, 'events.enriched')).toMatchObject([
      { code: 'RECORD_UNDECODABLE', attempts: 1, originalOffset: 1 },
    ]);
  });

  it('finds the one at fault in a batch, buries it after three tries, and deals with the others', async () => {
    const kafka = await house();
    const seen: string[] = [];
    await put(kafka, 'a', 'bad', 'b');
    await start(kafka, {
      handle: async (records) => {
        if (records.some(({ value }) => value.event?.messageId === 'bad'))
          throw new KairosError('RECORD_INVALID', 'no such channel');
        for (const { value } of records) seen.push(value.event?.messageId ?? '');
      },
    });
    await until('the good ones', () => seen.length === 2);
    expect(seen).toEqual(['a', 'b']);
    expect(await readDeadLetters(kafka, 'events.enriched')).toMatchObject([
      { code: 'RECORD_INVALID', reason: 'no such channel', attempts: 3, originalOffset: 1 },
    ]);
  }, 15_000);

  it('waits out an outage with the same records, and says when it began and ended', async () => {
    const kafka = await house();
    const outages: (string | null)[] = [];
    const seen: string[] = [];
    let down = true;
    await put(kafka, 'a');
    await start(kafka, {
      onOutage: (problem) => outages.push(problem),
      handle: async (records) => {
        if (down) throw new Error('database away');
        seen.push(...records.map(({ value }) => value.event?.messageId ?? ''));
      },
    });
    await until('an outage', () => outages.length > 0);
    down = false;
    await until('the record', () => seen.length === 1);
    expect([outages[0], outages.at(-1), (await readDeadLetters(kafka, 'events.enriched')).length]).toEqual([
      'database away',
      null,
      0,
    ]);
  });

  it('starts where a store of its own says', async () => {
    const kafka = await house();
    const seen: number[] = [];
    await put(kafka, 'a', 'b', 'c');
    await start(kafka, {
      startOffsets: async () => new Map([['events.enriched/0', 2]]),
      handle: async (records) => void seen.push(...records.map(({ offset }) => offset)),
    });
    await until('the third', () => seen.length > 0);
    expect(seen).toEqual([2]);
  });
});
