import { hashOf } from './key-hash.ts';
import { copyOf, type PackedDues, PackedImage, packedDuesOf } from './packed-image.ts';
import type { Column, PackedPart } from './packed-part.ts';
import { PackedParts, stretchAt, textAt } from './packed-parts.ts';
import type { KeyState } from './part-form.ts';
import { UNKNOWN_DUE } from './part-timers.ts';
import { EMPTY, newTable, putEntries, putEntry } from './slot-table.ts';
import { uncounted } from './uncounted.ts';

/** Keys are looked up from here; longer ones from a buffer of their own. */
const scratch = Buffer.alloc(4_096);

/**
 * Encoded states by key, as they lie in the parts of cuts: a table of numbers over hashes, no object per key, nothing
 * decoded, and nothing inflated before somebody asks for a key. Each place in a part is an entry with a number, in the
 * order of the parts; of a key that comes again the last one counts, the others are gone.
 */
export class PackedStates implements ReadonlyMap<string, Uint8Array> {
  readonly #parts = new PackedParts();
  /** Part → entries in it that are here. */
  #alive: number[] = [];
  /** Slot → entry. */
  #table: Int32Array = newTable(0);
  /** By entry. */
  #hashes: Int32Array = new Int32Array(0);
  #gone: Uint8Array = new Uint8Array(0);
  #size = 0;
  /** All is as this image has it. */
  #image: PackedImage | undefined;
  /** An image has the table, too. */
  #isTableShared = false;
  /** A task asks for the same key several times in a row. */
  #lastKey: string | undefined;
  #lastEntry = EMPTY;

  /** Room for so many entries from the start saves growing. */
  constructor(expected = 0) {
    this.#makeRoom(expected);
  }

  /** What an image holds, used in place, with room for more. */
  static ofImage(image: PackedImage, more = 0): PackedStates {
    const { parts, alive, gone, hashes, table } = image.columns;
    const states = new PackedStates();
    for (const part of parts) states.#parts.push(part);
    states.#alive = [...alive];
    states.#size = alive.reduce((sum, here) => sum + here, 0);
    states.#hashes = hashes;
    states.#gone = copyOf(gone);
    states.#table = table;
    states.#image = image;
    states.#isTableShared = true;
    if (more > 0) states.#makeRoom(gone.length + more, gone.length + more);
    return states;
  }

  /** As it is now. Parts of which nothing is left are left out. */
  image(): PackedImage {
    if (this.#alive.includes(0)) return this.#withoutDeadParts().image();
    const end = this.#parts.entries;
    this.#isTableShared = true;
    return new PackedImage({
      parts: [...this.#parts.all],
      alive: [...this.#alive],
      gone: copyOf(this.#gone.subarray(0, end)),
      hashes: this.#hashes.subarray(0, end),
      table: this.#table,
    });
  }

  get size(): number {
    return this.#size;
  }

  /**
   * The parts of a later cut: its keys replace those that are there; one that holds nothing takes its key away. Within a
   * cut a key comes once, so nothing has to be inflated to compare the keys of one cut.
   */
  add(...parts: readonly PackedPart[]): void {
    this.#lastKey = undefined;
    const before = this.#parts.entries;
    this.#makeRoom(parts.reduce((sum, { count }) => sum + count, before));
    this.#ownTable();
    for (const part of parts) this.#addPart(part, before);
  }

  /** Entries from `before` on are of the same cut. */
  #addPart(part: PackedPart, before: number): void {
    const first = this.#parts.entries;
    const end = first + part.count;
    const number = this.#append(part);
    const replaces = (known: number, entry: number): boolean => {
      if (!this.#parts.haveSameKey(known, entry)) return false;
      this.#loseEntry(known);
      return true;
    };
    putEntries(this.#table, this.#hashes, { first, end, before, replaces });
    let here = part.count;
    for (let entry = first; part.hasEmpty && entry < end; entry += 1) {
      if (!part.isEmpty(entry - first)) continue;
      this.#gone[entry] = 1;
      here -= 1;
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
    const state = this.get(key);
    if (state !== undefined) this.#loseEntry(this.entryOf(key));
    return state;
  }

  clear(): void {
    this.#image = undefined;
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
    return this.#parts.dueOf(entry);
  }

  /** Keys whose time was not written beside them. */
  *unknownDues(): Generator<readonly [key: string, state: Uint8Array]> {
    // Only parts that older versions wrote hold any.
    if (!this.#parts.all.some((part) => part.mayHaveUnknownDues)) return;
    for (const { key, state, dueAtMs } of this.snapshot()) if (dueAtMs === UNKNOWN_DUE) yield [key, state];
  }

  /** What timers begin with. Nothing of it may be changed. */
  packedDues(): PackedDues {
    const end = this.#parts.entries;
    return this.#image?.packedDues ?? packedDuesOf(this.#gone.subarray(0, end), this.#parts.all, this.#alive);
  }

  /** What is here now; what is taken away afterwards still shows. Nothing is kept inflated for it. */
  snapshot(): Iterable<KeyState> {
    const gone = copyOf(this.#gone.subarray(0, this.#parts.entries));
    const states = this;
    return (function* () {
      for (const [number, part] of states.#parts.all.entries()) {
        yield* states.#of(part, states.#parts.firstOf(number), gone);
      }
    })();
  }

  *keys(): MapIterator<string> {
    for (const [key] of this) yield key;
  }

  *values(): MapIterator<Uint8Array> {
    for (const [, state] of this) yield state;
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
      const dueAtMs = part.dueOf(index);
      yield {
        key: textAt(open.keys, index),
        state: stretchAt(open.states, index),
        dueAtMs: Number.isNaN(dueAtMs) ? undefined : dueAtMs,
      };
    }
  }

  #append(part: PackedPart): number {
    part.hashesInto(this.#hashes, this.#parts.entries);
    this.#parts.push(part);
    return this.#alive.push(0) - 1;
  }

  /** The entries of a part that are here, none of whose keys is here already. */
  #addNew(number: number): void {
    const [table, hashes, gone] = [this.#table, this.#hashes, this.#gone];
    const first = this.#parts.firstOf(number);
    const end = first + (this.#parts.all[number]?.count ?? 0);
    let here = 0;
    for (let entry = first; entry < end; entry += 1) {
      if (gone[entry] === 1) continue;
      putEntry(table, hashes, entry);
      here += 1;
    }
    this.#alive[number] = here;
    this.#size += here;
  }

  #withoutDeadParts(): PackedStates {
    const numbers = this.#alive.flatMap((here, number) => (here > 0 ? [number] : []));
    const states = new PackedStates();
    states.#makeRoom(numbers.reduce((sum, number) => sum + (this.#parts.all[number]?.count ?? 0), 0));
    for (const number of numbers) {
      const part = this.#parts.all[number] as PackedPart;
      const from = this.#parts.firstOf(number);
      const into = states.#append(part);
      states.#gone.set(this.#gone.subarray(from, from + part.count), states.#parts.firstOf(into));
      states.#addNew(into);
    }
    return states;
  }

  #loseEntry(entry: number): void {
    if (this.#gone[entry] === 1) return;
    this.#image = undefined;
    this.#gone[entry] = 1;
    this.#size -= 1;
    const number = this.#parts.numberOf(entry);
    this.#alive[number] = (this.#alive[number] as number) - 1;
    if (this.#alive[number] === 0) this.#parts.all[number]?.forgetStates();
  }

  #find(key: string): number {
    if (this.#size === 0) return EMPTY;
    const entry = this.entryOf(key);
    return entry === EMPTY || this.#gone[entry] === 1 ? EMPTY : entry;
  }

  /** What an image holds is not changed. */
  #ownTable(): void {
    if (this.#isTableShared) this.#table = this.#table.slice();
    this.#isTableShared = false;
    this.#image = undefined;
  }

  /** The table is at most half full. */
  #makeRoom(entries: number, length = Math.max(entries, 2 * this.#hashes.length)): void {
    if (entries > this.#hashes.length) {
      const [hashes, gone] = [this.#hashes, this.#gone];
      this.#hashes = new Int32Array(uncounted(4 * length));
      this.#hashes.set(hashes);
      this.#gone = new Uint8Array(length);
      this.#gone.set(gone);
    }
    if (2 * entries <= this.#table.length) return;
    const table = newTable(this.#hashes.length);
    for (const entry of this.#table) if (entry !== EMPTY) putEntry(table, this.#hashes, entry);
    this.#table = table;
    this.#isTableShared = false;
  }
}
