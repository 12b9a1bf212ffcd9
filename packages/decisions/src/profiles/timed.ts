/** A value and when it was said: the later one stands, in whatever order they come. */
export interface Timed<T> {
  readonly value: T;
  readonly atMs: number;
}

/** The later of two statements; at the same instant the one that came last in the log. */
export const later = <T>(known: Timed<T> | null | undefined, said: Timed<T>): Timed<T> =>
  known && known.atMs > said.atMs ? known : said;
