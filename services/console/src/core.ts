export { trackingView } from './core/tracking.ts';

import type { FlowDrawing, FlowStage, GroupsSeen, Sample, StagePlan } from './ports.ts';

/**
 * Only topics without ticks are counted: events.identified, events.enriched and messages.proposed carry time once a second
 * and would show life where there is none. profiles.changed has one record per event that was enriched.
 */
export const stagePlans: readonly StagePlan[] = [
  { id: 'collected', label: 'Collected', topic: 'events.collected', reads: [] },
  {
    id: 'enriched',
    label: 'Recognised',
    topic: 'profiles.changed',
    reads: [
      { group: 'profile-enricher.identify-collected', topic: 'events.collected' },
      { group: 'profile-enricher.enrich', topic: 'events.identified' },
    ],
  },
  {
    id: 'detected',
    label: 'Noticed',
    topic: 'triggers.detected',
    reads: [{ group: 'trigger-detector.detect', topic: 'events.enriched' }],
  },
  {
    id: 'decided',
    label: 'Decided',
    topic: 'messages.decided',
    reads: [{ group: 'arbitration', topic: 'messages.proposed' }],
  },
  { id: 'chosen', label: 'Chosen', topic: 'messages.chosen', reads: [] },
  {
    id: 'reported',
    label: 'Handed over',
    topic: 'messages.reported',
    reads: [{ group: 'channel-dispatchers', topic: 'messages.chosen' }],
  },
];

/** Records a second between two samples; 0 when there is nothing to compare. */
export function ratesBetween(before: Sample | undefined, after: Sample): Record<string, number> {
  const seconds = before === undefined ? 0 : (after.atMs - before.atMs) / 1000;
  return Object.fromEntries(
    Object.entries(after.ends).map(([topic, end]) => {
      const grown = end - (before?.ends[topic] ?? end);
      return [topic, seconds <= 0 ? 0 : Math.max(0, grown / seconds)];
    }),
  );
}

/** The stages as they are shown. Who reads last before a stage is the stage itself: its processes are shown. */
export function stagesOf(
  rates: Readonly<Record<string, number>>,
  sample: Sample,
  { lags, processes }: GroupsSeen,
): FlowStage[] {
  return stagePlans.map((plan) => ({
    id: plan.id,
    label: plan.label,
    topic: plan.topic,
    perSecond: Math.round((rates[plan.topic] ?? 0) * 10) / 10,
    total: sample.ends[plan.topic] ?? 0,
    lag: plan.reads.reduce((sum, { group, topic }) => sum + (lags[`${group} ${topic}`] ?? 0), 0),
    processes: processes[plan.reads.at(-1)?.group ?? ''] ?? [],
  }));
}

/** What the flow's sampler is told. */
export const drawing: FlowDrawing = { stages: stagePlans, ratesBetween, stagesOf };
