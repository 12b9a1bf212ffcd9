import { describe, expect, it } from '@jest/globals';
import type { EnrichedRecord } from '@kairos/contracts';
import fc from 'fast-check';
import { type Counting, countingProcessor, enriched, named } from '../memory/counting.fixture.ts';
import { type MemoryKafka, memoryKafka } from '../memory/memory-kafka.ts';
import { memorySerde } from '../serde/memory-serde.ts';
import { TaskCore } from '../task-core.ts';
import { type KeptCopy, type LocalCopies, memoryCopies } from './local-copy.ts';
import { readChangelog } from './restore.ts';
import { TaskCuts } from './task-cuts.ts';

const serde = memorySerde();
const topic = 'detect.changelog';
const processor = countingProcessor();

const command = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('apply' as const),
      actor: fc.nat(3),
      count: fc.integer({ min: 1, max: 6 }),
    }),
  },
  // `parts`: the connection is lost after so many records.
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('cut' as const),
      actor: fc.nat(3),
      parts: fc.constantFrom(99, 99, 99, 0, 1, 2, 3),
    }),
  },
  // The one before may live on: a zombie, on this machine or another.
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('start' as const), machine: fc.nat(1) }) },
);

interface Actor {
  readonly core: TaskCore<Counting, EnrichedRecord, string>;
  readonly cuts: TaskCuts<Counting, EnrichedRecord, string>;
  lives: number;
}

const start = async (cluster: MemoryKafka, copies: LocalCopies, number: number): Promise<Actor> => {
  const found = (await readChangelog({ kafka: cluster, serde, copies }, topic, [0])).get(0);
  if (found === undefined) throw new Error('no partition 0');
  const core = new TaskCore(processor, 0, () => undefined);
  if (found.meta !== undefined) core.restore(found.states, found.meta);
  const actor: { lives: number; core: typeof core; cuts?: Actor['cuts'] } = { lives: 99, core };
  const producer = await cluster
    .another(() => {
      actor.lives -= 1;
      if (actor.lives < 0) throw new Error('connection lost');
    })
    .producer();
  const cuts = new TaskCuts(core, found, {
    topic,
    writer: `writer${number}`,
    producer,
    serde,
    everyMs: 0,
    acknowledged: async () => undefined,
    mergeAfterCuts: 1 + (number % 3),
    partKeys: 1 + (number % 2),
    copy: found.copy,
  });
  return Object.assign(actor, { cuts });
};

/** A copy that nothing is written to: it is looked at, not renewed. */
const looked = (read: () => Promise<KeptCopy>): LocalCopies => ({
  of: (task, partition) => ({
    ...memoryCopies().of(task, partition),
    read,
    append: async () => undefined,
    goOn: async () => undefined,
    replace: async () => undefined,
  }),
});

/** Its image comes later than what the changelog says. */
const late = ({ image, ...kept }: KeptCopy): KeptCopy => ({
  ...kept,
  image: image && new Promise((resolve) => setTimeout(() => resolve(image), 1)),
});

const plain = async (cluster: MemoryKafka, copies?: LocalCopies) => {
  const found = (await readChangelog({ kafka: cluster, serde, copies }, topic, [0])).get(0);
  const states = [...(found?.states ?? [])].map(([key, bytes]) => [key, processor.decode(bytes)] as const);
  const dues = [...(found?.states.snapshot() ?? [])].map(({ key, dueAtMs }) => [key, dueAtMs] as const);
  return { states: new Map(states), meta: found?.meta, toOffset: found?.toOffset, dues: new Map(dues) };
};

describe('a local copy', () => {
  it('leads to the same state as the changelog alone, whoever wrote it, crashed, or goes on as a zombie, and however long ago it was read', async () => {
    let warm = 0;
    let onTopOfImages = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 15, maxLength: 40 }), async (commands) => {
        const cluster = memoryKafka();
        await cluster.createTopics([{ name: topic, partitions: 1, config: {} }]);
        const machines = [memoryCopies(), memoryCopies()];
        const onMachine = (at: number): LocalCopies => machines[at] ?? memoryCopies();
        const ahead: KeptCopy[] = [];
        const actors: Actor[] = [await start(cluster, onMachine(0), 0)];
        for (const [at, step] of commands.entries()) {
          if (step.kind === 'start') {
            actors.push(await start(cluster, onMachine(step.machine), at + 1));
            continue;
          }
          const actor = actors[actors.length - 1 - (step.actor % Math.min(3, actors.length))];
          if (actor === undefined || actor.lives <= 0) continue;
          if (step.kind === 'apply') {
            for (let done = 0; done < step.count; done += 1) {
              const { nextOffset: offset } = actor.core.meta;
              const person = `user:${(offset * 7) % 5}`;
              const value = named(offset % 4 === 3 ? 'Gone' : 'Seen', enriched(person, `m${offset}`, offset));
              actor.core.apply({ offset, logTimeMs: 0, value });
            }
          } else {
            actor.lives = step.parts;
            await actor.cuts.last().then(
              () => {
                actor.lives = 99;
              },
              () => undefined,
            );
          }
          const expected = await plain(cluster);
          for (const copies of machines) {
            const { records, image } = await copies.of(topic, 0).read();
            if (records.length > 0) warm += 1;
            if (image !== undefined && records.length > 1) onTopOfImages += 1;
            // Read ahead: what was there some steps ago.
            ahead.push(await copies.of(topic, 0).read());
            const older = ahead[Math.max(0, ahead.length - 7)] as KeptCopy;
            expect(
              await plain(
                cluster,
                looked(async () => late(older)),
              ),
            ).toEqual(expected);
            expect(
              await plain(
                cluster,
                looked(() => copies.of(topic, 0).read()),
              ),
            ).toEqual(expected);
          }
        }
      }),
      { numRuns: 80 },
    );
    expect(warm).toBeGreaterThan(100);
    expect(onTopOfImages).toBeGreaterThan(50);
  }, 60_000);
});
