/** A value and when it was said: the later one stands, in whatever order they come. */
export interface Timed<T> {
  readonly value: T;
  readonly atMs: number;
}

/** The later of two statements; at the same instant the one that came last in the log. */
export const later = <T>(known: Timed<T> | null | undefined, said: Timed<T>): Timed<T> =>
  known && known.atMs > said.atMs ? known : said;

/** The later of two of different logs; at the same instant the one that sorts first, so that both orders agree. */
export function laterOf<T>(a: Timed<T> | null | undefined, b: Timed<T> | null | undefined): Timed<T> | null {
  if (!a || !b) return a ?? b ?? null;
  if (a.atMs !== b.atMs) return a.atMs > b.atMs ? a : b;
  return JSON.stringify(a.value) <= JSON.stringify(b.value) ? a : b;
}
