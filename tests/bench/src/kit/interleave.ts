/** Runs the variants in turns, A B A B A B, so that what changes on the machine meanwhile hits all alike. */
export const interleave = async <N extends string, T>(
  variants: Readonly<Record<N, (run: number) => Promise<T>>>,
  runs: number,
): Promise<Record<N, T[]>> => {
  const names = Object.keys(variants) as N[];
  const results = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<N, T[]>;
  for (let run = 1; run <= runs; run += 1) {
    for (const name of names) results[name].push(await variants[name](run));
  }
  return results;
};
