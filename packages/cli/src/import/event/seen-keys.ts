/** How many keys one generation holds; two are kept. */
const GENERATION = 500_000;

/**
 * Whether a message id came before, among the last half to one million: a second row with the same key would be dropped
 * by the house without a word. Holds numbers instead of texts, and so at most about 50 MB.
 */
export class SeenKeys {
  readonly #size: number;
  #young = new Set<number>();
  #old = new Set<number>();

  constructor(size: number = GENERATION) {
    this.#size = size;
  }

  /** True where the id is new. */
  add(messageId: string): boolean {
    const key = numberOf(messageId);
    if (this.#young.has(key) || this.#old.has(key)) return false;
    if (this.#young.size >= this.#size) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(key);
    return true;
  }
}

/** 52 bits of the hash at the end of the id. */
const numberOf = (messageId: string): number => {
  const hash = messageId.slice(-36).replaceAll('-', '');
  return Number.parseInt(hash.slice(0, 12) + hash.slice(-1), 16);
};
