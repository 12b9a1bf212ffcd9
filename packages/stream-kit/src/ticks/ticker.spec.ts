import { afterEach, describe, expect, it } from '@jest/globals';
import type { IdentifiedRecord } from '@kairos/contracts';
import { until } from '../kafka/port-kit.fixture.ts';
import { createWalkTopics } from '../kafka/walk-topics.ts';
import { type MemoryKafka, memoryKafka } from '../memory/memory-kafka.ts';
import { memorySerde } from '../serde/memory-serde.ts';
import { sourceTime, startTicker, type Ticker, type TickSource } from './ticker.ts';

const serde = memorySerde();
const open: Ticker[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((ticker) => ticker.close()));
});

const source = (nextOffset: number, lastLogTimeMs: number): TickSource => ({
  topic: 'events.collected',
  partition: 0,
  nextOffset,
  lastLogTimeMs,
});

const ticks = async (kafka: MemoryKafka, partition = 0): Promise<IdentifiedRecord['tick'][]> => {
  const all: IdentifiedRecord['tick'][] = [];
  const reader = await kafka.read({
    topic: 'events.identified',
    partitions: [partition],
    onRecords: async (records) => {
      for (const { value } of records)
        all.push((await serde.decode('events.identified', value ?? Buffer.alloc(0))).tick);
    },
  });
  await reader.done;
  return all;
};

describe('the time of a source', () => {
  it('is the wall clock read before its end was asked for, once everything up to that end was applied', () => {
    expect(sourceTime(source(10, 500), 9_000, 10)).toBe(9_000);
    expect(sourceTime(source(0, -1), 9_000, 0)).toBe(9_000);
  });

  it('is held back by a backlog: one ms less than the log time of the last record applied', () => {
    expect(sourceTime(source(9, 500), 9_000, 10)).toBe(499);
  });

  it('is unknown before anything was applied', () => {
    expect(sourceTime(source(3, -1), 9_000, 10)).toBeUndefined();
    expect(sourceTime(source(3, 400), 9_000, undefined)).toBeUndefined();
  });
});

describe('a ticker', () => {
  it('writes one record per partition and second, with the progress of what it owns', async () => {
    const kafka = memoryKafka();
    await createWalkTopics(kafka, { partitions: 2 });
    const producer = await kafka.producer();
    await producer.send([{ topic: 'events.collected', partition: 0, key: 'k', value: Buffer.from('x') }]);
    let applied = 0;
    open.push(
      await startTicker({
        kafka,
        serde,
        instance: 'one',
        everyMs: 10,
        fail: () => undefined,
        sources: () => [
          source(applied, applied === 0 ? -1 : 100),
          { topic: 'messages.decided', partition: 1, nextOffset: 0, lastLogTimeMs: -1 },
        ],
      }),
    );
    await until('a tick', async () => (await ticks(kafka)).length > 0);
    expect((await ticks(kafka))[0]?.sources.map((one) => one.source)).toEqual(['messages.decided/1']);
    applied = 1;
    await until('the other source', async () => ((await ticks(kafka, 1)).at(-1)?.sources.length ?? 0) === 2);
    const last = (await ticks(kafka, 1)).at(-1);
    expect(last?.instance).toBe('one');
    expect(Math.abs((last?.sources[0]?.timeMs ?? 0) - Date.now())).toBeLessThan(5_000);
  });

  it('ends the process when its clock is more than five seconds off the broker’s', async () => {
    const kafka = memoryKafka({ now: () => Date.now() + 8_000 });
    await createWalkTopics(kafka, { partitions: 1 });
    const errors: string[] = [];
    open.push(
      await startTicker({
        kafka,
        serde,
        instance: 'one',
        everyMs: 10,
        sources: () => [source(0, -1)],
        fail: (error) => errors.push(error.message),
      }),
    );
    await until('the failure', () => errors.length > 0);
    expect(errors[0]).toMatch(/clock is (7|8)\d+ ms off the broker's/);
    const count = (await ticks(kafka)).length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await ticks(kafka)).length).toBe(count);
  });
});
