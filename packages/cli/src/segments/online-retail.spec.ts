import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { ImportCall } from '../import/event/call.ts';
import { DEFAULT_FEATURES, readFeatures } from './feature-text.ts';
import { type GrownTree, growTree, labelOf } from './grow-tree.ts';
import {
  CUT_MS,
  END_MS,
  hasOnlineRetail,
  onlineRetailCalls,
  onlineRetailFolder,
  onlineRetailPersons,
} from './online-retail.fixture.ts';
import { adjustedRand } from './rand-index.fixture.ts';
import { silhouetteOf } from './silhouette.ts';
import { meansOf, tableOf } from './table.ts';
import { trainKMeans } from './train-kmeans.ts';

/** What scikit-learn makes of the same data, read by itself: see `madeBy`. */
interface ScikitLearn {
  readonly customers: number;
  readonly means: readonly number[];
  readonly kmeans: Readonly<Record<string, { inertia: number; silhouette: number; assigned: string }>>;
  readonly buyers: number;
  readonly cameBack: number;
  readonly trees: Readonly<Record<string, { accuracy: number; tree: SciTree }>>;
}
type SciTree = readonly number[] | { feature: number; below: number; ifBelow: SciTree; otherwise: SciTree };

const theirs = JSON.parse(readFileSync(new URL('./scikit-learn.fixture.json', import.meta.url), 'utf8')) as ScikitLearn;

const withData = hasOnlineRetail ? it : it.skip;
if (!hasOnlineRetail)
  process.stdout.write(`skipped: the Online Retail data is not at ${onlineRetailFolder} (set KAIROS_SHARED_DATA)\n`);

let read: Promise<readonly ImportCall[]> | undefined;
const callsOf = () => (read ??= onlineRetailCalls());

const asWritten = (tree: GrownTree): SciTree =>
  tree.kind === 'leaf'
    ? tree.counts
    : {
        feature: tree.feature,
        below: tree.below,
        ifBelow: asWritten(tree.ifBelow),
        otherwise: asWritten(tree.otherwise),
      };

/** scikit-learn keeps values in 32 bits: its thresholds are as near as that. */
function expectSame(ours: SciTree, other: SciTree): void {
  if (!('below' in ours) || !('below' in other)) {
    expect(ours).toEqual(other);
    return;
  }
  expect(ours.feature).toBe(other.feature);
  expect(Math.abs(ours.below / other.below - 1)).toBeLessThan(1e-6);
  expectSame(ours.ifBelow, other.ifBelow);
  expectSame(ours.otherwise, other.otherwise);
}

describe('the customers of Online Retail', () => {
  withData(
    'are put by k-means into the groups that scikit-learn finds, in less than ten seconds',
    async () => {
      const persons = await onlineRetailPersons({ untilMs: END_MS }, await callsOf());
      const table = tableOf(persons, readFeatures(DEFAULT_FEATURES), { atMs: END_MS, standardise: true });
      for (const groups of [3, 4, 5]) {
        const startedMs = performance.now();
        const { assigned, inertia } = trainKMeans(table.points, { groups, seed: 7 });
        expect(performance.now() - startedMs).toBeLessThan(10_000);
        const other = theirs.kmeans[groups];
        const theirAssigned = [...(other?.assigned ?? '')].map(Number);
        expect(adjustedRand(assigned, theirAssigned)).toBeGreaterThanOrEqual(0.99);
        expect(inertia / (other?.inertia ?? 0)).toBeCloseTo(1, 4);
        expect(silhouetteOf(table.points, assigned, 7).mean).toBeCloseTo(other?.silhouette ?? 0, 3);
      }
      expect(persons).toHaveLength(theirs.customers);
      meansOf(table, [...persons.keys()]).forEach((mean, at) => {
        expect(mean / (theirs.means[at] ?? 0)).toBeCloseTo(1, 9);
      });
    },
    120_000,
  );

  withData(
    'who will come back are told apart by the questions that scikit-learn asks',
    async () => {
      const calls = await callsOf();
      const before = await onlineRetailPersons({ untilMs: CUT_MS }, calls);
      const after = new Map(
        (await onlineRetailPersons({ untilMs: END_MS }, calls)).map((one) => [one.personId, one.profile]),
      );
      const ordersOf = (profile: Readonly<Record<string, unknown>> | undefined) => Number(profile?.orderCount ?? 0);
      const buyers = before.filter(({ profile }) => ordersOf(profile) > 0);
      const labelled = buyers.map(({ personId, profile }) =>
        ordersOf(after.get(personId)) > ordersOf(profile) ? 1 : 0,
      );
      expect([buyers.length, labelled.filter((one) => one === 1).length]).toEqual([theirs.buyers, theirs.cameBack]);
      const { points } = tableOf(buyers, readFeatures(DEFAULT_FEATURES), { atMs: CUT_MS, standardise: false });
      for (const maxDepth of [2, 3, 4]) {
        const tree = growTree({ points, labelled }, { labels: 2, maxDepth, minPersons: 50 });
        const other = theirs.trees[maxDepth];
        expectSame(asWritten(tree), other?.tree ?? []);
        const right = points.filter((point, at) => labelOf(tree, point) === labelled[at]).length;
        expect(right / points.length).toBeCloseTo(other?.accuracy ?? 0, 9);
      }
    },
    120_000,
  );
});
