import { expect, it } from '@jest/globals';
import { type TopicName, topics } from '@kairos/contracts';
import { type CompiledPlaybook, compilePlaybook } from '@kairos/decisions';
import { parsePlaybook, toPublished } from '@kairos/playbook';
import {
  createDirectRunner,
  createMemoryRunner,
  type DirectRunner,
  type Listener,
  type MemoryRecord,
  type MemoryRunner,
} from '@kairos/stream-kit';
import fc from 'fast-check';
import { readPlaybookFiles, starterFolder } from '../house/publish.ts';
import { collected, T0 } from '../identity/rules.fixture.ts';
import { instantChannel } from '../playbook/instant-channel.ts';
import { decidingStages, identifyStages } from '../playbook/stages.ts';

const names = Object.keys(topics) as TopicName[];
const { definitions } = parsePlaybook(await readPlaybookFiles(starterFolder));
/** Drafts, too: the more there is to decide, the more the two runners have to agree on. */
const published = toPublished(
  definitions.map((one) => ({ ...one, status: 'live' as const })),
  { offset: 0, timeScale: 1 },
);
const playbook = compilePlaybook(published);

const HOUR_MS = 3_600_000;
const events = ['Product Added', 'Order Completed', 'Complaint Opened', 'Product Viewed', 'Survey Answered'] as const;

const ops = fc.array(
  fc.record({
    event: fc.constantFrom(...events),
    who: fc.nat({ max: 3 }),
    /** As whom the browser signs in; 0 = it does not. */
    user: fc.nat({ max: 2 }),
    laterMs: fc.constantFrom(0, 300, 40_000, HOUR_MS, 30 * HOUR_MS, 20 * 24 * HOUR_MS),
  }),
  { minLength: 3, maxLength: 18 },
);

type Op = { event: string; who: number; user: number; laterMs: number };

const eventOf = ({ event, who, user }: Op, number: number, atMs: number) =>
  collected(
    {
      messageId: `m${number}`,
      name: event,
      anonymousId: `a${who}`,
      userId: user === 0 ? null : `u${user}`,
      source: 'server',
      traits: user === 0 ? '{}' : JSON.stringify({ email: `u${user}@shop.test`, birthday: '1990-06-05' }),
      properties: JSON.stringify({ cart_id: `c${number % 2}`, total: 120, score: 1 + (number % 5) }),
    },
    atMs,
  );

/** What both runners are to be told. */
interface Runner {
  readonly nowMs: number;
  publish(version: string, book: CompiledPlaybook): void;
  append(topic: 'events.collected', key: string, value: ReturnType<typeof collected>): void;
  advanceTo(ms: number): void;
}

function play(runner: Runner, list: readonly Op[]): void {
  runner.publish(published.version, playbook);
  list.forEach((op, number) => {
    runner.advanceTo(runner.nowMs + op.laterMs);
    runner.append('events.collected', `a${op.who}`, eventOf(op, number, runner.nowMs));
  });
  runner.advanceTo(runner.nowMs + 400 * 24 * HOUR_MS);
}

const partsOf = (partitions: number, runner: () => { readonly nowMs: number }) => ({
  partitions,
  startMs: T0,
  processors: [...identifyStages(partitions), ...decidingStages],
  sinks: [instantChannel(() => runner().nowMs)],
  onError: () => undefined,
});

it('says on every topic what the memory runner says, offsets and origins included', () => {
  const said = { decided: 0, merged: 0, deferred: 0, journeys: 0 };
  fc.assert(
    fc.property(ops, fc.constantFrom(1, 3), (list, partitions) => {
      const memory: MemoryRunner<CompiledPlaybook> = createMemoryRunner<CompiledPlaybook>(
        partsOf(partitions, () => memory),
      );
      play(memory, list);
      const heard = new Map<TopicName, MemoryRecord[]>(names.map((name) => [name, []]));
      const listeners = Object.fromEntries(
        names.map((name): [TopicName, Listener<TopicName>] => [
          name,
          (record) => void heard.get(name)?.push(structuredClone(record)),
        ]),
      );
      const direct: DirectRunner<CompiledPlaybook> = createDirectRunner<CompiledPlaybook>({
        ...partsOf(partitions, () => direct),
        listeners,
      });
      play(direct, list);
      for (const name of names) {
        const inOrder = heard.get(name)?.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
        expect({ name, records: inOrder }).toEqual({ name, records: memory.records(name) });
      }
      const decided = memory.records('messages.decided');
      said.decided += decided.length;
      said.deferred += decided.filter(({ value }) => value.fate === 'deferred').length;
      said.merged += memory.records('events.enriched').filter(({ value }) => value.merged !== null).length;
      said.journeys += memory.records('triggers.detected').filter(({ value }) => value.journey !== null).length;
    }),
    { numRuns: 40 },
  );
  for (const count of Object.values(said)) expect(count).toBeGreaterThan(10);
});
