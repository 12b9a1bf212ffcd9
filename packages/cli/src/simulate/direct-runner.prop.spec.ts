import { expect, it } from '@jest/globals';
import { type TopicName, topics } from '@kairos/contracts';
import type { CompiledPlaybook } from '@kairos/decisions';
import {
  createDirectRunner,
  createMemoryRunner,
  type DirectRunner,
  type Listener,
  type MemoryRecord,
  type MemoryRunner,
} from '@kairos/stream-kit';
import fc from 'fast-check';
import { ops, partsOf, play } from './stories.fixture.ts';

const names = Object.keys(topics) as TopicName[];

/** What an event tells of its person is written when somebody asks, as whoever encodes it does. */
function writtenOut(record: MemoryRecord): MemoryRecord {
  const value = record.value as { readonly event?: { readonly profile?: string } | null };
  const { event } = value;
  if (event?.profile === undefined) return record;
  return { ...record, value: { ...value, event: { ...event, profile: event.profile } } };
}

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
          (record) => void heard.get(name)?.push(structuredClone(writtenOut(record))),
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
    { numRuns: 60 },
  );
  for (const count of Object.values(said)) expect(count).toBeGreaterThan(5);
});
