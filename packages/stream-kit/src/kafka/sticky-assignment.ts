/** A partition as `topic/number`; topics hold no slash. */
export type PartitionName = string;

export interface StickyMember {
  readonly memberId: string;
  readonly topics: readonly string[];
  /** What it held before this rebalance, by its own word. */
  readonly held: readonly PartitionName[];
}

const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const topicOf = (name: PartitionName): string => name.slice(0, name.lastIndexOf('/'));

/**
 * Spreads partitions evenly (counts differ by at most one) and leaves each with the member that held it as far as that
 * allows, so that its state stays warm. Deterministic: members and partitions are taken in order of their names.
 */
export const assignSticky = (
  members: readonly StickyMember[],
  partitions: readonly PartitionName[],
): Map<string, PartitionName[]> => {
  const sorted = [...members].sort((a, b) => byName(a.memberId, b.memberId));
  const assigned = new Map<string, PartitionName[]>(sorted.map(({ memberId }) => [memberId, []]));
  if (sorted.length === 0) return assigned;
  const known = new Set(partitions);
  const least = Math.floor(partitions.length / sorted.length);
  let extra = partitions.length % sorted.length;
  // Who holds most keeps the larger share: fewer partitions move.
  const byHeld = [...sorted].sort((a, b) => b.held.length - a.held.length || byName(a.memberId, b.memberId));
  const taken = new Set<PartitionName>();
  for (const { memberId, held, topics } of byHeld) {
    const mine = assigned.get(memberId) ?? [];
    for (const name of [...held].sort(byName)) {
      if (!known.has(name) || taken.has(name) || !topics.includes(topicOf(name))) continue;
      if (mine.length >= least + (extra > 0 ? 1 : 0)) break;
      if (mine.length === least) extra -= 1;
      mine.push(name);
      taken.add(name);
    }
  }
  const free = [...partitions].sort(byName).filter((name) => !taken.has(name));
  for (const name of free) {
    const [least0] = sorted
      .filter(({ topics }) => topics.includes(topicOf(name)))
      .sort((a, b) => (assigned.get(a.memberId)?.length ?? 0) - (assigned.get(b.memberId)?.length ?? 0));
    if (least0 !== undefined) assigned.get(least0.memberId)?.push(name);
  }
  return assigned;
};
