export interface DueKey {
  readonly key: string;
  readonly dueAtMs: number;
}

const FIRST_SLOTS = 1_024;

/**
 * The earliest due time of each key: a heap over slots in typed arrays. A key's slot knows its place in the heap, so a
 * change moves it there and nothing stale is left behind. No object per timer.
 */
export class TimerIndex {
  readonly #slots = new Map<string, number>();
  /** By slot. */
  #keys: string[] = [];
  #due = new Float64Array(FIRST_SLOTS);
  #place = new Int32Array(FIRST_SLOTS);
  #free: number[] = [];
  /** Slots as a binary heap: earliest first, ties by key. */
  #heap = new Int32Array(FIRST_SLOTS);
  #size = 0;

  set(key: string, dueAtMs: number): void {
    const known = this.#slots.get(key);
    if (known === undefined) {
      const slot = this.#newSlot(key, dueAtMs);
      this.#rise(slot, this.#size);
      this.#size += 1;
      return;
    }
    const before = this.#due[known] as number;
    if (before === dueAtMs) return;
    this.#due[known] = dueAtMs;
    if (dueAtMs < before) this.#rise(known, this.#place[known] as number);
    else this.#sink(known, this.#place[known] as number);
  }

  remove(key: string): void {
    const slot = this.#slots.get(key);
    if (slot !== undefined) this.#drop(slot);
  }

  clear(): void {
    this.#slots.clear();
    this.#keys = [];
    this.#free = [];
    this.#size = 0;
  }

  /** Takes out what is due at `timeMs`, at most `limit`, in order of due time, ties by key. The caller sets each key anew. */
  takeDue(timeMs: number, limit: number = Number.POSITIVE_INFINITY): DueKey[] {
    const taken: DueKey[] = [];
    while (this.#size > 0 && taken.length < limit) {
      const slot = this.#heap[0] as number;
      const dueAtMs = this.#due[slot] as number;
      if (dueAtMs > timeMs) break;
      taken.push({ key: this.#keys[slot] as string, dueAtMs });
      this.#drop(slot);
    }
    return taken;
  }

  /** The earliest due time of all keys. */
  get earliest(): number | undefined {
    return this.#size === 0 ? undefined : this.#due[this.#heap[0] as number];
  }

  /** Whether at least so many are due. */
  hasDue(timeMs: number, count: number): boolean {
    let found = 0;
    const open = [0];
    for (let at = open.pop(); at !== undefined && found < count; at = open.pop()) {
      if (at >= this.#size || (this.#due[this.#heap[at] as number] as number) > timeMs) continue;
      found += 1;
      open.push(2 * at + 1, 2 * at + 2);
    }
    return found >= count;
  }

  get size(): number {
    return this.#size;
  }

  #newSlot(key: string, dueAtMs: number): number {
    const slot = this.#free.pop() ?? this.#keys.length;
    if (slot >= this.#due.length) this.#grow();
    this.#keys[slot] = key;
    this.#due[slot] = dueAtMs;
    this.#slots.set(key, slot);
    return slot;
  }

  #drop(slot: number): void {
    const hole = this.#place[slot] as number;
    this.#slots.delete(this.#keys[slot] as string);
    this.#keys[slot] = '';
    this.#free.push(slot);
    this.#size -= 1;
    if (hole === this.#size) return;
    // The last one fills the hole; it may belong above or below it.
    const last = this.#heap[this.#size] as number;
    this.#sink(last, hole);
    this.#rise(last, this.#place[last] as number);
  }

  #isBefore(a: number, b: number): boolean {
    const byTime = (this.#due[a] as number) - (this.#due[b] as number);
    return byTime < 0 || (byTime === 0 && (this.#keys[a] as string) < (this.#keys[b] as string));
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
    const length = this.#due.length * 2;
    const due = new Float64Array(length);
    due.set(this.#due);
    this.#due = due;
    const place = new Int32Array(length);
    place.set(this.#place);
    this.#place = place;
    const heap = new Int32Array(length);
    heap.set(this.#heap);
    this.#heap = heap;
  }
}
