import type { EventCount, PlanFault, PlannedEvent, TrackingRow, TrackingView } from '../ports.ts';

/**
 * Each planned event with how many were seen and what was wrong with them, then what no plan names. Without a plan nothing
 * is unplanned.
 */
export function trackingView(
  planned: readonly PlannedEvent[],
  { counts, faults }: { readonly counts: readonly EventCount[]; readonly faults: readonly PlanFault[] },
): TrackingView {
  const rowOf = (name: string, plan: PlannedEvent | undefined): TrackingRow => {
    const own = faults.filter((fault) => fault.event === name);
    const seen = counts.filter(({ kind, subject }) => kind === 'event' && subject === name);
    return {
      name,
      description: plan?.description ?? '',
      plan: plan?.plan ?? null,
      seen: seen.reduce((sum, { n }) => sum + n, 0),
      refused: seen.reduce((sum, { n, outcome }) => sum + (outcome === 'refused' ? n : 0), 0),
      faults: own,
    };
  };
  const names = new Set(planned.map(({ name }) => name));
  const unplanned = [...new Set(faults.filter(({ code }) => code === 'EVENT_UNPLANNED').map(({ event }) => event))];
  return {
    planned: planned.map((plan) => rowOf(plan.name, plan)).sort(worstFirst),
    unplanned: unplanned
      .filter((name) => !names.has(name))
      .map((name) => rowOf(name, undefined))
      .sort(worstFirst),
  };
}

const wrong = ({ faults }: TrackingRow): number => faults.reduce((sum, { n }) => sum + n, 0);
const worstFirst = (a: TrackingRow, b: TrackingRow): number =>
  wrong(b) - wrong(a) || b.seen - a.seen || (a.name < b.name ? -1 : 1);
