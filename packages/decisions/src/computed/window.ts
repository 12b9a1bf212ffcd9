import type { ComputeKind } from './definition.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Lengths that a bucket may have: the grid of UTC, whatever the person's zone. */
const LENGTHS: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30].map((many) => many * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((many) => many * MINUTE),
  ...[1, 2, 3, 6, 12].map((many) => many * HOUR),
  ...[1, 2, 4, 8, 16].map((many) => many * DAY),
];

/** Buckets of a window at most. `top` keeps the counts of many values in each. */
const mostBuckets = (kind: ComputeKind): number => (kind === 'top' ? 32 : 100);

/**
 * How long a bucket of a rolling window is: the window leaves whole buckets behind, so a value counts for up to one bucket
 * longer than the window (1 % to 2.5 % of it, of `top` 3 % to 8 %; a second at least). Null without a window: there is one bucket.
 */
export function bucketMsOf(kind: ComputeKind, withinMs: number | null): number | null {
  if (withinMs === null) return null;
  const shortest = withinMs / mostBuckets(kind);
  return LENGTHS.find((length) => length >= shortest) ?? 16 * DAY;
}
