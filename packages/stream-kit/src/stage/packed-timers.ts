import type { KeySlots } from '../key-slots.ts';
import { type DueKey, TimerIndex } from '../timer-index.ts';
import { copyOf } from './packed-image.ts';
import type { PackedStates } from './packed-states.ts';

/** Of the time that is left, what the heap takes in at once. */
const NEAR_SHARE = 1 / 64;
/** Of so few all. */
const FEW = 4_096;
const NONE = -1;

/**
 * Timers of states that were restored and are still packed, no string and no map entry for any of them. A start only looks
 * through their times: what is due soon is put into a heap of entry numbers when time comes near, the rest stays where it
 * lies. What is set afterwards lies in the index as always; an entry is dead as soon as its key is set, removed or taken.
 */
export class PackedTimers extends TimerIndex {
  readonly #slots: KeySlots;
  readonly #packed: PackedStates;
  /** By entry. */
  readonly #dead: Uint8Array;
  #alive: number;
  /** Earliest first, ties by key: all that is due up to `#horizonMs`, dead ones too. */
  #heap = new Int32Array(0);
  #length = 0;
  #horizonMs = Number.NEGATIVE_INFINITY;
  /** The earliest beyond; NONE = there is none. Looked for anew when it has died. */
  #far = NONE;

  constructor(packed: PackedStates, slots: KeySlots) {
    super(slots);
    this.#slots = slots;
    this.#packed = packed;
    const { timerless, timers, earliest } = packed.packedDues();
    this.#dead = copyOf(timerless);
    this.#alive = timers;
    this.#far = earliest;
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
    this.#far = NONE;
    super.clear();
  }

  override get size(): number {
    return super.size + this.#alive;
  }

  override get earliest(): number | undefined {
    const live = super.earliest;
    const first = this.#first();
    // What lies in the heap is due before what lies beyond.
    const entry = first < 0 ? this.#firstBeyond() : first;
    if (entry < 0) return live;
    const due = this.#packed.dueOf(entry);
    return live === undefined ? due : Math.min(live, due);
  }

  override takeDue(timeMs: number, limit: number = Number.POSITIVE_INFINITY): DueKey[] {
    const taken: DueKey[] = [];
    this.#reach(timeMs);
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
    this.#reach(timeMs);
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

  /** The earliest in the heap that is not dead; -1 = none. */
  #first(): number {
    while (this.#length > 0 && this.#dead[this.#heap[0] as number] === 1) {
      this.#length -= 1;
      this.#heap[0] = this.#heap[this.#length] as number;
      this.#sinkPacked(0);
    }
    return this.#length === 0 ? NONE : (this.#heap[0] as number);
  }

  /** The earliest beyond the heap; -1 = none. */
  #firstBeyond(): number {
    if (this.#far !== NONE && this.#dead[this.#far] === 1) this.#findFar();
    return this.#far;
  }

  #findFar(): void {
    const [packed, dead, horizonMs] = [this.#packed, this.#dead, this.#horizonMs];
    let earliestMs = Number.POSITIVE_INFINITY;
    this.#far = NONE;
    for (let entry = 0; entry < dead.length; entry += 1) {
      if (dead[entry] === 1) continue;
      const dueAtMs = packed.dueOf(entry);
      if (dueAtMs <= horizonMs || dueAtMs >= earliestMs) continue;
      earliestMs = dueAtMs;
      this.#far = entry;
    }
  }

  /** Takes all into the heap that is due up to some time, and a little more, so that this is seldom. */
  #reach(timeMs: number): void {
    const first = this.#firstBeyond();
    if (first < 0 || this.#packed.dueOf(first) > timeMs) return;
    const beyond = this.#entriesBeyond();
    const lastMs = beyond.reduce((last, entry) => Math.max(last, this.#packed.dueOf(entry)), timeMs);
    const firstMs = this.#packed.dueOf(first);
    const nearMs = beyond.length <= FEW ? lastMs : firstMs + (lastMs - firstMs) * NEAR_SHARE;
    this.#horizonMs = Math.max(timeMs, nearMs);
    const near = beyond.filter((entry) => this.#packed.dueOf(entry) <= this.#horizonMs);
    const heap = new Int32Array(this.#length + near.length);
    heap.set(this.#heap.subarray(0, this.#length));
    heap.set(near, this.#length);
    this.#heap = heap;
    this.#length = heap.length;
    for (let at = (heap.length >> 1) - 1; at >= 0; at -= 1) this.#sinkPacked(at);
    this.#findFar();
  }

  #entriesBeyond(): Int32Array {
    const beyond = new Int32Array(this.#alive);
    let count = 0;
    for (let entry = 0; entry < this.#dead.length; entry += 1) {
      if (this.#dead[entry] === 1 || this.#packed.dueOf(entry) <= this.#horizonMs) continue;
      beyond[count] = entry;
      count += 1;
    }
    return beyond.subarray(0, count);
  }

  #isEntryBefore(a: number, b: number): boolean {
    const byTime = this.#packed.dueOf(a) - this.#packed.dueOf(b);
    return byTime < 0 || (byTime === 0 && this.#packed.isKeyBefore(a, b));
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
