import { type PackedPart, UNKNOWN_DUE } from './packed-part.ts';

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

export const packedDuesOf = (gone: Uint8Array, dues: Float64Array): PackedDues => {
  const timerless = copyOf(gone);
  let timers = 0;
  let earliest = -1;
  let earliestMs = Number.POSITIVE_INFINITY;
  for (let entry = 0; entry < timerless.length; entry += 1) {
    const dueAtMs = dues[entry] as number;
    if (timerless[entry] === 1) continue;
    // Only a number is above it.
    if (!(dueAtMs > UNKNOWN_DUE)) {
      timerless[entry] = 1;
      continue;
    }
    timers += 1;
    if (dueAtMs >= earliestMs) continue;
    earliestMs = dueAtMs;
    earliest = entry;
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
  readonly dues: Float64Array;
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
    const { gone, dues } = this.columns;
    this.#packedDues ??= packedDuesOf(gone, dues);
    return this.#packedDues;
  }
}
