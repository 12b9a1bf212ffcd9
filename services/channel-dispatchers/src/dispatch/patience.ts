/** What the shell asks of the store: repeats a step that is safe to repeat until the store can be asked again. */
export type Patiently = <T>(step: () => Promise<T>) => Promise<T>;

/** Gathers items while a flush is under way, then flushes them together: few round trips under load, no wait without. */
export class Gatherer<T, R> {
  #waiting: { readonly item: T; readonly resolve: (result: R) => void; readonly reject: (error: unknown) => void }[] =
    [];
  #flushing: Promise<void> | undefined;
  readonly #flush: (items: readonly T[]) => Promise<readonly R[]>;
  readonly #max: number;

  /** `flush` answers one result per item, in order. */
  constructor(flush: (items: readonly T[]) => Promise<readonly R[]>, max = 200) {
    this.#flush = flush;
    this.#max = max;
  }

  async add(item: T): Promise<R> {
    return await new Promise<R>((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#flushing ??= this.#run();
    });
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    await this.#flushing;
  }

  async #run(): Promise<void> {
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#max);
      try {
        const results = await this.#flush(batch.map(({ item }) => item));
        for (const [at, { resolve }] of batch.entries()) resolve(results[at] as R);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#flushing = undefined;
  }
}
