import { metricNames } from '@kairos/contracts';
import type { Metrics } from '@kairos/service-kit';
import type { Counts } from '../ports.ts';

/** Triggers that fired, and those that matched and did not start, in Prometheus. */
export function metricsCounts(metrics: Metrics): Counts {
  const detected = metrics.counter(metricNames.triggersDetected, 'Triggers that fired, or matched and did not start.');
  // Looked up once for each, and not for every firing: the counter finds its cell by all labels as one text.
  const fired = new Map<string, { add(): void }>();
  return {
    detected(triggerId, outcome, code) {
      if (outcome !== 'fired') return detected.add(1, { trigger: triggerId, outcome, code: code ?? '' });
      const known = fired.get(triggerId) ?? detected.with({ trigger: triggerId, outcome, code: '' });
      fired.set(triggerId, known);
      known.add();
    },
  };
}
