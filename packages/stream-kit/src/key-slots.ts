const FIRST_SLOTS = 1_024;
const FIRST_BYTES = 16_384;
/** Of a slot that is given back. */
const FREE = -1;

/**
 * Small numbers for keys, so that what is known of a key can stand in typed arrays. A number that is given back is used again.
 * The keys lie one behind the other as bytes, beside a table of their hashes: a map of strings takes five times the memory, and
 * every string in it is work for the garbage collector.
 */
export class KeySlots {
  /** Hash and slot + 1 in turns; 0 = nobody. At most half full, probed one after the other. */
  #table = new Int32Array(4 * FIRST_SLOTS);
  /** By slot: where the key lies, and twice its length in code units, one more where they take two bytes each. */
  #keyAt = new Uint32Array(FIRST_SLOTS);
  #keyForm = new Int32Array(FIRST_SLOTS).fill(FREE);
  #keys: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #used = 0;
  /** Bytes of keys that were given back. */
  #dead = 0;
  #free: number[] = [];
  #end = 0;
  #size = 0;

  /** The slot of a key; -1 when it has none. */
  find(key: string): number {
    return this.#seek(key, hashOf(key));
  }

  /** The slot of a key, a new one when it has none. */
  take(key: string): number {
    const hash = hashOf(key);
    const known = this.#seek(key, hash);
    if (known >= 0) return known;
    const slot = this.#free.pop() ?? this.#end;
    if (slot === this.#end) this.#end += 1;
    while (slot >= this.#keyAt.length) this.#growSlots();
    this.#store(slot, key);
    this.#size += 1;
    if (4 * this.#size > this.#table.length) this.#growTable();
    this.#insert(hash, slot);
    return slot;
  }

  keyAt(slot: number): string {
    const form = this.#keyForm[slot] as number;
    const at = this.#keyAt[slot] as number;
    const length = form >> 1;
    return (form & 1) === 0
      ? this.#keys.toString('latin1', at, at + length)
      : this.#keys.toString('utf16le', at, at + 2 * length);
  }

  /** Whether the key of a slot comes before that of another, as strings are compared. */
  isBefore(a: number, b: number): boolean {
    const [formA, formB] = [this.#keyForm[a] as number, this.#keyForm[b] as number];
    if (((formA | formB) & 1) === 1) return this.keyAt(a) < this.keyAt(b);
    const [lengthA, lengthB] = [formA >> 1, formB >> 1];
    const [atA, atB] = [this.#keyAt[a] as number, this.#keyAt[b] as number];
    for (let index = 0; index < lengthA && index < lengthB; index += 1) {
      const difference = (this.#keys[atA + index] as number) - (this.#keys[atB + index] as number);
      if (difference !== 0) return difference < 0;
    }
    return lengthA < lengthB;
  }

  /** Gives a slot back. Nothing may be known of its key any more. */
  release(slot: number): void {
    const key = this.keyAt(slot);
    this.#remove(hashOf(key), slot);
    this.#dead += bytesOf(this.#keyForm[slot] as number);
    this.#keyForm[slot] = FREE;
    this.#free.push(slot);
    this.#size -= 1;
    if (this.#dead > FIRST_BYTES && 2 * this.#dead > this.#used) this.#tidy();
  }

  /** Slots that are in use. */
  get size(): number {
    return this.#size;
  }

  /** All slots are below it. */
  get end(): number {
    return this.#end;
  }

  clear(): void {
    this.#table.fill(0);
    this.#keyForm.fill(FREE);
    this.#free = [];
    this.#used = 0;
    this.#dead = 0;
    this.#end = 0;
    this.#size = 0;
  }

  #seek(key: string, hash: number): number {
    const table = this.#table;
    const mask = table.length - 1;
    for (let at = (hash << 1) & mask; table[at + 1] !== 0; at = (at + 2) & mask) {
      if (table[at] !== hash) continue;
      const slot = (table[at + 1] as number) - 1;
      if (this.#isKey(slot, key)) return slot;
    }
    return -1;
  }

  #isKey(slot: number, key: string): boolean {
    const { length } = key;
    const form = this.#keyForm[slot] as number;
    if (form >> 1 !== length) return false;
    if ((form & 1) === 1) return this.keyAt(slot) === key;
    const keys = this.#keys;
    const at = this.#keyAt[slot] as number;
    for (let index = 0; index < length; index += 1) if (keys[at + index] !== key.charCodeAt(index)) return false;
    return true;
  }

  #store(slot: number, key: string): void {
    const isWide = hasWide(key);
    const form = 2 * key.length + (isWide ? 1 : 0);
    const bytes = bytesOf(form);
    if (this.#used + bytes > this.#keys.length) this.#tidy(bytes);
    if (isWide) this.#keys.write(key, this.#used, 'utf16le');
    else for (let index = 0; index < bytes; index += 1) this.#keys[this.#used + index] = key.charCodeAt(index);
    this.#keyAt[slot] = this.#used;
    this.#keyForm[slot] = form;
    this.#used += bytes;
  }

  #insert(hash: number, slot: number): void {
    const table = this.#table;
    const mask = table.length - 1;
    let at = (hash << 1) & mask;
    while (table[at + 1] !== 0) at = (at + 2) & mask;
    table[at] = hash;
    table[at + 1] = slot + 1;
  }

  /** Those behind it move up, so that nobody is looked for across a hole. */
  #remove(hash: number, slot: number): void {
    const table = this.#table;
    const mask = table.length - 1;
    let hole = (hash << 1) & mask;
    while (table[hole + 1] !== slot + 1) hole = (hole + 2) & mask;
    for (let at = (hole + 2) & mask; table[at + 1] !== 0; at = (at + 2) & mask) {
      const home = ((table[at] as number) << 1) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      table[hole] = table[at] as number;
      table[hole + 1] = table[at + 1] as number;
      hole = at;
    }
    table[hole + 1] = 0;
  }

  #growSlots(): void {
    const { length } = this.#keyAt;
    this.#keyAt = grown(this.#keyAt, (longer) => new Uint32Array(longer));
    this.#keyForm = grown(this.#keyForm, (longer) => new Int32Array(longer));
    this.#keyForm.fill(FREE, length);
  }

  #growTable(): void {
    const before = this.#table;
    this.#table = new Int32Array(2 * before.length);
    for (let at = 0; at < before.length; at += 2) {
      const slot = (before[at + 1] as number) - 1;
      if (slot >= 0) this.#insert(before[at] as number, slot);
    }
  }

  /** The keys that are in use, closed up, with room for as many bytes again and more. */
  #tidy(more = 0): void {
    const before = this.#keys;
    const live = this.#used - this.#dead;
    this.#keys = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, 2 * (live + more)));
    this.#used = 0;
    this.#dead = 0;
    for (let slot = 0; slot < this.#end; slot += 1) {
      const form = this.#keyForm[slot] as number;
      if (form === FREE) continue;
      const at = this.#keyAt[slot] as number;
      this.#keyAt[slot] = this.#used;
      this.#used += before.copy(this.#keys, this.#used, at, at + bytesOf(form));
    }
  }
}

const bytesOf = (form: number): number => (form & 1) * (form >> 1) + (form >> 1);

const hasWide = (key: string): boolean => {
  for (let index = 0; index < key.length; index += 1) if (key.charCodeAt(index) > 0xff) return true;
  return false;
};

/** A person's key is looked up by several stages, one after the other. */
let lastKey = '';
let lastHash = 0;

const hashOf = (key: string): number => {
  if (key === lastKey && key !== '') return lastHash;
  lastHash = freshHashOf(key);
  lastKey = key;
  return lastHash;
};

const freshHashOf = (key: string): number => {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  // FNV's low bits alone are poor.
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) | 0;
};

/** A longer array with the same beginning. */
export const grown = <A extends Float64Array | Int32Array | Uint32Array | Uint8Array>(
  array: A,
  make: (length: number) => A,
): A => {
  const longer = make(array.length * 2);
  longer.set(array);
  return longer;
};
