import type { FastifyInstance } from '@kairos/service-kit';
import type { EventCount, LivePlaybook, PlanFault, PlannedEvent, Timelines, TrackingView } from '../ports.ts';

/** How the counts become what is shown. */
export type TrackingViewOf = (
  planned: readonly PlannedEvent[],
  said: { readonly counts: readonly EventCount[]; readonly faults: readonly PlanFault[] },
) => TrackingView;

interface TrackingParts {
  readonly timelines: Timelines;
  readonly playbook: LivePlaybook;
  readonly trackingView: TrackingViewOf;
}

const DAY_MS = 86_400_000;

/** How events keep to the tracking plan, over so many days. */
export function registerTracking(
  server: FastifyInstance,
  { timelines, playbook, trackingView }: TrackingParts,
  { now }: { readonly now: () => number },
): void {
  server.get<{ Querystring: { days?: string } }>('/api/tracking-plan', async ({ query }) => {
    const days = Math.min(Math.max(Number(query.days) || 7, 1), 400);
    // Whole days, as faults are counted.
    const fromMs = Math.floor(now() / DAY_MS) * DAY_MS - (days - 1) * DAY_MS;
    const [counted, faulty] = await Promise.all([
      timelines.get(`/v1/counts?fromMs=${fromMs}`) as Promise<{ counts: readonly EventCount[] }>,
      timelines.get(`/v1/plan-faults?fromMs=${fromMs}`) as Promise<{ faults: readonly PlanFault[] }>,
    ]);
    const planned = playbook.current()?.plannedEvents ?? [];
    return { days, ...trackingView(planned, { counts: counted.counts, faults: faulty.faults }) };
  });
}
