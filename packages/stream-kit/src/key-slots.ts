/** Small numbers for keys, so that what is known of a key can stand in typed arrays. A number that is given back is used again. */
export class KeySlots {
  readonly #slots = new Map<string, number>();
  readonly #keys: string[] = [];
  readonly #free: number[] = [];

  /** The slot of a key; -1 when it has none. */
  find(key: string): number {
    return this.#slots.get(key) ?? -1;
  }

  /** The slot of a key, a new one when it has none. */
  take(key: string): number {
    const known = this.#slots.get(key);
    if (known !== undefined) return known;
    const slot = this.#free.pop() ?? this.#keys.length;
    this.#keys[slot] = key;
    this.#slots.set(key, slot);
    return slot;
  }

  keyAt(slot: number): string {
    return this.#keys[slot] as string;
  }

  /** Gives a slot back. Nothing may be known of its key any more. */
  release(slot: number): void {
    this.#slots.delete(this.keyAt(slot));
    this.#keys[slot] = '';
    this.#free.push(slot);
  }

  /** Slots that are in use. */
  get size(): number {
    return this.#slots.size;
  }

  /** All slots are below it. */
  get end(): number {
    return this.#keys.length;
  }

  clear(): void {
    this.#slots.clear();
    this.#keys.length = 0;
    this.#free.length = 0;
  }
}

/** A longer array with the same beginning. */
export const grown = <A extends Float64Array | Int32Array | Uint32Array | Uint8Array>(
  array: A,
  make: (length: number) => A,
): A => {
  const longer = make(array.length * 2);
  longer.set(array);
  return longer;
};
