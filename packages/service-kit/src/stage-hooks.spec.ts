import { expect, it } from '@jest/globals';
import { createLogger } from './logger.ts';
import { createMetrics } from './metrics.ts';
import { stageHooks } from './stage-hooks.ts';

it('turns what stages tell into metrics per task, and dead letters into log lines without their content', async () => {
  const metrics = createMetrics('profile-enricher');
  const lines: string[] = [];
  const log = createLogger({ service: 'x', destination: { write: (line) => lines.push(line) } });
  const enrich = stageHooks(metrics, 'enrich', log);
  const identify = stageHooks(metrics, 'identify');
  const place = { topic: 'events.identified', partition: 3 };
  const none = { applied: 0, repeat: 0, unknown: 0, dead: 0 };
  enrich.onProduced({ topic: 'events.enriched', count: 5 });
  enrich.onDeadLetter({ ...place, offset: 9, code: 'RECORD_INVALID', reason: 'canary-7' });
  enrich.onBatch({
    ...place,
    outcomes: { ...none, applied: 2, repeat: 1 },
    records: 3,
    lag: 12,
    timeMs: Date.now() - 5_000,
    seconds: 0.1,
  });
  identify.onBatch({ ...place, outcomes: { ...none, applied: 1 }, records: 1, lag: 4, timeMs: -1, seconds: 0.1 });
  enrich.onCut({ partition: 3, keys: 1, bytes: 70, full: false, tookMs: 40 });
  enrich.onRestoring({ records: 30, ofRecords: 40, bytes: 900 });
  enrich.onRestored({ partition: 3, keys: 7, tookMs: 9, warm: true });
  enrich.onRestored({ partition: 4, keys: 7, tookMs: 9, warm: false });
  enrich.onResumed({ partition: 3, keys: 7 });
  const text = await metrics.text();
  for (const line of [
    'kairos_records_consumed_total{task="enrich",outcome="applied"} 2',
    'kairos_records_consumed_total{task="identify",outcome="applied"} 1',
    'kairos_repeats_dropped_total{task="enrich"} 1',
    'kairos_records_produced_total{task="enrich",topic="events.enriched"} 5',
    'kairos_dead_letters_total{task="enrich",code="RECORD_INVALID"} 1',
    'kairos_task_lag_records{task="enrich",partition="3"} 12',
    'kairos_task_lag_records{task="identify",partition="3"} 4',
    'kairos_watermark_delay_seconds{task="identify",partition="3"} -1',
    'kairos_cuts_total{task="enrich"} 1',
    'kairos_cut_bytes_total{task="enrich"} 70',
    'kairos_restored_share{task="enrich"} 0.75',
    'kairos_restored_share{task="identify"} 1',
    'kairos_partitions_started_total{task="enrich",from="copy"} 1',
    'kairos_partitions_started_total{task="enrich",from="changelog"} 1',
    'kairos_partitions_started_total{task="enrich",from="memory"} 1',
    'kairos_cut_duration_seconds_sum{task="enrich"} 0.04',
  ]) {
    expect(text).toContain(line);
  }
  expect(text).toMatch(/kairos_watermark_delay_seconds\{task="enrich",partition="3"\} 5\.\d/);
  expect(lines.join('')).toContain('"offset":9');
  expect(lines.join('')).not.toContain('canary-7');
});
