import { textHash } from '../text-hash.ts';

/** A message id that was met, and the log time at which. */
export type RecentId = readonly [messageId: string, loggedAtMs: number];

/** What one line of lists shares: it only ever grows at its end, and each list says how far it reaches. */
interface Shared {
  readonly ids: string[];
  /** Per id its log time and its hash, beside each other: most ids are told apart without looking at their text. */
  readonly marks: number[];
}

const WINDOW_MS = 7 * 86_400_000;
const MIN_RECENT = 512;
/** A key that sends more than this within the window is remembered by its last ids only: memory has an end. */
const MAX_RECENT = 4096;

/**
 * The message ids that a source key met, in log order: those of 7 days of log time and at least the last 512. A value like
 * a list of pairs, and in JSON that list. One that grew out of another shares its ids with it, so that remembering one more
 * copies nothing; whoever goes on from an older one gets a copy of its own.
 */
export class RecentIds {
  readonly #shared: Shared;
  readonly #from: number;
  readonly #to: number;

  private constructor(shared: Shared, from: number, to: number) {
    this.#shared = shared;
    this.#from = from;
    this.#to = to;
  }

  static of(entries: Iterable<RecentId> = []): RecentIds {
    const shared: Shared = { ids: [], marks: [] };
    for (const [id, loggedAtMs] of entries) {
      shared.ids.push(id);
      shared.marks.push(loggedAtMs, textHash(id));
    }
    return new RecentIds(shared, 0, shared.ids.length);
  }

  get length(): number {
    return this.#to - this.#from;
  }

  has(messageId: string): boolean {
    const { ids, marks } = this.#shared;
    const hash = textHash(messageId);
    // From the end: a repeat mostly follows soon.
    for (let at = this.#to - 1; at >= this.#from; at -= 1) {
      if (marks[2 * at + 1] === hash && ids[at] === messageId) return true;
    }
    return false;
  }

  /** One more, and without those that may be forgotten. */
  with(messageId: string, loggedAtMs: number): RecentIds {
    const shared = this.#own();
    const { ids, marks } = shared;
    ids.push(messageId);
    marks.push(loggedAtMs, textHash(messageId));
    const to = ids.length;
    let from = to - (this.length + 1);
    const mayGo = to - MIN_RECENT;
    if (from < mayGo) {
      const oldestMs = loggedAtMs - WINDOW_MS;
      from = Math.max(from, to - MAX_RECENT);
      while (from < mayGo && (marks[2 * from] as number) < oldestMs) from += 1;
    }
    return new RecentIds(shared, from, to);
  }

  *[Symbol.iterator](): Generator<RecentId> {
    const { ids, marks } = this.#shared;
    for (let at = this.#from; at < this.#to; at += 1) yield [ids[at] as string, marks[2 * at] as number];
  }

  toJSON(): readonly RecentId[] {
    return [...this];
  }

  /** Lists that end here: those shared, unless another list went on from them, or most of what they hold is forgotten. */
  #own(): Shared {
    const { ids, marks } = this.#shared;
    if (ids.length === this.#to && this.#from <= this.length) return this.#shared;
    return { ids: ids.slice(this.#from, this.#to), marks: marks.slice(2 * this.#from, 2 * this.#to) };
  }
}
