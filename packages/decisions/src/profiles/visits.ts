/** A pause longer than this ends a visit. */
export const VISIT_PAUSE_MS = 30 * 60_000;
/** No visit is longer: who was seen over more than a day has come back. It also bounds what must be remembered. */
const LONGEST_VISIT_MS = 86_400_000;

/** From its first to its last event, UTC ms. */
type Visit = readonly [fromMs: number, toMs: number];

/** The visits of the first day, in order of time; `several` as soon as the person was seen over more than a day. */
export type Visits = readonly Visit[] | 'several';

interface Seen {
  readonly visits?: Visits | undefined;
  readonly firstSeenAtMs: number;
  readonly lastSeenAtMs: number;
}

/** What is remembered of visits. Profiles of before there was the field know their first and last event only. */
export function visitsOf({ visits, firstSeenAtMs, lastSeenAtMs }: Seen): Visits {
  if (visits !== undefined) return visits;
  return lastSeenAtMs - firstSeenAtMs > LONGEST_VISIT_MS ? 'several' : [[firstSeenAtMs, lastSeenAtMs]];
}

/** Adds an event. The same comes out in whatever order they arrive. */
export function withVisitAt(visits: Visits, atMs: number): Visits {
  if (visits === 'several') return visits;
  const [first, last] = [visits[0], visits.at(-1)];
  // Most events fall into the visit that is going on, or go on with it.
  if (first !== undefined && last !== undefined && atMs >= last[0] && atMs - first[0] <= LONGEST_VISIT_MS) {
    if (atMs <= last[1]) return visits;
    if (atMs - last[1] > VISIT_PAUSE_MS) return [...visits, [atMs, atMs]];
    return visits.length === 1 ? [[last[0], atMs]] : [...visits.slice(0, -1), [last[0], atMs]];
  }
  return joined([...visits, [atMs, atMs]]);
}

/** The visits of two persons who are one. */
export const mergedVisits = (a: Visits, b: Visits): Visits =>
  a === 'several' || b === 'several' ? 'several' : joined([...a, ...b]);

function joined(visits: readonly Visit[]): Visits {
  const sorted = [...visits].sort((a, b) => a[0] - b[0]);
  const apart: Visit[] = [];
  for (const visit of sorted) {
    const before = apart.at(-1);
    if (before === undefined || visit[0] - before[1] > VISIT_PAUSE_MS) apart.push(visit);
    else apart[apart.length - 1] = [before[0], Math.max(before[1], visit[1])];
  }
  const [first, last] = [apart[0], apart.at(-1)];
  return first !== undefined && last !== undefined && last[1] - first[0] > LONGEST_VISIT_MS ? 'several' : apart;
}

/**
 * The one definition of a returning customer: seen in more than one visit, or seen again after an order. A visit ends with
 * a pause of more than 30 minutes, and a day after it began. So the event of the first order is still a new customer's.
 * What the house sets and what a provider tells is no visit.
 */
export function isReturning(profile: Seen & { readonly firstOrderAtMs: number | null }): boolean {
  const visits = visitsOf(profile);
  if (visits === 'several' || visits.length > 1) return true;
  return profile.firstOrderAtMs !== null && profile.lastSeenAtMs > profile.firstOrderAtMs;
}
