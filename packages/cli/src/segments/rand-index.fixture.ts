/** Adjusted Rand index of two groupings (Hubert and Arabie 1985): 1 = the same up to naming, about 0 = by chance. */
export function adjustedRand(a: readonly number[], b: readonly number[]): number {
  const pairs = (n: number) => (n * (n - 1)) / 2;
  const sumPairs = (counts: ReadonlyMap<unknown, number>) => [...counts.values()].reduce((sum, n) => sum + pairs(n), 0);
  const count = (keys: readonly unknown[]) => {
    const counts = new Map<unknown, number>();
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts;
  };
  const both = sumPairs(count(a.map((one, at) => `${one}/${b[at]}`)));
  const [ofA, ofB] = [sumPairs(count(a)), sumPairs(count(b))];
  const expected = (ofA * ofB) / pairs(a.length);
  return (both - expected) / ((ofA + ofB) / 2 - expected);
}
