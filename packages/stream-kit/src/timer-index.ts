import TinyQueue from 'tinyqueue';

interface Entry {
  readonly key: string;
  readonly dueAtMs: number;
}

const byDueThenKey = (a: Entry, b: Entry): number =>
  a.dueAtMs - b.dueAtMs || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

/**
 * The earliest due time of each key, in a heap. Entries are never searched for: a changed or removed key leaves its old
 * entry behind, which is passed over when it comes up (`#due` holds the truth).
 */
export class TimerIndex {
  #due = new Map<string, number>();
  #heap = new TinyQueue<Entry>([], byDueThenKey);

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
    this.#heap = new TinyQueue<Entry>([], byDueThenKey);
  }

  /** Keys due at `timeMs`, in order of due time, ties by key. Changes nothing. */
  peekDue(timeMs: number): string[] {
    const due: Entry[] = [];
    const next = this.#next();
    if (next === undefined || next.dueAtMs > timeMs) return [];
    while (this.#heap.length > 0) {
      const entry = this.#heap.peek();
      if (entry === undefined || entry.dueAtMs > timeMs) break;
      this.#heap.pop();
      if (this.#due.get(entry.key) === entry.dueAtMs) due.push(entry);
    }
    for (const entry of due) this.#heap.push(entry);
    return [...new Set(due.map((entry) => entry.key))];
  }

  /** Forgets what was due at `timeMs`; the caller sets each key anew from its new state. */
  dropDue(timeMs: number): void {
    while (this.#heap.length > 0) {
      const entry = this.#heap.peek();
      if (entry === undefined || entry.dueAtMs > timeMs) return;
      this.#heap.pop();
      if (this.#due.get(entry.key) === entry.dueAtMs) this.#due.delete(entry.key);
    }
  }

  get size(): number {
    return this.#due.size;
  }

  #next(): Entry | undefined {
    while (this.#heap.length > 0) {
      const entry = this.#heap.peek();
      if (entry !== undefined && this.#due.get(entry.key) === entry.dueAtMs) return entry;
      this.#heap.pop();
    }
    return undefined;
  }

  /** A key re-armed often leaves many stale entries: rebuild once they outnumber the true ones. */
  #compact(): void {
    if (this.#heap.length < 1024 || this.#heap.length < 2 * this.#due.size) return;
    this.#heap = new TinyQueue<Entry>(
      [...this.#due].map(([key, dueAtMs]) => ({ key, dueAtMs })),
      byDueThenKey,
    );
  }
}
