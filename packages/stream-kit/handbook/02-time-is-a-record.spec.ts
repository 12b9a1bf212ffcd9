import { describe, expect, it } from '@jest/globals';
import { type EnrichedRecord, enrichedRecord } from '@kairos/contracts';
import { countingProcessor, enriched, QUIET_MS } from '../src/memory/counting.fixture.ts';
import { createMemoryRunner, type MemoryRunner } from '../src/memory/memory-runner.ts';
import { type InputRecord, TaskCore } from '../src/task-core.ts';
import { sourceTime } from '../src/ticks/ticker.ts';

// Handbook, 2: time is a record.
//
// "Nobody ordered within an hour" cannot be decided by a clock on the wall. Suppose the detector is down for two hours,
// and starts again with a backlog: the cart of ten o'clock, and behind it the order of half past ten. By the clock the
// hour is long over. By the log it is ten o'clock, and the order is yet to come. So a stage has no clock. Time comes to it
// as a record among the others, and says: everything that was logged up to here, you have had.
//
// The stage of these examples counts a person's events and says QUIET when a minute has passed without one.

const MINUTE = QUIET_MS;
const empty: EnrichedRecord = enrichedRecord({});
const time = (timeMs: number): EnrichedRecord => ({ ...empty, time: { timeMs } });

const house = (): MemoryRunner<string> => createMemoryRunner<string>({ startMs: 0, processors: [countingProcessor()] });
const quiet = (runner: MemoryRunner<string>): number[] =>
  runner
    .records('messages.proposed')
    .flatMap(({ value }) => (value.withdrawal?.code === 'QUIET' ? [value.withdrawal.atMs] : []));

/** Gives a task its whole backlog at once and answers what it says, in order. */
const backlog = (records: readonly EnrichedRecord[]): string[] => {
  const task = new TaskCore(countingProcessor(), 0, () => undefined);
  return records.flatMap((value, offset) => {
    const record: InputRecord<EnrichedRecord> = { offset, logTimeMs: 0, value };
    return task.apply(record).outputs.map((output) => {
      const { withdrawal } = output.value as { withdrawal: { code: string } | null };
      return withdrawal?.code ?? 'time';
    });
  });
};

describe('time', () => {
  it('is a record: before it comes, no timer fires, however long one waits', () => {
    expect(backlog([enriched('user:1', 'a', 0)])).toEqual(['COUNT_1']);
    expect(backlog([enriched('user:1', 'a', 0), time(MINUTE)])).toEqual(['COUNT_1', 'QUIET', 'time']);
  });

  it('of a backlog is the time of the log: what came in time is in time, though it is read two hours late', () => {
    const read = backlog([
      enriched('user:1', 'cart', 0),
      time(1_000),
      enriched('user:1', 'order', 30_000),
      time(59_000),
      time(62_000),
    ]);
    expect(read).not.toContain('QUIET');
    const withoutTheOrder = backlog([enriched('user:1', 'cart', 0), time(1_000), time(59_000), time(62_000)]);
    expect(withoutTheOrder.filter((one) => one === 'QUIET')).toHaveLength(1);
  });

  it('never fires a timer because another record came: an event of tomorrow does not make it tomorrow', () => {
    expect(backlog([enriched('user:1', 'a', 0), enriched('user:2', 'b', 86_400_000)])).toEqual(['COUNT_1', 'COUNT_1']);
  });

  it('moves forward only, and is passed on behind what it fired', () => {
    expect(backlog([enriched('user:1', 'a', 0), time(MINUTE), time(5)])).toEqual(['COUNT_1', 'QUIET', 'time']);
  });

  it('begins with the sources: each says how far it was read, and a backlog holds it back', () => {
    const source = { topic: 'events.collected', partition: 0 };
    const nine = 9 * 3_600_000;
    const eleven = nine + 2 * 3_600_000;
    // Read to the end: the clock of the moment before the end was asked for.
    expect(sourceTime({ ...source, nextOffset: 500, lastLogTimeMs: nine }, eleven, 500)).toBe(eleven);
    // Behind: one millisecond before the last record that was applied. Another of the same millisecond may follow.
    expect(sourceTime({ ...source, nextOffset: 499, lastLogTimeMs: nine }, eleven, 500)).toBe(nine - 1);
  });

  it('is virtual in tests: a year passes in an instant, and every timer fires at its own moment', () => {
    const runner = house();
    runner.append('events.enriched', 'user:1', enriched('user:1', 'a', 0));
    runner.advanceTo(10_000);
    runner.append('events.enriched', 'user:2', enriched('user:2', 'b', 10_000));
    runner.advanceTo(365 * 86_400_000);
    expect(quiet(runner)).toEqual([MINUTE, MINUTE + 10_000]);
  });
});
