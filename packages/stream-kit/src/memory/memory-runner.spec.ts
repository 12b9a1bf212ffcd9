import { describe, expect, it } from '@jest/globals';
import { countingProcessor, enriched, named, saidOf } from './counting.fixture.ts';
import { createMemoryRunner, foldRecorded, type MemoryRunner } from './memory-runner.ts';

const house = (partitions = 1): MemoryRunner<string> =>
  createMemoryRunner<string>({ startMs: 1_000, partitions, processors: [countingProcessor()] });

describe('a memory runner', () => {
  it('applies a record to its person and shows what was said', () => {
    const runner = house();
    runner.append('events.enriched', 'user:1', enriched('user:1', 'm1', 1_000));
    runner.append('events.enriched', 'user:1', enriched('user:1', 'm2', 1_000));
    expect(saidOf(runner.records('messages.proposed'))).toEqual(['user:1 COUNT_1', 'user:1 COUNT_2']);
    expect(runner.state('detect', 'user:1')).toEqual({ count: 2, quietAtMs: 61_000 });
  });

  it('fires each timer at its own moment when time jumps, and never before', () => {
    const runner = house();
    runner.append('events.enriched', 'user:1', enriched('user:1', 'm1', 1_000));
    runner.advanceTo(5_000);
    runner.append('events.enriched', 'user:2', enriched('user:2', 'm2', 5_000));
    runner.advanceTo(60_999);
    expect(saidOf(runner.records('messages.proposed')).filter((said) => said.includes('QUIET'))).toEqual([]);
    runner.advanceTo(86_400_000);
    const fired = runner
      .records('messages.proposed')
      .flatMap(({ value }) => (value.withdrawal?.code === 'QUIET' ? [value.withdrawal.atMs] : []));
    expect(fired).toEqual([61_000, 65_000]);
    expect(runner.nowMs).toBe(86_400_000);
  });

  it('switches the playbook by a marker in every partition', () => {
    const runner = house(3);
    runner.publish('v1', 'first');
    runner.append('events.enriched', 'user:1', enriched('user:1', 'm1', 1_000));
    const said = runner.records('messages.proposed');
    expect(said.filter(({ value }) => value.marker?.version === 'v1')).toHaveLength(3);
    expect(said.find(({ value }) => value.withdrawal !== null)?.value.withdrawal?.causeMessageId).toBe('v1');
  });

  it('goes on the same after its state was encoded and decoded', () => {
    const straight = house();
    const restarted = house();
    for (const runner of [straight, restarted]) {
      runner.append('events.enriched', 'user:1', enriched('user:1', 'm1', 1_000));
      if (runner === restarted) runner.restart();
      runner.advanceTo(100_000);
    }
    expect(restarted.records('messages.proposed')).toEqual(straight.records('messages.proposed'));
  });

  it('folds a recorded log again to the same outputs, repeats of a crash included', () => {
    const live = house(2);
    live.publish('v1', 'first');
    live.append('events.enriched', 'user:1', {
      ...enriched('user:1', 'm1', 1_000),
      origin: { topic: 'events.identified', partition: 0, offset: 4, number: 0 },
    });
    live.append('events.enriched', 'user:1', {
      ...enriched('user:1', 'm1', 1_000),
      origin: { topic: 'events.identified', partition: 0, offset: 4, number: 0 },
    });
    live.advanceTo(100_000);
    const folded = foldRecorded<string>({
      partitions: 2,
      processors: [countingProcessor()],
      recorded: live.records('events.enriched'),
      playbooks: [{ offset: 0, playbook: 'first' }],
    });
    const bare = (runner: MemoryRunner<string>) => runner.records('messages.proposed').map(({ value }) => value);
    expect(saidOf(live.records('messages.proposed'))).toEqual(['user:1 COUNT_1', 'user:1 QUIET']);
    expect(bare(folded)).toEqual(bare(live));
  });

  it('throws what a processor threw, and refuses a value that its schema cannot carry', () => {
    const runner = house();
    expect(() => runner.append('events.enriched', 'user:1', named('Poison', enriched('user:1', 'm1', 1)))).toThrow(
      'poisoned',
    );
    const wrong = { ...enriched('user:1', 'm1', 1), time: { timeMs: 'soon' } } as never;
    expect(() => runner.append('events.enriched', 'user:1', wrong)).toThrow(/time/);
  });
});
