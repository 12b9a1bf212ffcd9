import TinyQueue from 'tinyqueue';

export interface DueKey {
  readonly key: string;
  readonly dueAtMs: number;
}

const byDueThenKey = (a: DueKey, b: DueKey): number =>
  a.dueAtMs - b.dueAtMs || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

/**
 * The earliest due time of each key, in a heap. Entries are never searched for: a changed or removed key leaves its old
 * entry behind, which is passed over when it comes up (`#due` holds the truth).
 */
export class TimerIndex {
  #due = new Map<string, number>();
  #heap = new TinyQueue<DueKey>([], byDueThenKey);

  set(key: string, dueAtMs: number): void {
    if (this.#due.get(key) === dueAtMs) return;
    this.#due.set(key, dueAtMs);
    this.#heap.push({ key, dueAtMs });
    this.#compact();
  }

  remove(key: string): void {
    this.#due.delete(key);
  }

  clear(): void {
    this.#due.clear();
    this.#heap = new TinyQueue<DueKey>([], byDueThenKey);
  }

  /** Takes out what is due at `timeMs`, in order of due time, ties by key. The caller sets each key anew. */
  takeDue(timeMs: number): DueKey[] {
    const due: DueKey[] = [];
    for (let next = this.#heap.peek(); next !== undefined && next.dueAtMs <= timeMs; next = this.#heap.peek()) {
      this.#heap.pop();
      if (this.#due.get(next.key) !== next.dueAtMs) continue;
      this.#due.delete(next.key);
      due.push(next);
    }
    return due;
  }

  /** The earliest due time of all keys. */
  get earliest(): number | undefined {
    for (let next = this.#heap.peek(); next !== undefined; next = this.#heap.peek()) {
      if (this.#due.get(next.key) === next.dueAtMs) return next.dueAtMs;
      this.#heap.pop();
    }
    return undefined;
  }

  get size(): number {
    return this.#due.size;
  }

  /** A key re-armed often leaves many stale entries: rebuild once they outnumber the true ones. */
  #compact(): void {
    if (this.#heap.length < 1024 || this.#heap.length < 2 * this.#due.size) return;
    this.#heap = new TinyQueue<DueKey>(
      [...this.#due].map(([key, dueAtMs]) => ({ key, dueAtMs })),
      byDueThenKey,
    );
  }
}
