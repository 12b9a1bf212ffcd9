import { expect, it, jest } from '@jest/globals';
import { silentLogger } from './logger.ts';
import { createMetrics } from './metrics.ts';
import { StageWatch, type WatchedStage } from './stage-watch.ts';

it('says why a process is not ready, until its partitions are restored and the registry answers', async () => {
  const metrics = createMetrics('trigger-detector');
  const watch = new StageWatch(metrics, silentLogger());
  const stage = {
    restoring: 2 as number | undefined,
    status: () => [{ partition: 3, keys: 7, timers: 5, stateBytes: 900 }],
  };
  watch.add('detect', stage satisfies WatchedStage);
  expect(watch.reasons).toEqual(['detect: 2 partitions restore']);
  watch.hooks('detect').onRestoring({ records: 43, ofRecords: 100, bytes: 1 });
  expect(watch.reasons).toEqual(['detect: 2 partitions restore, 43 % read']);
  stage.restoring = undefined;
  // However long it takes: the group may wait for a member that died.
  jest.useFakeTimers({ now: Date.now() + 60_000 });
  expect(watch.reasons).toEqual(['detect: waits for its group']);
  jest.useRealTimers();
  stage.restoring = 0;
  expect(watch.reasons).toEqual([]);
  const hooks = watch.hooks('detect');
  hooks.onOutage(new Error('the registry does not answer'));
  expect(watch.reasons).toEqual(['detect: the registry does not answer']);
  const outcomes = { applied: 1, repeat: 0, unknown: 0, dead: 0 };
  hooks.onBatch({ topic: 'events.enriched', partition: 3, records: 1, outcomes, lag: 0, timeMs: 1, seconds: 0.1 });
  expect(watch.reasons).toEqual([]);
  const text = await metrics.text();
  expect(text).toContain('kairos_state_keys{task="detect",partition="3"} 7');
  expect(text).toContain('kairos_state_bytes{task="detect",partition="3"} 900');
  expect(text).toContain('kairos_timers_pending{task="detect",partition="3"} 5');
});
