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

/** Of the entries of parts that lie one behind the other. */
export const packedDuesOf = (gone: Uint8Array, parts: readonly PackedPart[]): PackedDues => {
  const timerless = copyOf(gone);
  const dues = new Float64Array(parts.reduce((most, { count }) => Math.max(most, count), 0));
  let timers = 0;
  let earliest = -1;
  let earliestMs = Number.POSITIVE_INFINITY;
  let first = 0;
  for (const part of parts) {
    part.duesInto(dues);
    const ofPart = timersOf(dues, timerless.subarray(first, first + part.count));
    timers += ofPart.timers;
    if (ofPart.timers > 0 && (dues[ofPart.earliest] as number) < earliestMs) {
      earliestMs = dues[ofPart.earliest] as number;
      earliest = first + ofPart.earliest;
    }
    first += part.count;
  }
  return { timerless, timers, earliest };
};

/** Of one part, which is a function of its own: by the second part it is compiled. */
const timersOf = (dues: Float64Array, timerless: Uint8Array): Omit<PackedDues, 'timerless'> => {
  let timers = 0;
  let earliest = -1;
  let earliestMs = Number.POSITIVE_INFINITY;
  for (let index = 0; index < timerless.length; index += 1) {
    if (timerless[index] === 1) continue;
    const dueAtMs = dues[index] as number;
    // Only a number is above it.
    if (!(dueAtMs > UNKNOWN_DUE)) {
      timerless[index] = 1;
      continue;
    }
    timers += 1;
    if (dueAtMs >= earliestMs) continue;
    earliestMs = dueAtMs;
    earliest = index;
  }
  return { timers, earliest };
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
    const { gone, parts } = this.columns;
    this.#packedDues ??= packedDuesOf(gone, parts);
    return this.#packedDues;
  }
}
