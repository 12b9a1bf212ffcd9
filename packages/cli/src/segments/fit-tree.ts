import type { ModelTree } from '@kairos/decisions';
import { CliError, exitCodes } from '../exit.ts';
import { Random } from '../shop/random.ts';
import { idOf } from './fit-kmeans.ts';
import type { FitOptions, Fitted } from './fit-types.ts';
import { type GrownTree, growTree, labelOf, withoutIdleQuestions } from './grow-tree.ts';
import { type Labels, labelsOf } from './labels.ts';
import type { Person } from './persons.ts';
import { rounded } from './rounded.ts';
import type { Table } from './table.ts';

/** Share of the persons that a tree does not see, so that it can be asked about them. */
const HELD_OUT = 0.2;
/** No end of a tree has fewer: what is true of a handful is chance. */
const MIN_SHARE = 0.01;
const MIN_AT_END = 5;

export function fitTree(table: Table, persons: readonly Person[], options: FitOptions): Fitted {
  const { id, label, depth, seed, atMs, where } = options;
  if (label === null) {
    const remedy = '--label profile.traits.plan or --label segment:high-value';
    throw new CliError(`A tree learns what somebody else knows: say what, as in ${remedy}.`, exitCodes.usage);
  }
  const labels = labelsOf(persons, label, { features: table.features, id });
  const { seen, unseen } = splitRows(labels, seed);
  const at = (rows: readonly number[]) => ({
    points: rows.map((row) => table.points[row] ?? []),
    labelled: rows.map((row) => labels.of[row] ?? 0),
  });
  const learned = at(seen);
  const minPersons = Math.max(MIN_AT_END, Math.ceil(seen.length * MIN_SHARE));
  const grown = growTree(learned, { labels: labels.names.length, maxDepth: depth, minPersons });
  const tree = withoutIdleQuestions(roundedTree(grown));
  const test = at(unseen);
  const rights = test.points.filter((point, row) => labelOf(tree, point) === test.labelled[row]).length;
  const accuracy = rights / Math.max(unseen.length, 1);
  const ends = endsOf(tree);
  const groups = labels.names.map((name) => ({ id: name, description: '' })).filter((_, one) => ends.has(one));
  return {
    model: {
      kind: 'Model',
      id,
      description: `What ${label} is, by ${table.features.map(({ name }) => name).join(', ')}`,
      owner: '',
      status: 'live',
      where,
      method: 'tree',
      features: table.features.map((feature) => ({ ...feature, whenMissing: rounded(feature.whenMissing) })),
      groups: groups.map((group) => ({ ...group, id: idOf(group.id) })),
      tree: written(tree, table, labels),
      trained: { atMs, persons: seen.length, seed, quality: rounded(accuracy) },
    },
    quality: `accuracy ${(accuracy * 100).toFixed(1)} % on ${unseen.length} persons that it had not seen (always the most frequent: ${(mostFrequent(test.labelled) * 100).toFixed(1)} %)`,
  };
}

/** Persons whose label is known, shuffled with the seed. */
function splitRows(
  { of }: Labels,
  seed: number,
): { readonly seen: readonly number[]; readonly unseen: readonly number[] } {
  const rows = of.flatMap((label, row) => (label === null ? [] : [row]));
  const random = new Random(seed);
  for (let at = rows.length - 1; at > 0; at -= 1) {
    const other = random.between(0, at);
    [rows[at], rows[other]] = [rows[other] ?? 0, rows[at] ?? 0];
  }
  const held = Math.max(1, Math.floor(rows.length * HELD_OUT));
  return { seen: rows.slice(held), unseen: rows.slice(0, held) };
}

/** Numbers of questions as they will be written: the tree that is judged is the one that is asked. */
const roundedTree = (tree: GrownTree): GrownTree =>
  tree.kind === 'leaf'
    ? tree
    : {
        ...tree,
        below: rounded(tree.below),
        ifBelow: roundedTree(tree.ifBelow),
        otherwise: roundedTree(tree.otherwise),
      };

const endsOf = (tree: GrownTree): ReadonlySet<number> =>
  tree.kind === 'leaf' ? new Set([tree.label]) : new Set([...endsOf(tree.ifBelow), ...endsOf(tree.otherwise)]);

const written = (tree: GrownTree, table: Table, labels: Labels): ModelTree =>
  tree.kind === 'leaf'
    ? { group: idOf(labels.names[tree.label] ?? '') }
    : {
        feature: table.features[tree.feature]?.name ?? '',
        below: tree.below,
        ifBelow: written(tree.ifBelow, table, labels),
        otherwise: written(tree.otherwise, table, labels),
      };

function mostFrequent(labelled: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const label of labelled) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Math.max(0, ...counts.values()) / Math.max(labelled.length, 1);
}
