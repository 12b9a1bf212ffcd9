/**
 * A piece of work that is measured in a process of its own: the compiler of Node specializes code by what ran before, so
 * two variants in one process would measure each other. Input and output cross as JSON.
 */
export interface Work<I, O> {
  readonly module: string;
  readonly name: string;
  run(input: I): Promise<O>;
}

/**
 * Declares the works of a module, which must export them as `works`: `export const works = declareWorks(import.meta.url, …)`.
 */
export const declareWorks = <T extends Record<string, (input: never) => Promise<unknown>>>(
  module: string,
  functions: T,
): { readonly [N in keyof T]: Work<Parameters<T[N]>[0], Awaited<ReturnType<T[N]>>> } =>
  Object.fromEntries(
    Object.entries(functions).map(([name, run]) => [name, { module, name, run }]),
  ) as unknown as ReturnType<typeof declareWorks<T>>;
