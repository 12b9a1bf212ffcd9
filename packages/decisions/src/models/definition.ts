import type { Common } from '../definition-parts.ts';

/** One number that a model looks at, and how it is put on the model's scale. */
export interface ModelFeature {
  readonly name: string;
  /** The value itself, or how many days ago the time lies that it says. */
  readonly reads: 'value' | 'daysSince';
  /** Below `profile`: `['netValue']`, `['counters', 'Product Viewed']`. */
  readonly path: readonly string[];
  /** Stands in where the profile has no number there; before the logarithm. */
  readonly whenMissing: number;
  /** Whether sign(x) · ln(1 + |x|) is taken, which keeps a few large ones from deciding alone. */
  readonly log: boolean;
  /** What is subtracted, after the logarithm. */
  readonly mean: number;
  /** What it is divided by then. */
  readonly sd: number;
}

/** Persons who are alike. Its id is a segment like any other. */
export interface ModelGroup {
  readonly id: string;
  readonly description: string;
}

export type ModelTree =
  | {
      readonly feature: string;
      /** Who is below goes the one way, who is not the other. */
      readonly below: number;
      readonly ifBelow: ModelTree;
      readonly otherwise: ModelTree;
    }
  | { readonly group: string };

/** What the training told; nothing is decided by it. */
export interface ModelTraining {
  readonly atMs: number;
  readonly persons: number;
  readonly seed: number;
  /** Mean silhouette of k-means, accuracy on persons that the tree had not seen. */
  readonly quality: number;
}

/** Segments that were learned: every person is in one group, or in none where `where` does not hold. */
export type ModelDefinition = Common & {
  readonly kind: 'Model';
  /** Condition over `profile`: who is grouped; null = everybody. */
  readonly where: string | null;
  readonly features: readonly ModelFeature[];
  /** In order; of two centres that are equally near the first counts. */
  readonly groups: readonly ModelGroup[];
  readonly trained: ModelTraining | null;
} & (
    | {
        readonly method: 'kmeans';
        /** One per group, one number per feature. */
        readonly centres: readonly (readonly number[])[];
      }
    | { readonly method: 'tree'; readonly tree: ModelTree }
  );
