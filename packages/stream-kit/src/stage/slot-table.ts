import { uncounted } from './uncounted.ts';

export const EMPTY = -1;

/** A table from hashes to entries with room for so many: it is at most half full. */
export const newTable = (entries: number): Int32Array =>
  new Int32Array(uncounted(4 * 2 ** Math.max(10, Math.ceil(Math.log2(2 * entries))))).fill(EMPTY);

/** Puts an entry into the table whose key is not in it. */
export const putEntry = (table: Int32Array, hashes: Int32Array, entry: number): void => {
  const mask = table.length - 1;
  let slot = (hashes[entry] as number) & mask;
  while (table[slot] !== EMPTY) slot = (slot + 1) & mask;
  table[slot] = entry;
};
