import { describe, expect, it } from '@jest/globals';
import { type EnrichedRecord, enrichedRecord } from '@kairos/contracts';
import { type Counting, countingProcessor, enriched, named, QUIET_MS } from './memory/counting.fixture.ts';
import type { Processor } from './processor.ts';
import { TaskCore } from './task-core.ts';
import { copyMeta } from './task-meta.ts';

type Core = TaskCore<Counting, EnrichedRecord, string>;

const empty: EnrichedRecord = enrichedRecord({});
const time = (timeMs: number): EnrichedRecord => ({ ...empty, time: { timeMs } });
const marker = (playbookOffset: number, version: string): EnrichedRecord => ({
  ...empty,
  marker: { playbookOffset, version },
});
const from = (record: EnrichedRecord, offset: number, number = 0): EnrichedRecord => ({
  ...record,
  origin: { topic: 'events.identified', partition: 0, offset, number },
});

const build = (processor: Processor<Counting, EnrichedRecord, string> = countingProcessor()): Core =>
  new TaskCore(processor, 0, (offset) => `playbook ${offset}`);

const feed = (core: Core, values: readonly EnrichedRecord[]): string[] =>
  values.flatMap((value) => {
    const { outputs } = core.apply({ offset: core.meta.nextOffset, logTimeMs: 0, value });
    return outputs.map(({ value: said, origin }) => {
      const {
        withdrawal,
        time: passed,
        marker: switched,
      } = said as {
        withdrawal: { personId: string; code: string } | null;
        time: { timeMs: number } | null;
        marker: { version: string } | null;
      };
      const what =
        withdrawal === null
          ? passed === null
            ? `marker ${switched?.version}`
            : `time ${passed.timeMs}`
          : `${withdrawal.personId} ${withdrawal.code}`;
      return `${origin.offset}/${origin.number} ${what}`;
    });
  });

const snapshot = (core: Core): unknown => ({
  states: [...core.states],
  meta: copyMeta(core.meta),
  timers: core.timers.size,
  earliest: core.timers.earliest,
});

describe('a task', () => {
  it('drops what is not higher than the highest origin of its source partition', () => {
    const core = build();
    const one = enriched('user:1', 'm', 0);
    feed(core, [from(one, 5, 1)]);
    expect(core.apply({ offset: 1, logTimeMs: 0, value: from(one, 5, 1) }).outcome).toBe('repeat');
    expect(core.apply({ offset: 2, logTimeMs: 0, value: from(one, 5, 0) }).outcome).toBe('repeat');
    expect(core.apply({ offset: 3, logTimeMs: 0, value: from(one, 4, 9) }).outcome).toBe('repeat');
    expect(core.apply({ offset: 4, logTimeMs: 0, value: from(one, 5, 2) }).outcome).toBe('applied');
    expect(core.states.get('user:1')?.count).toBe(2);
    expect(core.meta.nextOffset).toBe(5);
  });

  it('drops an offset that it has applied, and takes a dead letter that was put back in spite of its old origin', () => {
    const core = build();
    feed(core, [from(enriched('user:1', 'm', 0), 5)]);
    expect(core.apply({ offset: 0, logTimeMs: 0, value: enriched('user:1', 'n', 0) }).outcome).toBe('repeat');
    const replayed = core.apply({
      offset: 1,
      logTimeMs: 0,
      value: from(enriched('user:1', 'o', 0), 3),
      replayed: true,
    });
    expect(replayed.outcome).toBe('applied');
    expect(core.meta.origins).toEqual({ 'events.identified/0': [5, 0] });
  });

  it('fires due timers on time only, in order of due time, ties by key, then passes time on, numbered through', () => {
    const core = build();
    feed(core, [enriched('user:b', '1', 100), enriched('user:a', '2', 100), enriched('user:c', '3', 50)]);
    expect(feed(core, [enriched('user:d', '4', 10_000_000)])).toEqual(['3/0 user:d COUNT_1']);
    expect(feed(core, [time(100 + QUIET_MS)])).toEqual([
      '4/0 user:c QUIET',
      '4/1 user:a QUIET',
      '4/2 user:b QUIET',
      `4/3 time ${100 + QUIET_MS}`,
    ]);
  });

  it('lets time move forward only', () => {
    const core = build();
    expect(feed(core, [time(1_000), time(999), time(1_000), time(1_001)])).toEqual(['0/0 time 1000', '3/0 time 1001']);
    expect(core.meta.timeMs).toBe(1_001);
  });

  it('has no time before every declared source has ticked, and then the minimum', () => {
    const processor: Processor<Counting, EnrichedRecord, string> = {
      ...countingProcessor(),
      declaredSources: ['a/0', 'b/0'],
      route: (record) => ({ kind: 'tick', sources: JSON.parse(record.event?.properties ?? '[]') }),
    };
    const core = build(processor);
    const tick = (sources: object): EnrichedRecord => {
      const record = enriched('user:1', 'm', 0);
      return {
        ...record,
        event: record.event === null ? null : { ...record.event, properties: JSON.stringify(sources) },
      };
    };
    expect(feed(core, [tick([{ source: 'a/0', timeMs: 50 }])])).toEqual([]);
    expect(
      feed(core, [
        tick([
          { source: 'other/9', timeMs: 1 },
          { source: 'b/0', timeMs: 30 },
        ]),
      ]),
    ).toEqual(['1/0 time 30']);
    expect(
      feed(core, [
        tick([
          { source: 'a/0', timeMs: 40 },
          { source: 'b/0', timeMs: 60 },
        ]),
      ]),
    ).toEqual(['2/0 time 50']);
  });

  it('switches at a marker and ignores one with a lower offset than the active one', () => {
    const core = build();
    expect(feed(core, [marker(4, 'v2'), marker(3, 'v1'), marker(4, 'v2')])).toEqual(['0/0 marker v2']);
    expect([core.meta.playbookVersion, core.playbook]).toEqual(['v2', 'playbook 4']);
  });

  it('is as it was when a step throws, and when its outputs are not accepted', () => {
    const core = build();
    feed(core, [enriched('user:1', 'm', 0), time(5)]);
    const before = snapshot(core);
    expect(() =>
      core.apply({ offset: 2, logTimeMs: 0, value: from(named('Poison', enriched('user:1', 'x', 0)), 9) }),
    ).toThrow('poisoned');
    expect(snapshot(core)).toEqual(before);
    const refuse = (): void => {
      throw new Error('not encodable');
    };
    expect(() => core.apply({ offset: 2, logTimeMs: 0, value: enriched('user:1', 'y', 0) }, refuse)).toThrow(
      'not encodable',
    );
    expect(() => core.apply({ offset: 2, logTimeMs: 0, value: time(10 * QUIET_MS) }, refuse)).toThrow('not encodable');
    expect(snapshot(core)).toEqual(before);
    expect(feed(core, [time(10 * QUIET_MS)])).toEqual(['2/0 user:1 QUIET', `2/1 time ${10 * QUIET_MS}`]);
  });

  it('lets the other timers fire when one throws, and tries that one again at the next tick', () => {
    let broken = true;
    const sound = countingProcessor();
    const processor: Processor<Counting, EnrichedRecord, string> = {
      ...sound,
      fire: (state, key, context) => {
        if (broken && key === 'user:1') throw new Error('broken timer');
        if (sound.fire === undefined) throw new Error('never');
        return sound.fire(state, key, context);
      },
    };
    const core = build(processor);
    feed(core, [enriched('user:1', 'm', 0), enriched('user:2', 'm', 0)]);
    const first = core.apply({ offset: 2, logTimeMs: 0, value: time(QUIET_MS) });
    expect(first.failedTimers.map(({ key }) => key)).toEqual(['user:1']);
    expect(first.outputs).toHaveLength(2);
    broken = false;
    expect(feed(core, [time(QUIET_MS + 1)])).toEqual(['3/0 user:1 QUIET', `3/1 time ${QUIET_MS + 1}`]);
  });

  it('restores from its states and meta to the same task', () => {
    const live = build();
    feed(live, [enriched('user:1', 'm', 7), from(enriched('user:2', 'n', 9), 3), marker(2, 'v'), time(20)]);
    const processor = countingProcessor();
    const again = build();
    again.restore(
      [...live.states].map(([key, state]) => [key, processor.decode(processor.encode(state))] as const),
      live.meta,
    );
    expect(snapshot(again)).toEqual(snapshot(live));
    const rest = [enriched('user:1', 'p', 30), time(9 + QUIET_MS), time(30 + QUIET_MS)];
    expect(feed(again, rest)).toEqual(feed(live, rest));
  });

  it('fires a crowd of timers in pieces, with the same outputs in the same order and numbers as at once', () => {
    const crowd = Array.from({ length: 25 }, (_none, at) => enriched(`user:${String(at).padStart(2, '0')}`, 'm', at));
    const [whole, pieces] = [build(), build()];
    feed(whole, crowd);
    feed(pieces, crowd);
    const record = { offset: 25, logTimeMs: 0, value: time(19 + QUIET_MS) };
    const atOnce = whole.apply(record).outputs;
    const ahead: (typeof atOnce)[number][] = [];
    expect(pieces.hasManyDue(record, 20)).toBe(true);
    expect(pieces.hasManyDue(record, 21)).toBe(false);
    let rounds = 0;
    while (pieces.fireAhead(record, 8, (outputs) => void ahead.push(...outputs))) {
      expect(pieces.isInsideRecord).toBe(true);
      rounds += 1;
    }
    const rest = pieces.apply(record).outputs;
    expect([rounds, ahead.length, rest.length]).toEqual([2, 20, 1]);
    expect([...ahead, ...rest]).toEqual(atOnce);
    expect(pieces.isInsideRecord).toBe(false);
    expect(snapshot(pieces)).toEqual(snapshot(whole));
  });

  it('tells of timers that threw ahead of their record when it is applied, and they are due again', () => {
    const sound = countingProcessor();
    let broken = true;
    const core = build({
      ...sound,
      fire: (state, key, context) => {
        if (broken && key === 'user:1') throw new Error('broken timer');
        return sound.fire?.(state, key, context) ?? { state, emissions: [] };
      },
    });
    feed(core, [enriched('user:1', 'm', 0), enriched('user:2', 'm', 0)]);
    const record = { offset: 2, logTimeMs: 0, value: time(QUIET_MS) };
    while (core.fireAhead(record, 1, () => undefined)) expect(core.isInsideRecord).toBe(true);
    expect(core.apply(record).failedTimers.map(({ key }) => key)).toEqual(['user:1']);
    broken = false;
    expect(feed(core, [time(QUIET_MS + 1)])).toEqual(['3/0 user:1 QUIET', `3/1 time ${QUIET_MS + 1}`]);
  });

  it('fires nothing ahead for a repeat, an old time, or a record of a person', () => {
    const core = build();
    feed(core, [from(enriched('user:1', 'm', 0), 4), from(time(1), 5)]);
    const never = (): void => {
      throw new Error('nothing is due');
    };
    for (const value of [from(time(QUIET_MS), 5), time(1), enriched('user:1', 'n', QUIET_MS)]) {
      expect(core.fireAhead({ offset: 2, logTimeMs: 0, value }, 9, never)).toBe(false);
    }
    expect(core.timers.size).toBe(1);
  });
});
