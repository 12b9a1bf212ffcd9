import type { CodeCounts } from '@kairos/contracts';

/** Counts as they cross from one thread to another. */
export type CountedNames = readonly (readonly [name: string, count: number])[];

/** Counts by name. */
export class Counts {
  readonly #counts = new Map<string, number>();

  add(name: string, n = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + n);
  }

  addAll(counted: CountedNames): void {
    for (const [name, count] of counted) this.add(name, count);
  }

  told(): CountedNames {
    return [...this.#counts];
  }

  /** The most frequent first, ties by name. */
  toRecord(): CodeCounts {
    return Object.fromEntries([...this.#counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)));
  }
}

/** The value of a key, made when it is first asked for. */
export function ofKey<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
