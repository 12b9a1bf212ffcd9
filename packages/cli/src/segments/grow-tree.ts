/**
 * CART for classes: at each node the question with the least Gini impurity. Written here because the one library for it
 * (ml-cart 2.1.1) looks for a question only between neighbours of different classes, so of counts, where many persons share
 * a value, it misses the best ones; and it sorts the table anew for every question. Checked against scikit-learn (see the spec).
 */
export type GrownTree =
  | { readonly kind: 'leaf'; readonly label: number; readonly counts: readonly number[] }
  | {
      readonly kind: 'question';
      readonly feature: number;
      readonly below: number;
      readonly ifBelow: GrownTree;
      readonly otherwise: GrownTree;
    };

export interface GrowOptions {
  readonly labels: number;
  readonly maxDepth: number;
  /** No end of the tree has fewer persons. */
  readonly minPersons: number;
}

interface Data {
  readonly points: readonly (readonly number[])[];
  /** Per point the number of its label. */
  readonly labelled: readonly number[];
}

export function growTree(data: Data, options: GrowOptions): GrownTree {
  return grow(data, Uint32Array.from(data.points.keys()), { ...options, depth: 0 });
}

type Growing = GrowOptions & { readonly depth: number };

function grow(data: Data, rows: Uint32Array, options: Growing): GrownTree {
  const counts = new Array<number>(options.labels).fill(0);
  for (const row of rows) counts[data.labelled[row] ?? 0] = (counts[data.labelled[row] ?? 0] ?? 0) + 1;
  const leaf: GrownTree = { kind: 'leaf', label: counts.indexOf(Math.max(...counts)), counts };
  const isPure = counts.filter((count) => count > 0).length <= 1;
  if (isPure || options.depth >= options.maxDepth || rows.length < 2 * options.minPersons) return leaf;
  const best = bestQuestion(data, rows, { counts, minPersons: options.minPersons });
  if (best === null) return leaf;
  const { feature, below } = best;
  const isBelow = (row: number): boolean => (data.points[row]?.[feature] ?? 0) < below;
  const deeper = { ...options, depth: options.depth + 1 };
  return {
    kind: 'question',
    feature,
    below,
    ifBelow: grow(data, rows.filter(isBelow), deeper),
    otherwise: grow(
      data,
      rows.filter((row) => !isBelow(row)),
      deeper,
    ),
  };
}

interface Question {
  readonly feature: number;
  readonly below: number;
  /** The higher the better: sum over both sides of squared counts by size. */
  readonly purity: number;
}

/** Nearer values than these are one: what differs in the last digit only tells nobody apart. */
const SAME_VALUE = 1e-7;

function bestQuestion(
  { points, labelled }: Data,
  rows: Uint32Array,
  { counts, minPersons }: { readonly counts: readonly number[]; readonly minPersons: number },
): Question | null {
  let best: Question | null = null;
  const features = points[0]?.length ?? 0;
  for (let feature = 0; feature < features; feature += 1) {
    const value = (row: number): number => points[row]?.[feature] ?? 0;
    const sorted = Uint32Array.from(rows).sort((a, b) => value(a) - value(b));
    const left = new Array<number>(counts.length).fill(0);
    const right = [...counts];
    let leftSquares = 0;
    let rightSquares = right.reduce((sum, count) => sum + count * count, 0);
    for (let at = 1; at < sorted.length; at += 1) {
      const moved = labelled[sorted[at - 1] ?? 0] ?? 0;
      leftSquares += 2 * (left[moved] ?? 0) + 1;
      rightSquares -= 2 * (right[moved] ?? 0) - 1;
      left[moved] = (left[moved] ?? 0) + 1;
      right[moved] = (right[moved] ?? 0) - 1;
      if (at < minPersons || sorted.length - at < minPersons) continue;
      const [low, high] = [value(sorted[at - 1] ?? 0), value(sorted[at] ?? 0)];
      if (high - low <= SAME_VALUE) continue;
      const purity = leftSquares / at + rightSquares / (sorted.length - at);
      // Half way between two values that differ, and never at the lower one, which must stay below.
      const middle = (low + high) / 2;
      if (best === null || purity > best.purity) best = { feature, below: middle > low ? middle : high, purity };
    }
  }
  return best;
}

/** Without questions whose answers make no difference. */
export function withoutIdleQuestions(tree: GrownTree): GrownTree {
  if (tree.kind === 'leaf') return tree;
  const ifBelow = withoutIdleQuestions(tree.ifBelow);
  const otherwise = withoutIdleQuestions(tree.otherwise);
  if (ifBelow.kind === 'leaf' && otherwise.kind === 'leaf' && ifBelow.label === otherwise.label) {
    return { ...ifBelow, counts: ifBelow.counts.map((count, at) => count + (otherwise.counts[at] ?? 0)) };
  }
  return { ...tree, ifBelow, otherwise };
}

export function labelOf(tree: GrownTree, point: readonly number[]): number {
  let at = tree;
  while (at.kind === 'question') at = (point[at.feature] ?? 0) < at.below ? at.ifBelow : at.otherwise;
  return at.label;
}
