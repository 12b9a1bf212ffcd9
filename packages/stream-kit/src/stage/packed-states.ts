import { hashOf } from './key-hash.ts';
import { type Column, type KeyState, type PackedPart, UNKNOWN_DUE } from './packed-part.ts';
import { PackedParts, stretchAt, textAt } from './packed-parts.ts';

const FIRST_SLOTS = 1_024;
const EMPTY = -1;

const slotsFor = (keys: number): number => 2 ** Math.max(10, Math.ceil(Math.log2(2 * keys)));

/** Keys are looked up from here; longer ones from a buffer of their own. */
const scratch = Buffer.alloc(4_096);

/** Parts, and which of their keys count: what became of them when they were added one after the other. */
export interface PackedImage {
  readonly parts: readonly PackedPart[];
  /** By place in the parts: 1 = it holds nothing, or a later part has it. */
  readonly gone: Uint8Array;
}

/**
 * Encoded states by key, as they lie in the parts of cuts: a table of numbers over hashes, no object per key, nothing
 * decoded, and nothing inflated before somebody asks for a key. Each place in a part is an entry with a number, in the
 * order of the parts; of a key that comes again the last one counts, the others are gone.
 */
export class PackedStates implements ReadonlyMap<string, Uint8Array> {
  readonly #parts = new PackedParts();
  /** Part → entries in it that are here. */
  readonly #alive: number[] = [];
  /** Slot → entry. */
  #table = new Int32Array(FIRST_SLOTS).fill(EMPTY);
  /** By entry. */
  #hashes = new Int32Array(0);
  #dues = new Float64Array(0);
  #gone = new Uint8Array(0);
  #size = 0;
  /** A task asks for the same key several times in a row. */
  #lastKey: string | undefined;
  #lastEntry = EMPTY;

  /** Room for so many entries from the start saves growing. */
  constructor(expected = 0) {
    this.#makeRoom(expected);
  }

  /** The parts of an image, nothing of which is compared, with room for more. */
  static ofImage({ parts, gone }: PackedImage, more = 0): PackedStates {
    const states = new PackedStates(gone.length + more);
    for (const part of parts) states.#append(part);
    states.#gone.set(gone);
    for (let number = 0; number < parts.length; number += 1) states.#addNew(number);
    return states;
  }

  /** As it is now; parts of which nothing is left are left out. */
  image(): PackedImage {
    const parts: PackedPart[] = [];
    const gone: Uint8Array[] = [];
    for (const [number, part] of this.#parts.all.entries()) {
      if (this.#alive[number] === 0) continue;
      const first = this.#parts.firstOf(number);
      parts.push(part);
      gone.push(this.#gone.subarray(first, first + part.count));
    }
    return { parts, gone: Buffer.concat(gone) };
  }

  get size(): number {
    return this.#size;
  }

  /** A later part: its keys replace those that are there; one that holds nothing takes its key away. */
  add(part: PackedPart): void {
    this.#lastKey = undefined;
    const first = this.#parts.entries;
    const end = first + part.count;
    this.#makeRoom(end);
    const number = this.#append(part);
    const [table, hashes, gone] = [this.#table, this.#hashes, this.#gone];
    const mask = table.length - 1;
    let here = 0;
    for (let entry = first; entry < end; entry += 1) {
      const hash = hashes[entry] as number;
      let slot = hash & mask;
      for (let known = table[slot] as number; known !== EMPTY; known = table[slot] as number) {
        if (hashes[known] === hash && this.#parts.haveSameKey(known, entry)) {
          this.#loseEntry(known);
          break;
        }
        slot = (slot + 1) & mask;
      }
      table[slot] = entry;
      if (part.isEmpty(entry - first)) gone[entry] = 1;
      else here += 1;
    }
    this.#alive[number] = (this.#alive[number] as number) + here;
    this.#size += here;
  }

  get(key: string): Uint8Array | undefined {
    const entry = this.#find(key);
    return entry === EMPTY ? undefined : this.#parts.stateOf(entry);
  }

  has(key: string): boolean {
    return this.#find(key) !== EMPTY;
  }

  /** Takes a key away and answers its state. */
  take(key: string): Uint8Array | undefined {
    const entry = this.#find(key);
    if (entry === EMPTY) return undefined;
    const state = this.#parts.stateOf(entry);
    this.#loseEntry(entry);
    return state;
  }

  clear(): void {
    this.#gone.fill(1);
    this.#alive.fill(0);
    for (const part of this.#parts.all) part.forgetStates();
    this.#size = 0;
  }

  /** Number of a key, also of one that was taken; -1 = it never was here. */
  entryOf(key: string): number {
    if (key === this.#lastKey) return this.#lastEntry;
    const room = key.length * 3;
    const bytes = room > scratch.length ? Buffer.from(key, 'utf8') : scratch;
    const length = bytes === scratch ? scratch.write(key, 0, 'utf8') : bytes.length;
    const hash = hashOf(bytes, 0, length);
    const mask = this.#table.length - 1;
    let slot = hash & mask;
    let entry = this.#table[slot] as number;
    while (entry !== EMPTY && !(this.#hashes[entry] === hash && this.#parts.isKey(entry, bytes, length))) {
      slot = (slot + 1) & mask;
      entry = this.#table[slot] as number;
    }
    this.#lastKey = key;
    this.#lastEntry = entry;
    return entry;
  }

  keyOf(entry: number): string {
    return this.#parts.keyOf(entry);
  }

  /** As strings are compared. */
  isKeyBefore(a: number, b: number): boolean {
    return this.#parts.isKeyBefore(a, b);
  }

  /** NaN = it has no timer. */
  dueOf(entry: number): number {
    return this.#dues[entry] as number;
  }

  /** Keys whose time was not written beside them. */
  *unknownDues(): Generator<readonly [key: string, state: Uint8Array]> {
    // Only parts that older versions wrote hold any.
    if (!this.#dues.includes(UNKNOWN_DUE)) return;
    for (const { key, state, dueAtMs } of this.snapshot()) if (dueAtMs === UNKNOWN_DUE) yield [key, state];
  }

  /** By entry: 1 = it has no timer, or is not here. */
  timerless(): Uint8Array {
    const [gone, dues] = [this.#gone, this.#dues];
    const without = gone.slice(0, this.#parts.entries);
    for (let entry = 0; entry < without.length; entry += 1) {
      // Only a number is above it.
      if (!((dues[entry] as number) > UNKNOWN_DUE)) without[entry] = 1;
    }
    return without;
  }

  /** What is here now; what is taken away afterwards still shows. Nothing is kept inflated for it. */
  snapshot(): Iterable<KeyState> {
    const gone = this.#gone.slice(0, this.#parts.entries);
    const states = this;
    return (function* () {
      for (const [number, part] of states.#parts.all.entries()) {
        yield* states.#of(part, states.#parts.firstOf(number), gone);
      }
    })();
  }

  *keys(): MapIterator<string> {
    for (const { key } of this.snapshot()) yield key;
  }

  *values(): MapIterator<Uint8Array> {
    for (const { state } of this.snapshot()) yield state;
  }

  *entries(): MapIterator<[string, Uint8Array]> {
    for (const { key, state } of this.snapshot()) yield [key, state];
  }

  [Symbol.iterator](): MapIterator<[string, Uint8Array]> {
    return this.entries();
  }

  forEach(tell: (state: Uint8Array, key: string, states: ReadonlyMap<string, Uint8Array>) => void): void {
    for (const [key, state] of this) tell(state, key, this);
  }

  *#of(part: PackedPart, first: number, gone: Uint8Array): Generator<KeyState> {
    let open: { readonly keys: Column; readonly states: Column } | undefined;
    for (let index = 0; index < part.count; index += 1) {
      if (gone[first + index] === 1) continue;
      open ??= part.glance();
      const dueAtMs = this.#dues[first + index] as number;
      yield {
        key: textAt(open.keys, index),
        state: stretchAt(open.states, index),
        dueAtMs: Number.isNaN(dueAtMs) ? undefined : dueAtMs,
      };
    }
  }

  #append(part: PackedPart): number {
    const first = this.#parts.entries;
    part.hashesInto(this.#hashes, first);
    part.duesInto(this.#dues, first);
    this.#parts.push(part);
    return this.#alive.push(0) - 1;
  }

  /** The entries of a part that are here, none of whose keys is here already. */
  #addNew(number: number): void {
    const [table, hashes, gone] = [this.#table, this.#hashes, this.#gone];
    const first = this.#parts.firstOf(number);
    const end = first + (this.#parts.all[number]?.count ?? 0);
    const mask = table.length - 1;
    let here = 0;
    for (let entry = first; entry < end; entry += 1) {
      if (gone[entry] === 1) continue;
      let slot = (hashes[entry] as number) & mask;
      while (table[slot] !== EMPTY) slot = (slot + 1) & mask;
      table[slot] = entry;
      here += 1;
    }
    this.#alive[number] = here;
    this.#size += here;
  }

  #loseEntry(entry: number): void {
    if (this.#gone[entry] === 1) return;
    this.#gone[entry] = 1;
    this.#size -= 1;
    const number = this.#parts.numberOf(entry);
    const left = (this.#alive[number] as number) - 1;
    this.#alive[number] = left;
    if (left === 0) this.#parts.all[number]?.forgetStates();
  }

  #find(key: string): number {
    if (this.#size === 0) return EMPTY;
    const entry = this.entryOf(key);
    return entry === EMPTY || this.#gone[entry] === 1 ? EMPTY : entry;
  }

  /** The table is at most half full. */
  #makeRoom(entries: number): void {
    if (entries > this.#hashes.length) {
      const length = this.#hashes.length === 0 ? entries : 2 * entries;
      const [hashes, dues, gone] = [this.#hashes, this.#dues, this.#gone];
      this.#hashes = new Int32Array(length);
      this.#hashes.set(hashes);
      this.#dues = new Float64Array(length);
      this.#dues.set(dues);
      this.#gone = new Uint8Array(length);
      this.#gone.set(gone);
    }
    if (2 * entries <= this.#table.length) return;
    const before = this.#table;
    const table = new Int32Array(slotsFor(this.#hashes.length)).fill(EMPTY);
    const mask = table.length - 1;
    for (const entry of before) {
      if (entry === EMPTY) continue;
      let slot = (this.#hashes[entry] as number) & mask;
      while (table[slot] !== EMPTY) slot = (slot + 1) & mask;
      table[slot] = entry;
    }
    this.#table = table;
  }
}
