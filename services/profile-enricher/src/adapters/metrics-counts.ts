import { metricNames } from '@kairos/contracts';
import type { Metrics } from '@kairos/service-kit';
import type { Counts, EnrichCounts } from '../ports.ts';

/** What leaves no record behind, in Prometheus. */
export function metricsCounts(metrics: Metrics): Counts {
  const duplicates = metrics.counter(metricNames.duplicateEvents, 'Events that came again under their message id.');
  const rehomed = metrics.counter(metricNames.eventsRehomed, 'Events sent back under their right key.');
  const shared = metrics.counter(
    metricNames.identifiersShared,
    'Identifiers that a user gave and that were another user’s already, by kind; nobody was merged.',
  );
  return {
    duplicateEvent: () => duplicates.add(),
    rehomed: () => rehomed.add(),
    sharedIdentifier: (kind) => shared.add(1, { kind }),
  };
}

/** Faults against the tracking plan, and segments that fail, in Prometheus. */
export function metricsEnrichCounts(metrics: Metrics): EnrichCounts {
  const faults = metrics.counter(
    metricNames.eventsNonconforming,
    'Faults of events against the tracking plan, by source, event, code and what became of the event.',
  );
  const failed = metrics.counter(
    metricNames.definitionsFailed,
    'Evaluations of definitions that failed, by kind, id and code.',
  );
  return { nonconforming: (fault) => faults.add(1, { ...fault }), failed: (one) => failed.add(1, { ...one }) };
}
