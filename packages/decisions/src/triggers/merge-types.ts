import type { CompiledPlaybook, CompiledTrigger } from '../compile-types.ts';
import type { TriggerState } from './state.ts';

/** Where in the log of a person the state of an old one arrives. */
export interface MergeAt {
  /** The person that it is now. */
  readonly personId: string;
  readonly playbook: CompiledPlaybook | undefined;
  /** Watermark, UTC ms; -1 before there is time. */
  readonly timeMs: number;
  /** Log time of the link, UTC ms. */
  readonly linkedAtMs: number;
  /** Projection and segments after the merge. */
  readonly profile: string;
  readonly segments: readonly string[];
}

/** Two states of one trigger that belong to one person. Both sides are treated alike, whoever moved to whom. */
export interface Pair {
  readonly into: TriggerState;
  readonly from: TriggerState;
  /** Undefined when it is not live. */
  readonly trigger: CompiledTrigger | undefined;
  readonly at: MergeAt;
}
