/** What the console's server answers about segments, in the browser's words. */
export type LearnedTree =
  | { readonly group: string }
  | {
      readonly feature: string;
      readonly below: number;
      readonly ifBelow: LearnedTree;
      readonly otherwise: LearnedTree;
    };

export interface LearnedModel {
  readonly id: string;
  readonly features: readonly { readonly name: string }[];
  readonly groups: readonly { readonly id: string; readonly description: string; readonly persons: number }[];
  readonly centres?: readonly (readonly number[])[];
  readonly tree?: LearnedTree;
  readonly trained: { readonly persons: number; readonly quality: number } | null;
}

export interface ShownSegment {
  readonly kind: 'Segment' | 'Model';
  readonly id: string;
  readonly status: string;
  readonly owner: string;
  readonly description: string;
  readonly sentence: string;
  readonly persons: number;
  readonly model: LearnedModel | null;
}

export interface ShareRow {
  /** Null = everybody; empty = in none, or not known. */
  readonly value: string | null;
  readonly started: number;
  readonly sent: number;
  readonly clicked: number;
  readonly dropped: number;
  readonly goals: number;
}
