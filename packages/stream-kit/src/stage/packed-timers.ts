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
  /** When each of the heap is due, in its order: what is compared lies side by side. */
  #dues = new Float64Array(0);
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
    const due = first < 0 ? this.#packed.dueOf(entry) : (this.#dues[0] as number);
    return live === undefined ? due : Math.min(live, due);
  }

  override takeDue(timeMs: number, limit: number = Number.POSITIVE_INFINITY): DueKey[] {
    const taken: DueKey[] = [];
    this.#reach(timeMs);
    let [live] = this.#alive === 0 ? [] : super.takeDue(timeMs, 1);
    for (let first = this.#first(); first >= 0 && taken.length < limit; first = this.#first()) {
      const dueAtMs = this.#dues[0] as number;
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
      if (at >= this.#length || (this.#dues[at] as number) > timeMs) continue;
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
      this.#sinkPacked(0, this.#heap[this.#length] as number, this.#dues[this.#length] as number);
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
    if (first < 0) return;
    const firstMs = this.#packed.dueOf(first);
    if (firstMs > timeMs) return;
    const { entries, dues } = this.#beyond();
    const lastMs = dues.reduce((last, dueAtMs) => Math.max(last, dueAtMs), timeMs);
    const nearMs = entries.length <= FEW ? lastMs : firstMs + (lastMs - firstMs) * NEAR_SHARE;
    this.#horizonMs = Math.max(timeMs, nearMs);
    const near = dues.reduce((count, dueAtMs) => (dueAtMs <= this.#horizonMs ? count + 1 : count), 0);
    const [heap, heapDues] = [this.#heap.subarray(0, this.#length), this.#dues.subarray(0, this.#length)];
    this.#heap = new Int32Array(heap.length + near);
    this.#heap.set(heap);
    this.#dues = new Float64Array(heap.length + near);
    this.#dues.set(heapDues);
    for (let at = 0; at < entries.length; at += 1) {
      if ((dues[at] as number) > this.#horizonMs) continue;
      this.#heap[this.#length] = entries[at] as number;
      this.#dues[this.#length] = dues[at] as number;
      this.#length += 1;
    }
    for (let at = (this.#length >> 1) - 1; at >= 0; at -= 1) {
      this.#sinkPacked(at, this.#heap[at] as number, this.#dues[at] as number);
    }
    this.#findFar();
  }

  /** What is due beyond the heap, and when. */
  #beyond(): { readonly entries: Int32Array; readonly dues: Float64Array } {
    const entries = new Int32Array(this.#alive);
    const dues = new Float64Array(this.#alive);
    let count = 0;
    for (let entry = 0; entry < this.#dead.length; entry += 1) {
      if (this.#dead[entry] === 1) continue;
      const dueAtMs = this.#packed.dueOf(entry);
      if (dueAtMs <= this.#horizonMs) continue;
      entries[count] = entry;
      dues[count] = dueAtMs;
      count += 1;
    }
    return { entries: entries.subarray(0, count), dues: dues.subarray(0, count) };
  }

  /** Whether what stands at a place of the heap is due before an entry that is due then. */
  #isBefore(at: number, entry: number, dueAtMs: number): boolean {
    const due = this.#dues[at] as number;
    return due < dueAtMs || (due === dueAtMs && this.#packed.isKeyBefore(this.#heap[at] as number, entry));
  }

  /** Puts an entry where a hole is, or below it. */
  #sinkPacked(hole: number, entry: number, dueAtMs: number): void {
    const [heap, dues] = [this.#heap, this.#dues];
    let at = hole;
    for (let child = 2 * at + 1; child < this.#length; child = 2 * at + 1) {
      const right = child + 1;
      if (right < this.#length && this.#isBefore(right, heap[child] as number, dues[child] as number)) child = right;
      if (!this.#isBefore(child, entry, dueAtMs)) break;
      heap[at] = heap[child] as number;
      dues[at] = dues[child] as number;
      at = child;
    }
    heap[at] = entry;
    dues[at] = dueAtMs;
  }
}
