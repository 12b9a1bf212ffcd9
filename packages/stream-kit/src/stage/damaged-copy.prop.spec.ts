import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EnrichedRecord } from '@kairos/contracts';
import fc from 'fast-check';
import { silentLogger } from '../logger.ts';
import { type Counting, countingProcessor, enriched, named } from '../memory/counting.fixture.ts';
import { type MemoryKafka, memoryKafka } from '../memory/memory-kafka.ts';
import { memorySerde } from '../serde/memory-serde.ts';
import { TaskCore } from '../task-core.ts';
import { fileCopies } from './file-copies.ts';
import { type LocalCopies, memoryCopies } from './local-copy.ts';
import { readChangelog } from './restore.ts';
import { TaskCuts } from './task-cuts.ts';

const serde = memorySerde();
const topic = 'detect.changelog';
const processor = countingProcessor();

let folder: string;
let file: string;
let sound: Buffer;
let cluster: MemoryKafka;

const newCluster = async (): Promise<MemoryKafka> => {
  const made = memoryKafka();
  await made.createTopics([{ name: topic, partitions: 1, config: {} }]);
  return made;
};

/** Four cuts of several records each, the third of all keys: an image, and records on top of it. */
const writeChangelog = async (cluster: MemoryKafka, copies: LocalCopies, writer = 'writer'): Promise<void> => {
  const restored = (await readChangelog({ kafka: cluster, serde, copies }, topic, [0])).get(0);
  if (restored === undefined) throw new Error('no partition 0');
  const core: TaskCore<Counting, EnrichedRecord, string> = new TaskCore(processor, 0, () => undefined);
  const cuts = new TaskCuts(core, restored, {
    topic,
    writer,
    producer: await cluster.producer(),
    serde,
    everyMs: 0,
    acknowledged: async () => undefined,
    mergeAfterCuts: 2,
    partKeys: 5,
    copy: restored.copy,
  });
  for (let offset = 0; offset < 80; offset += 1) {
    const value = named('Seen', enriched(`user:${offset % 23}`, `m${offset}`, offset));
    core.apply({ offset, logTimeMs: 0, value });
    if (offset % 20 === 19) await cuts.last();
  }
  await restored.copy?.close();
};

const stateOf = async (cluster: MemoryKafka, copies?: LocalCopies) => {
  const found = (await readChangelog({ kafka: cluster, serde, copies }, topic, [0])).get(0);
  await found?.copy?.close();
  const states = [...(found?.states.snapshot() ?? [])].map(({ key, state, dueAtMs }) => [
    key,
    { dueAtMs, state: processor.decode(state), isFound: found?.states.get(key)?.length === state.length },
  ]);
  return { states: Object.fromEntries(states), meta: found?.meta, toOffset: found?.toOffset, isWarm: found?.isWarm };
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kairos-damaged-'));
  cluster = await newCluster();
  await writeChangelog(cluster, fileCopies(folder, silentLogger));
  file = join(folder, readdirSync(folder).find((name) => name.endsWith('.copy')) ?? '');
  sound = readFileSync(file);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a copy that is damaged anywhere, or cut off', () => {
  it('is found out: a start has what the changelog says, neither less nor anything else', async () => {
    const { isWarm: _cold, ...said } = await stateOf(cluster);
    expect(await (await fileCopies(folder, silentLogger).of(topic, 0).read()).image).toBeDefined();
    let warm = 0;
    let cold = 0;
    const damage = fc.record({
      at: fc.nat(sound.length - 1),
      bit: fc.nat(8),
      isCut: fc.boolean(),
      isReadAhead: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(damage, async ({ at, bit, isCut, isReadAhead }) => {
        for (const name of readdirSync(folder)) rmSync(join(folder, name));
        const bytes = Buffer.from(isCut ? sound.subarray(0, at) : sound);
        // Now and then nothing is damaged.
        if (!isCut && bit < 8) bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
        writeFileSync(file, bytes);
        const copies = fileCopies(folder, silentLogger);
        if (isReadAhead) copies.readAhead?.(topic);
        const { isWarm, ...restored } = await stateOf(cluster, copies);
        expect(restored).toEqual(said);
        if (isWarm === true) warm += 1;
        else cold += 1;
        // What the start left is sound again.
        expect(await stateOf(cluster, fileCopies(folder, silentLogger))).toEqual({ ...said, isWarm: true });
      }),
      { numRuns: 500 },
    );
    expect(warm).toBeGreaterThan(20);
    expect(cold).toBeGreaterThan(100);
  }, 60_000);
});

describe('a copy of a log that is no more', () => {
  it('is found out by its last record: a start has what the new log says', async () => {
    writeFileSync(file, sound);
    const another = await newCluster();
    await writeChangelog(another, memoryCopies(), 'another');
    const { isWarm, ...said } = await stateOf(another);
    expect(isWarm).toBe(false);
    expect(await stateOf(another, fileCopies(folder, silentLogger))).toEqual({ ...said, isWarm: false });
  });
});
