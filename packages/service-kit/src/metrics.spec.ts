import { expect, it } from '@jest/globals';
import { createMetrics } from './metrics.ts';

it('counts, measures and reads gauges into Prometheus text', async () => {
  const metrics = createMetrics('shop', 'i1');
  const counter = metrics.counter('kairos_records_consumed_total', 'Records.');
  const hot = counter.with({ topic: 'events.collected' });
  for (let index = 0; index < 1_000; index++) hot.add();
  counter.add(2, { topic: 'events.collected' });
  counter.add(1, { topic: 'events.enriched' });
  const seconds = metrics.histogram('kairos_step_duration_seconds', 'Steps.', [0.1, 1]);
  seconds.record(0.05);
  seconds.record(0.5);
  metrics.gauge('kairos_state_keys', 'Keys.', () => [
    { value: 7, labels: { partition: 0 } },
    { value: 8, labels: { partition: 1 } },
  ]);
  const text = await metrics.text();
  expect(text).toContain('kairos_records_consumed_total{topic="events.collected"} 1002');
  expect(text).toContain('kairos_records_consumed_total{topic="events.enriched"} 1');
  expect(text).toContain('kairos_step_duration_seconds_bucket{le="0.1"} 1');
  expect(text).toContain('kairos_step_duration_seconds_bucket{le="+Inf"} 2');
  expect(text).toContain('kairos_state_keys{partition="1"} 8');
  expect(text).toContain('process_resident_memory_bytes');
  await metrics.stop();
});

it('gives the same counter for the same name', async () => {
  const metrics = createMetrics('shop');
  metrics.counter('kairos_a_total', 'A.').add();
  metrics.counter('kairos_a_total', 'A.').add();
  expect(await metrics.text()).toContain('kairos_a_total 2');
});
