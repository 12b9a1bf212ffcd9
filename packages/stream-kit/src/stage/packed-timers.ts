import { KeySlots } from '../key-slots.ts';
import { type DueKey, TimerIndex } from '../timer-index.ts';
import { UNKNOWN_DUE } from './packed-part.ts';
import type { PackedStates } from './packed-states.ts';

/** From here on the order of UTF-8's bytes is not the order of strings. */
const FIRST_ODD_BYTE = 0xee;

/** As strings are compared, without making them where bytes tell as much. */
const isKeyBefore = (states: PackedStates, a: number, b: number): boolean => {
  const { part: partA, index: indexA } = states.placeOf(a);
  const { part: partB, index: indexB } = states.placeOf(b);
  const [atA, atB] = [partA.keyAt[indexA] as number, partB.keyAt[indexB] as number];
  const [lengthA, lengthB] = [(partA.keyAt[indexA + 1] as number) - atA, (partB.keyAt[indexB + 1] as number) - atB];
  for (let at = 0; at < lengthA && at < lengthB; at += 1) {
    const byteA = partA.keys[atA + at] as number;
    const byteB = partB.keys[atB + at] as number;
    if (byteA === byteB) continue;
    if (byteA < FIRST_ODD_BYTE && byteB < FIRST_ODD_BYTE) return byteA < byteB;
    return states.keyOf(a) < states.keyOf(b);
  }
  return lengthA < lengthB;
};

const withTimers = (packed: PackedStates): Int32Array =>
  packed.present().filter((entry) => {
    const dueAtMs = packed.dueOf(entry);
    return !Number.isNaN(dueAtMs) && dueAtMs !== UNKNOWN_DUE;
  });

/**
 * Timers of states that were restored and are still packed: a heap of entry numbers, built at once, no string and no map
 * entry for any of them. What is set afterwards lies in the index as always; an entry is dead as soon as its key is set,
 * removed or taken.
 */
export class PackedTimers extends TimerIndex {
  readonly #slots: KeySlots;
  readonly #packed: PackedStates;
  /** Earliest first, ties by key. */
  readonly #heap: Int32Array;
  /** By entry. */
  readonly #dead: Uint8Array;
  /** Entries that the heap still holds, dead ones too. */
  #length: number;
  #alive: number;

  constructor(packed: PackedStates, slots: KeySlots) {
    super(slots);
    this.#slots = slots;
    this.#packed = packed;
    this.#dead = new Uint8Array(packed.entryCount).fill(1);
    this.#heap = packed.imageHeap?.slice() ?? withTimers(packed);
    for (let at = 0; at < this.#heap.length; at += 1) this.#dead[this.#heap[at] as number] = 0;
    this.#length = this.#heap.length;
    this.#alive = this.#heap.length;
    if (packed.imageHeap !== undefined) return;
    for (let at = (this.#length >> 1) - 1; at >= 0; at -= 1) this.#sinkPacked(at);
  }

  /** Entries as a heap, for an image. */
  static heapOf(packed: PackedStates): Int32Array {
    return new PackedTimers(packed, new KeySlots()).#heap;
  }

  override setAt(slot: number, dueAtMs: number): void {
    this.#kill(slot);
    super.setAt(slot, dueAtMs);
  }

  override removeAt(slot: number): void {
    this.#kill(slot);
    super.removeAt(slot);
  }

  override dueAt(slot: number): number | undefined {
    const entry = this.#aliveOf(slot);
    return entry < 0 ? super.dueAt(slot) : this.#packed.dueOf(entry);
  }

  override clear(): void {
    this.#length = 0;
    this.#alive = 0;
    super.clear();
  }

  override get size(): number {
    return super.size + this.#alive;
  }

  override get earliest(): number | undefined {
    const live = super.earliest;
    const first = this.#first();
    if (first < 0) return live;
    const due = this.#packed.dueOf(first);
    return live === undefined ? due : Math.min(live, due);
  }

  override takeDue(timeMs: number, limit: number = Number.POSITIVE_INFINITY): DueKey[] {
    const taken: DueKey[] = [];
    let [live] = this.#alive === 0 ? [] : super.takeDue(timeMs, 1);
    for (let first = this.#first(); first >= 0 && taken.length < limit; first = this.#first()) {
      const dueAtMs = this.#packed.dueOf(first);
      if (dueAtMs > timeMs) break;
      const key = this.#packed.keyOf(first);
      if (live !== undefined && this.#isLiveBefore(live, dueAtMs, key)) {
        taken.push(live);
        [live] = super.takeDue(timeMs, 1);
        continue;
      }
      this.#dead[first] = 1;
      this.#alive -= 1;
      taken.push({ slot: this.#slots.take(key), dueAtMs });
    }
    if (live !== undefined && taken.length < limit) taken.push(live);
    else if (live !== undefined) super.setAt(live.slot, live.dueAtMs);
    if (taken.length < limit) for (const due of super.takeDue(timeMs, limit - taken.length)) taken.push(due);
    return taken;
  }

  override keysDue(timeMs: number): string[] {
    const keys = super.keysDue(timeMs);
    this.#walkPacked(timeMs, (entry) => {
      keys.push(this.#packed.keyOf(entry));
      return true;
    });
    return keys;
  }

  override hasDue(timeMs: number, count: number): boolean {
    let found = 0;
    this.#walkPacked(timeMs, () => {
      found += 1;
      return found < count;
    });
    return found >= count || super.hasDue(timeMs, count - found);
  }

  #walkPacked(timeMs: number, see: (entry: number) => boolean): void {
    const open = this.#alive === 0 ? [] : [0];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const entry = this.#heap[at] as number;
      if (at >= this.#length || this.#packed.dueOf(entry) > timeMs) continue;
      if (this.#dead[entry] === 0 && !see(entry)) return;
      open.push(2 * at + 1, 2 * at + 2);
    }
  }

  #isLiveBefore(live: DueKey, dueAtMs: number, key: string): boolean {
    return live.dueAtMs < dueAtMs || (live.dueAtMs === dueAtMs && this.#slots.keyAt(live.slot) < key);
  }

  /** The entry of a slot's key whose timer still stands here; -1 = none. */
  #aliveOf(slot: number): number {
    if (this.#alive === 0) return -1;
    const entry = this.#packed.entryOf(this.#slots.keyAt(slot));
    return entry < 0 || this.#dead[entry] === 1 ? -1 : entry;
  }

  #kill(slot: number): void {
    const entry = this.#aliveOf(slot);
    if (entry < 0) return;
    this.#dead[entry] = 1;
    this.#alive -= 1;
  }

  /** The earliest that is not dead; -1 = none. */
  #first(): number {
    if (this.#alive === 0) return -1;
    while (this.#dead[this.#heap[0] as number] === 1) {
      this.#length -= 1;
      this.#heap[0] = this.#heap[this.#length] as number;
      this.#sinkPacked(0);
    }
    return this.#heap[0] as number;
  }

  #isEntryBefore(a: number, b: number): boolean {
    const byTime = this.#packed.dueOf(a) - this.#packed.dueOf(b);
    return byTime < 0 || (byTime === 0 && isKeyBefore(this.#packed, a, b));
  }

  #sinkPacked(from: number): void {
    const heap = this.#heap;
    const entry = heap[from] as number;
    let at = from;
    for (let child = 2 * at + 1; child < this.#length; child = 2 * at + 1) {
      if (child + 1 < this.#length && this.#isEntryBefore(heap[child + 1] as number, heap[child] as number)) child += 1;
      const below = heap[child] as number;
      if (!this.#isEntryBefore(below, entry)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = entry;
  }
}
