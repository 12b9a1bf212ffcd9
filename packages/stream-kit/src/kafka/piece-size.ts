/** So many records at most are dealt with in one piece; only these become objects. */
export const MOST_RECORDS = 1_000;
const FEWEST_RECORDS = 50;
/** A piece is committed as a whole, and in its partition's turn nobody else is served. */
const WANTED_MS = 200;

/**
 * How many records one piece may have, by how long the last ones took. A process that has just started is slow, often a
 * hundred times (its code is not compiled yet, and its machine is busy with a restart): with pieces of full size its
 * partitions seem to stand still for seconds.
 */
export class PieceSize {
  #records = FEWEST_RECORDS;

  get records(): number {
    return this.#records;
  }

  /** So many were dealt with at a cost by the record. */
  took(records: number, ms: number): void {
    if (records === 0) return;
    const fitting = Math.floor((records * WANTED_MS) / Math.max(ms, 1));
    // Not at once: a small piece tells little, and one that waited for something else tells too much.
    const next = Math.min(Math.max(fitting, this.#records / 2), this.#records * 2);
    this.#records = Math.round(Math.min(MOST_RECORDS, Math.max(FEWEST_RECORDS, next)));
  }

  /** The cost is by the piece, as of a transaction: the larger the better. */
  full(): void {
    this.#records = MOST_RECORDS;
  }
}
