import { type ImageColumns, type KeyState, type PackedPart, UNKNOWN_DUE } from './packed-part.ts';

const FIRST_SLOTS = 1_024;
const EMPTY = -1;

const hashOf = (bytes: Uint8Array, from: number, to: number): number => {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  // FNV's low bits alone are poor.
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) | 0;
};

const slotsFor = (keys: number): number => 2 ** Math.max(10, Math.ceil(Math.log2(2 * keys)));

/** Of keys that all differ: their hashes alone say where they go. */
export const tableOf = (hashes: Int32Array, slots = slotsFor(hashes.length)): Int32Array => {
  const table = new Int32Array(slots).fill(EMPTY);
  const mask = slots - 1;
  for (let entry = 0; entry < hashes.length; entry += 1) {
    let slot = (hashes[entry] as number) & mask;
    while (table[slot] !== EMPTY) slot = (slot + 1) & mask;
    table[slot] = entry;
  }
  return table;
};

/** Keys are looked up from here; longer ones from a buffer of their own. */
const scratch = Buffer.alloc(4_096);

/**
 * Encoded states by key, as they lie in the parts of cuts: a table of numbers over them, no object per key, nothing
 * decoded, nothing copied. A million keys are there in a tenth of the time that a map of them takes.
 */
export class PackedStates implements ReadonlyMap<string, Uint8Array> {
  readonly #parts: PackedPart[] = [];
  /** Slot → entry. */
  #table: Int32Array = new Int32Array(FIRST_SLOTS).fill(EMPTY);
  /** Entry → hash of its key, part, and its place there. An entry that was taken stays, as gone. */
  #hashes: Int32Array = new Int32Array(FIRST_SLOTS);
  #partOf = new Int32Array(FIRST_SLOTS);
  #indexOf = new Int32Array(FIRST_SLOTS);
  #gone = new Uint8Array(FIRST_SLOTS);
  #entries = 0;
  #size = 0;
  /** A task asks for the same key several times in a row. */
  #lastKey: string | undefined;
  #lastEntry = EMPTY;
  #imageHeap: Int32Array | undefined;
  #sought: Uint8Array = scratch;

  /** Room for so many keys from the start saves growing. */
  constructor(expected = 0) {
    if (expected <= FIRST_SLOTS) return;
    this.#table = new Int32Array(slotsFor(expected)).fill(EMPTY);
    this.#growEntries(expected);
  }

  /** All keys of an image, used in place: nothing is hashed, compared or copied. */
  static ofImage(image: Omit<ImageColumns, 'heap'> & { readonly heap: Int32Array | undefined }): PackedStates {
    const { count } = image;
    const states = new PackedStates();
    states.#parts.push(image);
    // Added to in place: a copy, in one stretch.
    states.#table = image.table.slice();
    states.#hashes = image.hashes;
    states.#partOf = new Int32Array(count);
    states.#indexOf = new Int32Array(count);
    for (let entry = 0; entry < count; entry += 1) states.#indexOf[entry] = entry;
    states.#gone = new Uint8Array(count);
    states.#entries = count;
    states.#size = count;
    states.#imageHeap = image.heap;
    return states;
  }

  get size(): number {
    return this.#size;
  }

  /** A later part: its keys replace those that are there; one that holds nothing takes its key away. */
  add(part: PackedPart): void {
    const number = this.#parts.length;
    this.#parts.push(part);
    this.#lastKey = undefined;
    this.#imageHeap = undefined;
    const { keys, keyAt, stateAt, count } = part;
    this.#sought = keys;
    for (let index = 0; index < count; index += 1) {
      const at = keyAt[index] as number;
      const end = keyAt[index + 1] as number;
      const isEmpty = stateAt[index] === stateAt[index + 1];
      const hash = hashOf(keys, at, end);
      const slot = this.#slotOf(hash, at, end);
      const known = this.#table[slot] as number;
      if (known !== EMPTY) {
        if (this.#gone[known] === 0) this.#size -= 1;
        this.#partOf[known] = number;
        this.#indexOf[known] = index;
        this.#gone[known] = isEmpty ? 1 : 0;
        if (!isEmpty) this.#size += 1;
      } else if (!isEmpty) {
        const entry = this.#insert(slot, hash);
        this.#partOf[entry] = number;
        this.#indexOf[entry] = index;
      }
    }
  }

  get(key: string): Uint8Array | undefined {
    const entry = this.#find(key);
    return entry === EMPTY ? undefined : this.#stateOf(entry);
  }

  has(key: string): boolean {
    return this.#find(key) !== EMPTY;
  }

  /** Takes a key away and answers its state. */
  take(key: string): Uint8Array | undefined {
    const entry = this.#find(key);
    if (entry === EMPTY) return undefined;
    this.#gone[entry] = 1;
    this.#size -= 1;
    return this.#stateOf(entry);
  }

  clear(): void {
    this.#gone.fill(1);
    this.#size = 0;
  }

  /** Number of a key, also of one that was taken; -1 = it never was here. */
  entryOf(key: string): number {
    if (key === this.#lastKey) return this.#lastEntry;
    const room = key.length * 3;
    const bytes = room > scratch.length ? Buffer.from(key, 'utf8') : scratch;
    const end = bytes === scratch ? scratch.write(key, 0, 'utf8') : bytes.length;
    this.#sought = bytes;
    this.#lastKey = key;
    this.#lastEntry = this.#table[this.#slotOf(hashOf(bytes, 0, end), 0, end)] as number;
    return this.#lastEntry;
  }

  keyOf(entry: number): string {
    const part = this.#parts[this.#partOf[entry] as number] as PackedPart;
    const index = this.#indexOf[entry] as number;
    return part.keys.toString('utf8', part.keyAt[index], part.keyAt[index + 1]);
  }

  /** Where an entry lies. */
  placeOf(entry: number): { readonly part: PackedPart; readonly index: number } {
    return { part: this.#parts[this.#partOf[entry] as number] as PackedPart, index: this.#indexOf[entry] as number };
  }

  /** NaN = it has no timer. */
  dueOf(entry: number): number {
    const part = this.#parts[this.#partOf[entry] as number] as PackedPart;
    return part.dueAtMs[this.#indexOf[entry] as number] as number;
  }

  /** Keys whose time was not written beside them. */
  *unknownDues(): Generator<readonly [key: string, state: Uint8Array]> {
    // Only parts that older versions wrote hold any.
    if (!this.#parts.some(({ dueAtMs }) => dueAtMs.includes(UNKNOWN_DUE))) return;
    for (let entry = 0; entry < this.#entries; entry += 1) {
      if (this.#gone[entry] === 0 && this.dueOf(entry) === UNKNOWN_DUE) yield [this.keyOf(entry), this.#stateOf(entry)];
    }
  }

  /** Numbers of the keys that are here now. What they stand for does not change when they are taken away. */
  present(): Int32Array {
    const here = new Int32Array(this.#size);
    let count = 0;
    for (let entry = 0; entry < this.#entries; entry += 1) {
      if (this.#gone[entry] === 1) continue;
      here[count] = entry;
      count += 1;
    }
    return here;
  }

  /** The heap of an image to which nothing was added. */
  get imageHeap(): Int32Array | undefined {
    return this.#imageHeap;
  }

  /** Entries up to now, gone ones too. */
  get entryCount(): number {
    return this.#entries;
  }

  hashAt(entry: number): number {
    return this.#hashes[entry] as number;
  }

  /** What is here now; what is taken away afterwards still shows. */
  snapshot(): Iterable<KeyState> {
    const here = this.present();
    const states = this;
    return (function* () {
      for (const entry of here) yield states.#whole(entry);
    })();
  }

  *keys(): MapIterator<string> {
    for (let entry = 0; entry < this.#entries; entry += 1) if (this.#gone[entry] === 0) yield this.keyOf(entry);
  }

  *values(): MapIterator<Uint8Array> {
    for (let entry = 0; entry < this.#entries; entry += 1) if (this.#gone[entry] === 0) yield this.#stateOf(entry);
  }

  *entries(): MapIterator<[string, Uint8Array]> {
    for (let entry = 0; entry < this.#entries; entry += 1) {
      if (this.#gone[entry] === 0) yield [this.keyOf(entry), this.#stateOf(entry)];
    }
  }

  [Symbol.iterator](): MapIterator<[string, Uint8Array]> {
    return this.entries();
  }

  forEach(tell: (state: Uint8Array, key: string, states: ReadonlyMap<string, Uint8Array>) => void): void {
    for (const [key, state] of this) tell(state, key, this);
  }

  #whole(entry: number): KeyState {
    const dueAtMs = this.dueOf(entry);
    return {
      key: this.keyOf(entry),
      state: this.#stateOf(entry),
      dueAtMs: Number.isNaN(dueAtMs) ? undefined : dueAtMs,
    };
  }

  #stateOf(entry: number): Uint8Array {
    const part = this.#parts[this.#partOf[entry] as number] as PackedPart;
    const index = this.#indexOf[entry] as number;
    return part.states.subarray(part.stateAt[index], part.stateAt[index + 1]);
  }

  #find(key: string): number {
    if (this.#size === 0) return EMPTY;
    const entry = this.entryOf(key);
    return entry === EMPTY || this.#gone[entry] === 1 ? EMPTY : entry;
  }

  /** The slot of the key that lies at a place of `#sought`, or the one where it would stand. */
  #slotOf(hash: number, at: number, end: number): number {
    const table = this.#table;
    const hashes = this.#hashes;
    const mask = table.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = table[slot] as number;
      if (entry === EMPTY || (hashes[entry] === hash && this.#isKey(entry, at, end))) return slot;
    }
  }

  #isKey(entry: number, at: number, end: number): boolean {
    const bytes = this.#sought;
    const part = this.#parts[this.#partOf[entry] as number] as PackedPart;
    const index = this.#indexOf[entry] as number;
    const start = part.keyAt[index] as number;
    if ((part.keyAt[index + 1] as number) - start !== end - at) return false;
    for (let done = 0; at + done < end; done += 1) if (part.keys[start + done] !== bytes[at + done]) return false;
    return true;
  }

  #insert(slot: number, hash: number): number {
    const entry = this.#entries;
    if (entry === this.#partOf.length) this.#growEntries(2 * entry + FIRST_SLOTS);
    this.#hashes[entry] = hash;
    this.#gone[entry] = 0;
    this.#table[slot] = entry;
    this.#entries += 1;
    this.#size += 1;
    if (this.#entries * 2 > this.#table.length) this.#growTable();
    return entry;
  }

  #growEntries(length: number): void {
    const grown = <A extends Int32Array | Uint8Array>(bigger: A, before: A): A => {
      bigger.set(before);
      return bigger;
    };
    this.#hashes = grown<Int32Array>(new Int32Array(length), this.#hashes);
    this.#partOf = grown(new Int32Array(length), this.#partOf);
    this.#indexOf = grown(new Int32Array(length), this.#indexOf);
    this.#gone = grown(new Uint8Array(length), this.#gone);
  }

  #growTable(): void {
    this.#table = tableOf(this.#hashes.subarray(0, this.#entries), this.#table.length * 4);
  }
}
