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
  #place = new Int32Array(FIRST_SLOTS).fill(NONE);
  /** Slots as a binary heap: earliest first, ties by key. */
  #heap = new Int32Array(FIRST_SLOTS);
  /** When each of the heap is due, in its order: what is compared lies side by side. */
  #dues = new Float64Array(FIRST_SLOTS);
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
    while (slot >= this.#place.length) this.#grow();
    const place = this.#place[slot] as number;
    if (place === NONE) {
      this.#size += 1;
      this.#rise(slot, dueAtMs, this.#size - 1);
      return;
    }
    const before = this.#dues[place] as number;
    if (dueAtMs < before) this.#rise(slot, dueAtMs, place);
    else if (dueAtMs > before) this.#sink(slot, dueAtMs, place);
  }

  removeAt(slot: number): void {
    const hole = this.#place[slot];
    if (hole === undefined || hole === NONE) return;
    this.#place[slot] = NONE;
    this.#size -= 1;
    if (hole === this.#size) return;
    // The last one belongs far below, nearly always: the hole goes down to the leaves, and it rises from there.
    this.#rise(this.#heap[this.#size] as number, this.#dues[this.#size] as number, this.#lower(hole));
  }

  /** When the timer of a slot is due; undefined when it has none. */
  dueAt(slot: number): number | undefined {
    const place = this.#place[slot];
    return place === undefined || place === NONE ? undefined : this.#dues[place];
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
      const dueAtMs = this.#dues[0] as number;
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
    return this.#size === 0 ? undefined : this.#dues[0];
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
      if ((this.#dues[at] as number) > timeMs) continue;
      if (!see(this.#heap[at] as number)) return;
      open.push(2 * at + 1, 2 * at + 2);
    }
  }

  /** Whether what stands at a place comes before a slot that is due then. */
  #isBefore(at: number, slot: number, dueAtMs: number): boolean {
    const due = this.#dues[at] as number;
    return due < dueAtMs || (due === dueAtMs && this.#slots.isBefore(this.#heap[at] as number, slot));
  }

  #rise(slot: number, dueAtMs: number, from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#isBefore(parent, slot, dueAtMs)) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#put(slot, dueAtMs, at);
  }

  #sink(slot: number, dueAtMs: number, from: number): void {
    let at = from;
    for (let child = this.#childOf(at); child < this.#size; child = this.#childOf(at)) {
      if (!this.#isBefore(child, slot, dueAtMs)) break;
      this.#move(child, at);
      at = child;
    }
    this.#put(slot, dueAtMs, at);
  }

  /** Moves a hole down to the leaves; answers where it ends. */
  #lower(hole: number): number {
    let at = hole;
    for (let child = this.#childOf(at); child < this.#size; child = this.#childOf(at)) {
      this.#move(child, at);
      at = child;
    }
    return at;
  }

  /** The earlier one of the two below a place; beyond the end when there is none. */
  #childOf(at: number): number {
    const [left, right] = [2 * at + 1, 2 * at + 2];
    if (right >= this.#size) return left;
    return this.#isBefore(right, this.#heap[left] as number, this.#dues[left] as number) ? right : left;
  }

  #move(from: number, to: number): void {
    this.#put(this.#heap[from] as number, this.#dues[from] as number, to);
  }

  #put(slot: number, dueAtMs: number, at: number): void {
    this.#heap[at] = slot;
    this.#dues[at] = dueAtMs;
    this.#place[slot] = at;
  }

  #grow(): void {
    const { length } = this.#place;
    this.#dues = grown(this.#dues, (longer) => new Float64Array(longer));
    this.#place = grown(this.#place, (longer) => new Int32Array(longer));
    this.#place.fill(NONE, length);
    this.#heap = grown(this.#heap, (longer) => new Int32Array(longer));
  }
}
