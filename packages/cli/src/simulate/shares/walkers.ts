import type { Walker } from './threads.ts';

/** Walkers that are ready before anybody has something for them. */
export class Walkers {
  readonly #start: () => Walker;
  readonly #ready: Walker[];

  constructor(count: number, start: () => Walker) {
    this.#start = start;
    this.#ready = Array.from({ length: count }, start);
  }

  /** One to whom nothing was said yet. */
  next(): Walker {
    return this.#ready.pop() ?? this.#start();
  }

  /** Ends those that nobody has taken. */
  async close(): Promise<void> {
    await Promise.all(this.#ready.map((walker) => walker.close()));
  }
}
