import { uncounted } from './uncounted.ts';

export const EMPTY = -1;

/** A table from hashes to entries with room for so many: it is at most half full. */
export const newTable = (entries: number): Int32Array =>
  new Int32Array(uncounted(4 * 2 ** Math.max(10, Math.ceil(Math.log2(2 * entries))))).fill(EMPTY);

/** Entries from `first` to `end`, of which those from `before` on are known to differ. */
export interface NewEntries {
  readonly first: number;
  readonly end: number;
  readonly before: number;
  /** Asked of one from before with the same hash: whether it has the same key, so that the new one takes its place. */
  replaces(known: number, entry: number): boolean;
}

/**
 * Puts entries into the table. A function of its own, and small: a start runs it while it is not compiled yet.
 */
export const putEntries = (
  table: Int32Array,
  hashes: Int32Array,
  { first, end, before, replaces }: NewEntries,
): void => {
  const mask = table.length - 1;
  for (let entry = first; entry < end; entry += 1) {
    const hash = hashes[entry] as number;
    let slot = hash & mask;
    for (let known = table[slot] as number; known !== EMPTY; known = table[slot] as number) {
      if (known < before && hashes[known] === hash && replaces(known, entry)) break;
      slot = (slot + 1) & mask;
    }
    table[slot] = entry;
  }
};

/** Puts an entry into the table whose key is not in it. */
export const putEntry = (table: Int32Array, hashes: Int32Array, entry: number): void => {
  const mask = table.length - 1;
  let slot = (hashes[entry] as number) & mask;
  while (table[slot] !== EMPTY) slot = (slot + 1) & mask;
  table[slot] = entry;
};
