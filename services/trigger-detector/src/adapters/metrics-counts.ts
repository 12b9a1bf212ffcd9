import { metricNames } from '@kairos/contracts';
import type { Metrics } from '@kairos/service-kit';
import type { Counts } from '../ports.ts';

/** Triggers that fired, those that matched and did not start, and definitions that fail, in Prometheus. */
export function metricsCounts(metrics: Metrics): Counts {
  const detected = metrics.counter(metricNames.triggersDetected, 'Triggers that fired, or matched and did not start.');
  const failed = metrics.counter(
    metricNames.definitionsFailed,
    'Evaluations of definitions that failed, by kind, id and code.',
  );
  // Looked up once for each, and not for every firing: the counter finds its cell by all labels as one text.
  const fired = new Map<string, { add(): void }>();
  return {
    failed: (one) => failed.add(1, { ...one }),
    detected(triggerId, outcome, code) {
      if (outcome !== 'fired') return detected.add(1, { trigger: triggerId, outcome, code: code ?? '' });
      const known = fired.get(triggerId) ?? detected.with({ trigger: triggerId, outcome, code: '' });
      fired.set(triggerId, known);
      known.add();
    },
  };
}
