import { distanceSquared } from '@kairos/decisions';
import { kmeans } from 'ml-kmeans';

type Points = readonly (readonly number[])[];

export interface KMeansTrained {
  readonly centres: readonly (readonly number[])[];
  /** Per point the number of its centre. */
  readonly assigned: readonly number[];
  /** Sum of squared distances to the own centre. */
  readonly inertia: number;
}

/** k-means finds a valley and not always the deepest: the best of several starts is kept. */
const STARTS = 10;
const MAX_ITERATIONS = 300;
/** Squared way of a centre below which it stands still. */
const TOLERANCE = 1e-12;

/** The same points and seed give the same centres, in order of their size, the largest group first. */
export function trainKMeans(
  points: Points,
  { groups, seed }: { readonly groups: number; readonly seed: number },
): KMeansTrained {
  let best: KMeansTrained | null = null;
  for (let start = 0; start < STARTS; start += 1) {
    const { centroids } = kmeans(points as number[][], groups, {
      seed: seed * STARTS + start,
      initialization: 'kmeans++',
      maxIterations: MAX_ITERATIONS,
      tolerance: TOLERANCE,
    });
    const tried = assign(points, centroids);
    if (best === null || tried.inertia < best.inertia) best = tried;
  }
  return bySize(points, best ?? assign(points, []));
}

function assign(points: Points, centres: KMeansTrained['centres']): KMeansTrained {
  let inertia = 0;
  const assigned = points.map((point) => {
    let nearest = 0;
    let least = Number.POSITIVE_INFINITY;
    centres.forEach((centre, at) => {
      const away = distanceSquared(point, centre);
      if (away < least) [least, nearest] = [away, at];
    });
    inertia += least;
    return nearest;
  });
  return { centres, assigned, inertia };
}

function bySize(points: Points, { centres, assigned }: KMeansTrained): KMeansTrained {
  const sizes = centres.map((_, at) => assigned.filter((one) => one === at).length);
  const order = centres.map((_, at) => at).sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0) || a - b);
  return assign(
    points,
    order.map((at) => centres[at] ?? []),
  );
}
