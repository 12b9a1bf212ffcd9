import { grown, KeySlots } from './key-slots.ts';

/** A key whose timer is due. */
export interface DueKey {
  readonly slot: number;
  readonly dueAtMs: number;
}

const FIRST_SLOTS = 1_024;
const NONE = -1;

/**
 * The earliest due time of each key: a heap over slots in typed arrays. A slot knows its place in the heap, so a change
 * moves it there and nothing stale is left behind. No object per timer.
 */
export class TimerIndex {
  readonly #slots: KeySlots;
  /** By slot. */
  #due = new Float64Array(FIRST_SLOTS);
  #place = new Int32Array(FIRST_SLOTS).fill(NONE);
  /** Slots as a binary heap: earliest first, ties by key. */
  #heap = new Int32Array(FIRST_SLOTS);
  #size = 0;

  /** The keys that the slots stand for. */
  constructor(slots: KeySlots = new KeySlots()) {
    this.#slots = slots;
  }

  /** Sets the timer of a key. */
  set(key: string, dueAtMs: number): void {
    this.setAt(this.#slots.take(key), dueAtMs);
  }

  setAt(slot: number, dueAtMs: number): void {
    while (slot >= this.#due.length) this.#grow();
    const place = this.#place[slot] as number;
    const before = this.#due[slot] as number;
    this.#due[slot] = dueAtMs;
    if (place === NONE) {
      this.#size += 1;
      this.#rise(slot, this.#size - 1);
    } else if (dueAtMs < before) this.#rise(slot, place);
    else if (dueAtMs > before) this.#sink(slot, place);
  }

  removeAt(slot: number): void {
    const hole = this.#place[slot];
    if (hole === undefined || hole === NONE) return;
    this.#place[slot] = NONE;
    this.#size -= 1;
    if (hole === this.#size) return;
    // The last one fills the hole; it may belong above or below it.
    const last = this.#heap[this.#size] as number;
    this.#sink(last, hole);
    this.#rise(last, this.#place[last] as number);
  }

  /** When the timer of a slot is due; undefined when it has none. */
  dueAt(slot: number): number | undefined {
    const place = this.#place[slot];
    return place === undefined || place === NONE ? undefined : this.#due[slot];
  }

  clear(): void {
    this.#place.fill(NONE);
    this.#size = 0;
  }

  /** Takes out what is due at `timeMs`, at most `limit`, in order of due time, ties by key. The caller sets each anew. */
  takeDue(timeMs: number, limit: number = Number.POSITIVE_INFINITY): DueKey[] {
    const taken: DueKey[] = [];
    while (this.#size > 0 && taken.length < limit) {
      const slot = this.#heap[0] as number;
      const dueAtMs = this.#due[slot] as number;
      if (dueAtMs > timeMs) break;
      taken.push({ slot, dueAtMs });
      this.removeAt(slot);
    }
    return taken;
  }

  /** The keys that are due at `timeMs`, in no order; they stay. */
  keysDue(timeMs: number): string[] {
    const keys: string[] = [];
    this.#walkDue(timeMs, (slot) => {
      keys.push(this.#slots.keyAt(slot));
      return true;
    });
    return keys;
  }

  /** The earliest due time of all keys. */
  get earliest(): number | undefined {
    return this.#size === 0 ? undefined : this.#due[this.#heap[0] as number];
  }

  /** Whether at least so many are due. */
  hasDue(timeMs: number, count: number): boolean {
    let found = 0;
    this.#walkDue(timeMs, () => {
      found += 1;
      return found < count;
    });
    return found >= count;
  }

  get size(): number {
    return this.#size;
  }

  #walkDue(timeMs: number, see: (slot: number) => boolean): void {
    const open = [0];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (at >= this.#size) continue;
      const slot = this.#heap[at] as number;
      if ((this.#due[slot] as number) > timeMs) continue;
      if (!see(slot)) return;
      open.push(2 * at + 1, 2 * at + 2);
    }
  }

  #isBefore(a: number, b: number): boolean {
    const byTime = (this.#due[a] as number) - (this.#due[b] as number);
    return byTime < 0 || (byTime === 0 && this.#slots.isBefore(a, b));
  }

  #rise(slot: number, from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = this.#heap[parent] as number;
      if (!this.#isBefore(slot, above)) break;
      this.#heap[at] = above;
      this.#place[above] = at;
      at = parent;
    }
    this.#heap[at] = slot;
    this.#place[slot] = at;
  }

  #sink(slot: number, from: number): void {
    let at = from;
    for (let child = 2 * at + 1; child < this.#size; child = 2 * at + 1) {
      if (child + 1 < this.#size && this.#isBefore(this.#heap[child + 1] as number, this.#heap[child] as number)) {
        child += 1;
      }
      const below = this.#heap[child] as number;
      if (!this.#isBefore(below, slot)) break;
      this.#heap[at] = below;
      this.#place[below] = at;
      at = child;
    }
    this.#heap[at] = slot;
    this.#place[slot] = at;
  }

  #grow(): void {
    const { length } = this.#due;
    this.#due = grown(this.#due, (longer) => new Float64Array(longer));
    this.#place = grown(this.#place, (longer) => new Int32Array(longer));
    this.#place.fill(NONE, length);
    this.#heap = grown(this.#heap, (longer) => new Int32Array(longer));
  }
}
