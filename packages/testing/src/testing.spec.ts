import { describe, expect, it } from '@jest/globals';
import { schemas } from '@kairos/contracts';
import fc from 'fast-check';
import { arbitraryEvent, arbitraryEvents } from './arbitrary-event.ts';
import { eventually } from './eventually.ts';
import { given, type StoryProcessor } from './story.ts';
import { uniqueName } from './unique-name.ts';

interface Count {
  readonly n: number;
  readonly dueMs: number | null;
}
const counter = (more: Partial<StoryProcessor<Count, string, null>> = {}): StoryProcessor<Count, string, null> => ({
  name: 'counter',
  route: (record) => ({ kind: 'keyed', key: record }),
  step: (state, record, { timeMs }) => {
    const n = (state?.n ?? 0) + 1;
    return { state: { n, dueMs: timeMs + 100 }, emissions: [{ topic: 'counts', key: record, value: { n } }] };
  },
  dueAtMs: ({ dueMs }) => dueMs ?? undefined,
  fire: (state, key, { timeMs }) => ({
    state: { ...state, dueMs: null },
    emissions: [{ topic: 'late', key, value: { timeMs } }],
  }),
  encode: (state) => new TextEncoder().encode(JSON.stringify(state)),
  decode: (bytes) => JSON.parse(new TextDecoder().decode(bytes)) as Count,
  ...more,
});

describe('a story', () => {
  it('keeps state per key and fires timers in order of due time, ties by key', () => {
    const story = given(counter(), { timeMs: 1_000 });
    story.when('b');
    story.when('a');
    expect(story.when('b')).toEqual([{ topic: 'counts', key: 'b', value: { n: 2 } }]);
    expect(story.timePasses(1_099)).toEqual([]);
    expect(story.timePasses(1_200).map(({ key }) => key)).toEqual(['a', 'b']);
    expect(story.state('b')).toEqual({ n: 2, dueMs: null });
    expect(story.emissions).toHaveLength(5);
  });

  it('catches a step that is not pure', () => {
    let calls = 0;
    const story = given(counter({ step: () => ({ state: { n: calls++, dueMs: null }, emissions: [] }) }));
    expect(() => story.when('a')).toThrow(/two answers/);
  });

  it('catches a step that changes state in place', () => {
    const step = (state: Count | undefined) => {
      const next = (state ?? { n: 0, dueMs: null }) as { n: number; dueMs: null };
      if (state !== undefined) next.n = 7;
      return { state: next, emissions: [] };
    };
    const story = given(counter({ step }));
    story.when('a');
    expect(() => story.when('a')).toThrow(/in place/);
  });

  it('catches a timer that does not move on', () => {
    const story = given(counter({ fire: (state) => ({ state, emissions: [] }) }), { timeMs: 0 });
    story.when('a');
    expect(() => story.timePasses(1_000)).toThrow(/fires for ever/);
  });
});

describe('eventually', () => {
  it('waits until it holds, and answers what was found', async () => {
    let tries = 0;
    expect(await eventually(() => (++tries >= 3 ? tries : false), { everyMs: 1 })).toBe(3);
  });
  it('fails with the last reason', async () => {
    const check = () => {
      throw new Error('still empty');
    };
    await expect(eventually(check, { timeoutMs: 20, everyMs: 5 })).rejects.toThrow('not within 20 ms: still empty');
  });
});

it('gives names that do not come twice', () => {
  expect(new Set(Array.from({ length: 100 }, () => uniqueName('t'))).size).toBe(100);
});

it('generates events with all fields of the schema, in order of the log', () => {
  const fields = (schemas['events.collected'] as unknown as { fields: { name: string }[] }).fields
    .map(({ name }) => name)
    .sort();
  fc.assert(fc.property(arbitraryEvent(), (event) => expect(Object.keys(event).sort()).toEqual(fields)));
  fc.assert(
    fc.property(arbitraryEvents(), (events) => {
      const fresh = events.filter((event, at) => events.indexOf(event) === at);
      const times = fresh.map(({ receivedAtMs }) => receivedAtMs);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }),
  );
});
