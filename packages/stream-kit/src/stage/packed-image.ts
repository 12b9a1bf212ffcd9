import type { PackedPart } from './packed-part.ts';
import { timersOf } from './part-timers.ts';

/** What the timers of packed states begin with. */
export interface PackedDues {
  /** By entry: 1 = it has no timer, or is not here. */
  readonly timerless: Uint8Array;
  /** Entries that have one. */
  readonly timers: number;
  /** The entry whose timer is due first; -1 = there is none. */
  readonly earliest: number;
}

/** Not `slice`: that of a buffer is a view. */
export const copyOf = (flags: Uint8Array): Uint8Array => new Uint8Array(flags);

/** Of the entries of parts that lie one behind the other, and how many of each are here. */
export const packedDuesOf = (gone: Uint8Array, parts: readonly PackedPart[], alive: readonly number[]): PackedDues => {
  const timerless = copyOf(gone);
  let timers = 0;
  let earliest = -1;
  let earliestMs = Number.POSITIVE_INFINITY;
  let first = 0;
  for (const [number, part] of parts.entries()) {
    const { count } = part;
    const isWhole = alive[number] === count && part.timers.count === count;
    const of = isWhole ? part.timers : timersOf(part, timerless.subarray(first, first + count));
    timers += of.count;
    if (of.earliestMs < earliestMs) {
      earliestMs = of.earliestMs;
      earliest = first + of.earliest;
    }
    first += count;
  }
  return { timerless, timers, earliest };
};

/**
 * Parts, which of their keys count, and all that a start makes of them: it is used in place, and nothing of it is changed.
 */
export interface PackedColumns {
  readonly parts: readonly PackedPart[];
  /** Part → entries in it that are here. */
  readonly alive: readonly number[];
  /** By entry: 1 = it holds nothing, or a later part has its key. */
  readonly gone: Uint8Array;
  readonly hashes: Int32Array;
  /** Slot → entry; -1 = none. */
  readonly table: Int32Array;
}

export class PackedImage {
  readonly columns: PackedColumns;
  #packedDues: PackedDues | undefined;

  constructor(columns: PackedColumns, packedDues?: PackedDues) {
    this.columns = columns;
    this.#packedDues = packedDues;
  }

  /** Computed when it is asked for: who makes an image need not wait for it. */
  get packedDues(): PackedDues {
    const { gone, parts, alive } = this.columns;
    this.#packedDues ??= packedDuesOf(gone, parts, alive);
    return this.#packedDues;
  }
}
