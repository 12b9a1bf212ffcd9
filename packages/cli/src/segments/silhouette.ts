import { Random } from '../shop/random.ts';

// Looked up once: it is asked for every pair.
const { sqrt } = Math;

/** Every person is compared with every other one: above this many a sample stands for all. */
export const SILHOUETTE_PERSONS = 5_000;

export interface Silhouette {
  /** From -1 (in the wrong group) over 0 (between two) to 1 (far from all others), the mean over persons. */
  readonly mean: number;
  /** On how many persons. */
  readonly of: number;
}

/** Mean silhouette; a person alone in a group counts as 0. */
export function silhouetteOf(
  points: readonly (readonly number[])[],
  assigned: readonly number[],
  seed: number,
): Silhouette {
  const rows = sampleOf(points.length, SILHOUETTE_PERSONS, seed);
  const groups = Math.max(...assigned) + 1;
  const sizes = new Array<number>(groups).fill(0);
  for (const row of rows) sizes[assigned[row] ?? 0] = (sizes[assigned[row] ?? 0] ?? 0) + 1;
  const sums = new Float64Array(groups);
  let total = 0;
  for (const row of rows) {
    sums.fill(0);
    const point = points[row] ?? [];
    for (const other of rows) {
      let squared = 0;
      const beside = points[other] ?? [];
      for (let at = 0; at < point.length; at += 1) squared += ((point[at] ?? 0) - (beside[at] ?? 0)) ** 2;
      const group = assigned[other] ?? 0;
      sums[group] = (sums[group] ?? 0) + sqrt(squared);
    }
    total += silhouetteOfOne(sums, sizes, assigned[row] ?? 0);
  }
  return { mean: total / Math.max(rows.length, 1), of: rows.length };
}

function silhouetteOfOne(sums: Float64Array, sizes: readonly number[], own: number): number {
  const size = sizes[own] ?? 0;
  if (size <= 1) return 0;
  const inside = (sums[own] ?? 0) / (size - 1);
  let outside = Number.POSITIVE_INFINITY;
  for (let group = 0; group < sizes.length; group += 1) {
    const others = sizes[group] ?? 0;
    if (group !== own && others > 0) outside = Math.min(outside, (sums[group] ?? 0) / others);
  }
  return outside === Number.POSITIVE_INFINITY ? 0 : (outside - inside) / Math.max(inside, outside);
}

/** So many of the rows, drawn with the seed, in order; all where there are no more. */
export function sampleOf(length: number, most: number, seed: number): readonly number[] {
  const rows = Array.from({ length }, (_, row) => row);
  if (length <= most) return rows;
  const random = new Random(seed);
  for (let at = 0; at < most; at += 1) {
    const other = random.between(at, length - 1);
    [rows[at], rows[other]] = [rows[other] ?? 0, rows[at] ?? 0];
  }
  return rows.slice(0, most).sort((a, b) => a - b);
}
