import type { TaskMeta } from '../task-meta.ts';
import type { PackedImage } from './packed-image.ts';
import type { PackedStates } from './packed-states.ts';

/** What a changelog partition says of a task. */
export interface Restored {
  /** Encoded state per key; keys that hold nothing are left out. */
  readonly states: PackedStates;
  /** Undefined when no cut counts: the task begins at the start of its input. */
  readonly meta: TaskMeta | undefined;
  /** Up to here the state is known; the next cut covers changes from here. */
  readonly toOffset: number;
  /** Every record that stands in the changelog, with its `to`: what a merge may delete. */
  readonly known: ReadonlyMap<string, Known>;
  /** Complete cuts since (and with) the last one of all keys. */
  readonly cuts: number;
  readonly bytes: number;
  /** Of these, what the last cut of all keys takes. */
  readonly fullBytes: number;
}

export interface Known {
  readonly toOffset: number;
  readonly bytes: number;
}

/** A record that stands in the changelog. */
export interface KnownRecord {
  readonly key: string;
  readonly toOffset: number;
  readonly bytes: number;
}

/**
 * What a changelog says up to some place, for a start on the same machine: its parts as they lie there, and what a start
 * makes of them. It stands for a cut of all keys and for the records that led to it.
 */
export interface StateImage {
  /** As in a cut's end. */
  readonly meta: string;
  readonly toOffset: number;
  readonly known: readonly KnownRecord[];
  /** See `Restored`. */
  readonly cuts: number;
  readonly fullBytes: number;
  readonly packed: PackedImage;
}
