/** Of a state whose due time was not written beside it: only the state itself says when its timer is due. */
export const UNKNOWN_DUE: number = Number.NEGATIVE_INFINITY;

export interface PartTimers {
  /** Keys that have one, as far as it stands beside them. */
  readonly count: number;
  /** The key whose timer is due first, and when; -1 = there is none. */
  readonly earliest: number;
  readonly earliestMs: number;
}

/** Of the keys of a part: how many they are, and when each is due. */
interface Dues {
  readonly count: number;
  duesInto(dues: Float64Array): void;
}

/** Due times of one part. */
let scratch = new Float64Array(8_192);

/** Room for so many of them. */
export const withRoom = (count: number): Float64Array => {
  if (scratch.length < count) scratch = new Float64Array(count);
  return scratch;
};

/**
 * Timers of a part: of all its keys, or of those that are here. Then the others, and those that have none, are marked. For a
 * start this is the longest loop: by its second part it is compiled.
 */
export const timersOf = (part: Dues, timerless?: Uint8Array): PartTimers => {
  const dues = withRoom(part.count);
  part.duesInto(dues);
  let count = 0;
  let earliest = -1;
  let earliestMs = Number.POSITIVE_INFINITY;
  for (let index = 0; index < part.count; index += 1) {
    if (timerless?.[index] === 1) continue;
    const dueAtMs = dues[index] as number;
    // Only a number is above it.
    if (!(dueAtMs > UNKNOWN_DUE)) {
      if (timerless !== undefined) timerless[index] = 1;
      continue;
    }
    count += 1;
    if (dueAtMs >= earliestMs) continue;
    earliestMs = dueAtMs;
    earliest = index;
  }
  return { count, earliest, earliestMs };
};
