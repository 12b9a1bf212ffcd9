import type { UnversionedModel } from '@kairos/playbook';
import type { AskedFeature } from './feature-text.ts';

export interface FitOptions {
  readonly kind: 'kmeans' | 'tree';
  readonly id: string;
  readonly features: readonly AskedFeature[];
  readonly where: string | null;
  /** How many groups k-means makes. */
  readonly groups: number;
  /** What a tree learns to tell: `profile.traits.plan`, or `segment:high-value`. */
  readonly label: string | null;
  readonly depth: number;
  readonly seed: number;
  /** The moment from which days count back, UTC ms. */
  readonly atMs: number;
}

/** What training gave: a definition without its place in a playbook, and how good it is. */
export interface Fitted {
  readonly model: UnversionedModel;
  /** How the quality was measured, as a sentence. */
  readonly quality: string;
}
