import { afterEach, describe, expect, it } from '@jest/globals';
import { type EnrichedRecord, enrichedRecord, headers, KairosError } from '@kairos/contracts';
import { readDeadLetters } from '../dead-letters/read-dead-letters.ts';
import { until } from '../kafka/port-kit.fixture.ts';
import { createWalkTopics } from '../kafka/walk-topics.ts';
import { type Counting, countingProcessor, enriched, named, saidOf } from '../memory/counting.fixture.ts';
import { type MemoryKafka, memoryKafka } from '../memory/memory-kafka.ts';
import type { PlaybookReader } from '../playbook/playbook-reader.ts';
import { memorySerde } from '../serde/memory-serde.ts';
import { memoryCopies } from './local-copy.ts';
import { type StageHandle, type StageOptions, startStage } from './start-stage.ts';

const serde = memorySerde();
const empty: EnrichedRecord = enrichedRecord({});
const open: StageHandle[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((stage) => stage.close().catch(() => undefined)));
});

const house = async (): Promise<MemoryKafka> => {
  const kafka = memoryKafka();
  await createWalkTopics(kafka, { partitions: 2 });
  return kafka;
};

const put = async (kafka: MemoryKafka, partition: number, ...records: readonly EnrichedRecord[]): Promise<void> => {
  const producer = await kafka.producer();
  await producer.send(
    records.map((record) => ({
      topic: 'events.enriched',
      partition,
      key: 'k',
      value: serde.encode('events.enriched', record),
    })),
  );
};

const start = async (
  kafka: MemoryKafka,
  options: Partial<StageOptions<Counting, EnrichedRecord, string>> = {},
): Promise<StageHandle> => {
  const stage = await startStage<Counting, EnrichedRecord, string>({
    kafka,
    serde,
    processor: countingProcessor,
    groupId: 'detect',
    cutEveryMs: 10,
    fail: () => undefined,
    ...options,
  });
  open.push(stage);
  return stage;
};

const said = async (kafka: MemoryKafka): Promise<{ origin: string; text: string }[]> => {
  const all: { origin: string; text: string }[] = [];
  const reader = await kafka.read({
    topic: 'messages.proposed',
    partitions: [0, 1],
    onRecords: async (records) => {
      for (const { value } of records) {
        const proposed = await serde.decode('messages.proposed', value ?? Buffer.alloc(0));
        const { partition, offset, number } = proposed.origin ?? { partition: -1, offset: -1, number: -1 };
        all.push({
          origin: `${partition}/${offset}/${number}`,
          text: saidOf([{ value: proposed }])[0] ?? JSON.stringify(proposed.time ?? proposed.marker),
        });
      }
    },
  });
  await reader.done;
  return all;
};

/** First of each origin, as a consumer that drops repeats sees them. */
const once = (all: readonly { origin: string; text: string }[]): string[] => {
  const seen = new Map<string, string>();
  for (const { origin, text } of all) {
    // A repeat says the same: a stage is a function of its log.
    if (seen.has(origin)) expect(text).toBe(seen.get(origin));
    else seen.set(origin, text);
  }
  return [...seen].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true })).map(([, text]) => text);
};

const done = (stage: StageHandle, records: number): boolean =>
  stage.status().reduce((sum, { nextOffset }) => sum + nextOffset, 0) === records;

describe('a stage', () => {
  it('says the same in the end wherever its connection breaks, between any two appends', async () => {
    const events = Array.from({ length: 24 }, (_none, at) =>
      named(at % 7 === 6 ? 'Gone' : 'Seen', enriched(`user:${at % 5}`, `m${at}`, at * 10)),
    );
    const straight = await house();
    await put(straight, 0, ...events, { ...empty, time: { timeMs: 200_000 } });
    const sound = await start(straight);
    await until('the straight run', () => done(sound, 25));
    const expected = once(await said(straight));
    expect(expected.filter((text) => text.includes('QUIET')).length).toBeGreaterThan(0);
    for (let breaksAfter = 0; breaksAfter < 36; breaksAfter += 1) {
      const cluster = await house();
      await put(cluster, 0, ...events.slice(0, 12));
      let appends = 0;
      let failed = false;
      const shaky = cluster.another(() => {
        appends += 1;
        if (appends > breaksAfter) throw new Error('connection lost');
      });
      const dying = await start(shaky, { fail: () => (failed = true) });
      await until('the first half or the break', () => failed || done(dying, 12));
      await put(cluster, 0, ...events.slice(12), { ...empty, time: { timeMs: 200_000 } });
      await until('the break or the end', () => failed || done(dying, 25));
      // A group of its own: nobody waits for the dead one to be missed.
      const successor = await start(cluster, { groupId: `detect-${breaksAfter}` });
      await until('the successor', () => done(successor, 25));
      expect(once(await said(cluster))).toEqual(expected);
      await Promise.all(open.splice(0).map((stage) => stage.close().catch(() => undefined)));
    }
  }, 60_000);

  it('takes a dead letter that was put back, though its origin is older than what came since, and no repeat', async () => {
    const kafka = await house();
    const from = (offset: number, messageId: string): EnrichedRecord => ({
      ...enriched('user:1', messageId, 0),
      origin: { topic: 'events.identified', partition: 0, offset, number: 0 },
    });
    await put(kafka, 0, from(5, 'm5'), from(3, 'repeat'));
    const producer = await kafka.producer();
    const value = serde.encode('events.enriched', from(4, 'm4'));
    const mark = { [headers.replayed]: '0/17' };
    await producer.send([{ topic: 'events.enriched', partition: 0, key: 'user:1', value, headers: mark }]);
    await put(kafka, 0, from(6, 'm6'));
    const stage = await start(kafka);
    await until('all to be read', () => done(stage, 4));
    expect(once(await said(kafka))).toEqual(['user:1 COUNT_1', 'user:1 COUNT_2', 'user:1 COUNT_3']);
  });

  it('buries a record that the step refuses, once, and writes what the step says of it', async () => {
    const cluster = await house();
    const letters: string[] = [];
    const counting = countingProcessor();
    let asked = 0;
    const processor: typeof counting = {
      ...counting,
      step: (state, record, context) => {
        if (record.event?.name !== 'Bad') return counting.step(state, record, context);
        asked += 1;
        const said = counting.step(undefined, record, context).emissions;
        return { state, emissions: said, refused: new KairosError('EVENT_NONCONFORMING', 'total is missing') };
      },
    };
    const stage = await start(cluster, {
      processor: () => processor,
      hooks: { onDeadLetter: ({ offset, code, reason }) => letters.push(`${offset} ${code} ${reason}`) },
    });
    const one = enriched('user:1', 'm1', 0);
    await put(cluster, 0, one, named('Bad', enriched('user:1', 'm2', 1)), enriched('user:1', 'm3', 2));
    await until('all is applied', () => done(stage, 3));
    expect(asked).toBe(1);
    expect(letters).toEqual(['1 EVENT_NONCONFORMING total is missing']);
    expect((await said(cluster)).map(({ origin, text }) => `${origin} ${text}`)).toEqual([
      '0/0/0 user:1 COUNT_1',
      '0/1/0 user:1 COUNT_1',
      '0/2/0 user:1 COUNT_2',
    ]);
    expect(await readDeadLetters(cluster, 'events.enriched')).toMatchObject([
      { code: 'EVENT_NONCONFORMING', attempts: 1, originalOffset: 1 },
    ]);
  });

  it('fails for good when an answer of the broker is indefinite, and says so once', async () => {
    const cluster = await house();
    const errors: string[] = [];
    const stage = await start(
      cluster.another(() => {
        throw new Error('nobody knows');
      }),
      { fail: (error) => errors.push(error.message) },
    );
    await put(cluster, 0, enriched('user:1', 'm', 0));
    await put(cluster, 1, enriched('user:2', 'm', 0));
    await until('the failure', () => errors.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(errors).toEqual(['nobody knows']);
    expect(stage.status().every(({ nextOffset }) => nextOffset === 0)).toBe(true);
  });

  it('meets a marker only when the playbook was read that far', async () => {
    const cluster = await house();
    let position = 0;
    let release = (): void => undefined;
    const playbooks: PlaybookReader<string> = {
      get position() {
        return position;
      },
      at: (offset) => (offset < position ? `playbook ${offset}` : undefined),
      readTo: () =>
        new Promise((resolve) => {
          release = () => {
            position = 9;
            resolve();
          };
        }),
      latest: () => undefined,
      onActivation: () => undefined,
      close: async () => undefined,
    };
    await put(
      cluster,
      0,
      enriched('user:1', 'm1', 0),
      { ...empty, marker: { playbookOffset: 8, version: 'v8' } },
      enriched('user:1', 'm2', 0),
    );
    const stage = await start(cluster, { playbooks });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(done(stage, 0)).toBe(true);
    release();
    await until('all', () => done(stage, 3));
    expect(stage.status().find(({ partition }) => partition === 0)?.playbookVersion).toBe('v8');
    expect(once(await said(cluster))).toEqual([
      'user:1 COUNT_1',
      '{"playbookOffset":8,"version":"v8"}',
      'user:1 COUNT_2',
    ]);
  });

  it('writes a last cut when it is stopped, so that the next start replays nothing', async () => {
    const cluster = await house();
    await put(cluster, 0, enriched('user:1', 'm1', 0), enriched('user:1', 'm2', 0));
    const first = await start(cluster, { cutEveryMs: 3_600_000 });
    await until('both', () => done(first, 2));
    await open.splice(0)[0]?.close();
    const restored: number[] = [];
    const second = await start(cluster, { hooks: { onRestored: ({ nextOffset }) => restored.push(nextOffset) } });
    await until('restored', () => second.restoring === 0 && restored.length === 2);
    expect(restored.sort()).toEqual([0, 2]);
    expect((await said(cluster)).length).toBe(2);
  });

  it('starts from what this machine kept and reads only the rest of the changelog', async () => {
    const cluster = await house();
    const localCopies = memoryCopies();
    const kept = async (): Promise<number> => (await localCopies.of('detect.changelog', 0).read()).records.length;
    const first = await start(cluster, { localCopies, cutEveryMs: 0 });
    for (let at = 0; at < 5; at += 1) {
      await put(cluster, 0, enriched(`user:${at}`, `m${at}`, at));
      await until(`record ${at}`, () => done(first, at + 1));
    }
    await until('the cuts', async () => (await kept()) === 5);
    // Another machine goes on for a while.
    const elsewhere = await start(cluster, { groupId: 'elsewhere' });
    await put(cluster, 0, enriched('user:0', 'm5', 5));
    await until('both', () => done(first, 6) && done(elsewhere, 6));
    await Promise.all(open.splice(0).map((stage) => stage.close()));
    const restored: { readonly partition: number; readonly warm: boolean; readonly keys: number }[] = [];
    const read: number[] = [];
    const hooks = {
      onRestored: (about: (typeof restored)[number]) => void restored.push(about),
      onRestoring: ({ ofRecords }: { readonly ofRecords: number }) => void read.push(ofRecords),
    };
    const again = await start(cluster, { localCopies, hooks, groupId: 'again' });
    await until('restored', () => restored.length === 2);
    expect(restored.find(({ partition }) => partition === 0)).toMatchObject({ warm: true, keys: 5 });
    expect(restored.find(({ partition }) => partition === 1)).toMatchObject({ warm: false, keys: 0 });
    // What the other machine wrote, and the last cut of each: not the five.
    expect(Math.max(...read)).toBeLessThan(5);
    await put(cluster, 0, enriched('user:0', 'm6', 6));
    await until('one more', () => done(again, 7));
    expect(once(await said(cluster)).filter((text) => text.startsWith('user:0'))).toEqual([
      'user:0 COUNT_1',
      'user:0 COUNT_2',
      'user:0 COUNT_3',
    ]);
  }, 30_000);

  it('merges its cuts in time, and the changelog stays small', async () => {
    const cluster = await house();
    const full: number[] = [];
    const stage = await start(cluster, { cutEveryMs: 0, hooks: { onCut: (cut) => cut.full && full.push(cut.keys) } });
    for (let at = 0; at < 80; at += 1) {
      await put(cluster, 0, enriched(`user:${at % 3}`, `m${at}`, at));
      await until(`record ${at}`, () => done(stage, at + 1));
    }
    await until('a merge', () => full.length > 0);
    expect(full[0]).toBe(3);
    const standing = new Map<string, Buffer | null>();
    const reader = await cluster.read({
      topic: 'detect.changelog',
      partitions: [0],
      onRecords: (records) => {
        for (const { key, value } of records) standing.set(String(key), value);
      },
    });
    await reader.done;
    expect([...standing.values()].filter((value) => value !== null).length).toBeLessThan(40);
  }, 30_000);
});
