import { metricNames } from '@kairos/contracts';
import type { Metrics } from '@kairos/service-kit';
import type { Counts, PlanCounts } from '../ports.ts';

/** What leaves no record behind, in Prometheus. */
export function metricsCounts(metrics: Metrics): Counts {
  const duplicates = metrics.counter(metricNames.duplicateEvents, 'Events that came again under their message id.');
  const rehomed = metrics.counter(metricNames.eventsRehomed, 'Events sent back under their right key.');
  return { duplicateEvent: () => duplicates.add(), rehomed: () => rehomed.add() };
}

/** Faults against the tracking plan, in Prometheus. */
export function metricsPlanCounts(metrics: Metrics): PlanCounts {
  const faults = metrics.counter(
    metricNames.eventsNonconforming,
    'Faults of events against the tracking plan, by source, event, code and what became of the event.',
  );
  return { nonconforming: (fault) => faults.add(1, { ...fault }) };
}
