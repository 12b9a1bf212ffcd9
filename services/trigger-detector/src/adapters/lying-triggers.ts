import { type StoredTriggers, type TriggerState, type TriggerStates, textHash } from '@kairos/decisions';
import { FlatReader } from '@kairos/stream-kit/offline';
import { readTrigger } from './flat-trigger.ts';
import { momentAt, wholeAt } from './stored-section.ts';

/**
 * How a person's triggers lie, in order of id:
 *
 *   none or one   count, id, state
 *   more          count, length of all that follows, when the first of them is due (8), when the last memory ends (8), a line
 *                 for each, then each one's id and state
 *   a line        hash of the id (4 bytes), bytes of id and state (4), when its timer is due (8), when its memory ends (8)
 *
 * So the state of one is found, and when anything is due is known, without reading the others; and those that an event does
 * not concern are copied as they lie.
 */
export const LINE = 24;
const [LENGTH, DUE, ENDS] = [4, 8, 16];
/** Where the lines begin, after the length; before version 8 nothing stood between them. */
export const AHEAD = 20;
const AHEAD_WITHOUT_MOMENTS = 4;
const MOMENT_BYTES = 8;

const from = new FlatReader();

/** Definitions have few ids: that of one that is looked up again and again is not hashed again and again. */
const hashes = new Map<string, number>();
const MAX_HASHES = 10_000;

export function knownHash(id: string): number {
  const known = hashes.get(id);
  if (known !== undefined) return known;
  const hash = textHash(id);
  if (hashes.size >= MAX_HASHES) hashes.clear();
  hashes.set(id, hash);
  return hash;
}

/** Two or more triggers where they lie. What was written is never changed, so it is true for ever. */
export class LyingTriggers implements StoredTriggers {
  readonly size: number;
  readonly bytes: Buffer;
  /** Where the lines begin. */
  readonly #lines: number;
  /** Where the first id begins. */
  readonly #first: number;
  readonly #hasMoments: boolean;

  constructor(bytes: Buffer, { lines, size, hasMoments }: { lines: number; size: number; hasMoments: boolean }) {
    this.bytes = bytes;
    this.#lines = lines;
    this.size = size;
    this.#first = lines + size * LINE;
    this.#hasMoments = hasMoments;
  }

  placeOf(id: string): number {
    const hash = knownHash(id);
    const { bytes } = this;
    for (let place = 0, at = this.#lines; place < this.size; place += 1, at += LINE) {
      if (wholeAt(bytes, at) === hash && this.idAt(place) === id) return place;
    }
    return -1;
  }

  idAt(place: number): string {
    from.begin(this.bytes, this.startOf(place));
    return from.text();
  }

  stateAt(place: number): TriggerState {
    from.begin(this.bytes, this.startOf(place));
    from.skipText();
    return readTrigger(from);
  }

  dueAtMs(place: number): number | undefined {
    return momentAt(this.bytes, this.#lines + place * LINE + DUE);
  }

  endsAtMs(place: number): number | undefined {
    return momentAt(this.bytes, this.#lines + place * LINE + ENDS);
  }

  get earliestDueAtMs(): number | undefined {
    if (this.#hasMoments) return momentAt(this.bytes, this.#lines - 2 * MOMENT_BYTES);
    return earliestDueOf(this.bytes, this.#lines, this.size);
  }

  get latestEndAtMs(): number | undefined {
    if (this.#hasMoments) return momentAt(this.bytes, this.#lines - MOMENT_BYTES);
    return latestEndOf(this.bytes, this.#lines, this.size);
  }

  /** Where its id begins; of the place after the last, where all ends. */
  startOf(place: number): number {
    return this.startAfter(this.#first, 0, place);
  }

  /** The same, from a place on of which it is known. */
  startAfter(start: number, known: number, place: number): number {
    const { bytes } = this;
    let at = this.#lines + known * LINE + LENGTH;
    let found = start;
    for (let left = place - known; left > 0; left -= 1, at += LINE) found += wholeAt(bytes, at);
    return found;
  }

  lineOf(place: number): number {
    return this.#lines + place * LINE;
  }
}

/** When the first of so many lines is due. */
export function earliestDueOf(bytes: Buffer, lines: number, size: number): number | undefined {
  let earliest = Number.POSITIVE_INFINITY;
  for (let left = size, at = lines + DUE; left > 0; left -= 1, at += LINE) {
    const dueAtMs = momentAt(bytes, at);
    if (dueAtMs !== undefined && dueAtMs < earliest) earliest = dueAtMs;
  }
  return earliest === Number.POSITIVE_INFINITY ? undefined : earliest;
}

/** When the last memory of so many lines ends; undefined when none has an end. */
export function latestEndOf(bytes: Buffer, lines: number, size: number): number | undefined {
  let latest = Number.NEGATIVE_INFINITY;
  for (let left = size, at = lines + ENDS; left > 0; left -= 1, at += LINE) {
    const endsAtMs = momentAt(bytes, at);
    if (endsAtMs !== undefined && endsAtMs > latest) latest = endsAtMs;
  }
  return latest === Number.NEGATIVE_INFINITY ? undefined : latest;
}

/** What each trigger remembers apart from all others. */
export type ApartTriggers = Pick<TriggerStates, 'stored' | 'held'>;

const NONE_APART: ApartTriggers = { stored: null, held: [] };

/** Reads no state of two or more; the reader then stands behind them. */
export function readTriggers(reader: FlatReader, bytes: Buffer, hasMoments: boolean): ApartTriggers {
  const size = reader.count();
  if (size === 0) return NONE_APART;
  if (size === 1) {
    const id = reader.name();
    return { stored: null, held: [{ id, state: readTrigger(reader), place: -1 }] };
  }
  const length = reader.at;
  const lines = length + (hasMoments ? AHEAD : AHEAD_WITHOUT_MOMENTS);
  reader.begin(bytes, length + AHEAD_WITHOUT_MOMENTS + wholeAt(bytes, length));
  return { stored: new LyingTriggers(bytes, { lines, size, hasMoments }), held: [] };
}
