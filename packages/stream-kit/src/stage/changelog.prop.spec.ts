import { describe, expect, it } from '@jest/globals';
import type { ChangelogPart, EnrichedRecord } from '@kairos/contracts';
import fc from 'fast-check';
import { type Counting, countingProcessor, enriched, named } from '../memory/counting.fixture.ts';
import type { OutgoingRecord, RecordProducer } from '../ports.ts';
import { memorySerde } from '../serde/memory-serde.ts';
import { TaskCore } from '../task-core.ts';
import { ChangelogView } from './changelog-view.ts';
import type { Restored } from './restored.ts';
import { TaskCuts } from './task-cuts.ts';

const serde = memorySerde();
const topic = 'detect.changelog';
const processor = countingProcessor();

/** Input of the task: who did what; `Gone` empties a person. */
const input = fc.array(
  fc.record({ person: fc.constantFrom('a', 'a', 'a', 'b', 'c', 'd', 'e', 'f', 'g'), gone: fc.boolean() }),
  {
    minLength: 30,
    maxLength: 40,
  },
);

const command = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('apply' as const),
      actor: fc.nat(3),
      count: fc.integer({ min: 1, max: 6 }),
    }),
  },
  // `parts`: the connection is lost after so many records of the cut (and its deletions).
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('cut' as const),
      actor: fc.nat(3),
      parts: fc.constantFrom(99, 99, 99, 99, 0, 1, 2, 3, 4),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('start' as const) }) },
);

type Core = TaskCore<Counting, EnrichedRecord, string>;

class Changelog {
  readonly log: { readonly key: string; readonly value: Buffer | null }[] = [];
  /** A producer that dies after so many records. */
  producer(lives: () => number): RecordProducer {
    return {
      pendingBytes: 0,
      close: async () => undefined,
      send: async (records: readonly OutgoingRecord[]) => {
        for (const { key, value } of records) {
          if (lives() <= 0) throw new Error('connection lost');
          this.log.push({ key: String(key), value });
        }
        return [];
      },
    };
  }
  restore(): Restored {
    const view = new ChangelogView();
    for (const { key, value } of this.log) {
      view.add(key, value === null ? null : (serde.decode(topic, value) as ChangelogPart), value?.length ?? 0);
    }
    return view.restore();
  }
}

interface Actor {
  readonly core: Core;
  readonly cuts: TaskCuts<Counting, EnrichedRecord, string>;
  lives: number;
}

const values = (events: readonly { person: string; gone: boolean }[]): EnrichedRecord[] =>
  events.map(({ person, gone }, at) => named(gone ? 'Gone' : 'Seen', enriched(person, `m${at}`, at)));

const foldTo = (records: readonly EnrichedRecord[], toOffset: number): Core => {
  const core: Core = new TaskCore(processor, 0, () => undefined);
  for (const [offset, value] of records.slice(0, toOffset).entries()) core.apply({ offset, logTimeMs: 0, value });
  return core;
};

const start = (changelog: Changelog, number: number): Actor => {
  const restored = changelog.restore();
  const core: Core = new TaskCore(processor, 0, () => undefined);
  if (restored.meta !== undefined) {
    core.restore(
      [...restored.states].map(([key, bytes]) => [key, processor.decode(bytes)] as const),
      restored.meta,
    );
  }
  const actor: { lives: number; core: Core; cuts?: TaskCuts<Counting, EnrichedRecord, string> } = { lives: 99, core };
  const lives = (): number => {
    actor.lives -= 1;
    return actor.lives + 1;
  };
  const cuts = new TaskCuts(
    core,
    { ...restored, partition: 0, changelogEnd: 0, copy: undefined, isWarm: false },
    {
      topic,
      writer: `writer${number}`,
      producer: changelog.producer(lives),
      serde,
      everyMs: 0,
      acknowledged: async () => undefined,
      mergeAfterCuts: 1 + (number % 3),
      partKeys: 1 + (number % 2),
    },
  );
  return Object.assign(actor, { cuts });
};

describe('cuts', () => {
  it('restore to the fold of the log up to their offset, whoever wrote them, crashed while writing, or goes on as a zombie', async () => {
    await fc.assert(
      fc.asyncProperty(input, fc.array(command, { minLength: 20, maxLength: 50 }), async (events, commands) => {
        const records = values(events);
        const changelog = new Changelog();
        const actors: Actor[] = [start(changelog, 0)];
        let reached = 0;
        for (const [at, step] of commands.entries()) {
          if (step.kind === 'start') {
            // The one before may live on: a zombie.
            actors.push(start(changelog, at + 1));
          } else {
            const actor = actors[actors.length - 1 - (step.actor % Math.min(3, actors.length))];
            if (actor === undefined || actor.lives <= 0) continue;
            if (step.kind === 'apply') {
              for (const value of records.slice(actor.core.meta.nextOffset, actor.core.meta.nextOffset + step.count)) {
                actor.core.apply({ offset: actor.core.meta.nextOffset, logTimeMs: 0, value });
              }
            } else {
              actor.lives = step.parts;
              const written = await actor.cuts.last().then(
                () => true,
                () => false,
              );
              if (written) {
                actor.lives = 99;
                reached = Math.max(reached, actor.core.meta.nextOffset);
              }
            }
          }
          const restored = changelog.restore();
          const oracle = foldTo(records, restored.toOffset);
          const states = [...restored.states].map(([key, bytes]) => [key, processor.decode(bytes)] as const);
          expect(new Map(states)).toEqual(new Map(oracle.states));
          if (restored.meta !== undefined) expect(restored.meta).toEqual(oracle.meta);
          // What was acknowledged is never lost again.
          expect(restored.toOffset).toBeGreaterThanOrEqual(reached);
        }
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});
