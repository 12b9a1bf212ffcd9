import { metricNames } from '@kairos/contracts';
import type { Metrics } from '@kairos/service-kit';
import type { Counts } from '../ports.ts';

/** Triggers that fired, and those that matched and did not start, in Prometheus. */
export function metricsCounts(metrics: Metrics): Counts {
  const detected = metrics.counter(metricNames.triggersDetected, 'Triggers that fired, or matched and did not start.');
  return {
    detected: (triggerId, outcome, code) => detected.add(1, { trigger: triggerId, outcome, code: code ?? '' }),
  };
}
