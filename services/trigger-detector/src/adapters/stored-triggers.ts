import {
  type StoredTriggers,
  type TriggerState,
  type TriggerStates,
  textHash,
  triggerDueAtMs,
  triggerEndsAtMs,
} from '@kairos/decisions';
import { FlatReader, type FlatWriter } from '@kairos/stream-kit';
import { readTrigger, writeTrigger } from './flat-trigger.ts';
import { momentAt, wholeAt, writeLength, writeMoment } from './stored-section.ts';

/**
 * How a person's triggers lie, in order of id:
 *
 *   none or one   count, id, state
 *   more          count, length of all that follows, a line for each, then each one's id and state
 *   a line        hash of the id (4 bytes), bytes of id and state (4), when its timer is due (8), when its memory ends (8)
 *
 * So the state of one is found, and when anything is due is known, without reading the others; and those that an event does
 * not concern are copied as they lie.
 */
const LINE = 24;
const [LENGTH, DUE, ENDS] = [4, 8, 16];
/** Where the lines begin, after the length. */
const AHEAD = 4;

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
class LyingTriggers implements StoredTriggers {
  readonly size: number;
  readonly bytes: Buffer;
  /** Where the lines begin. */
  readonly #lines: number;
  /** Where the first id begins. */
  readonly #first: number;

  constructor(bytes: Buffer, lines: number, size: number) {
    this.bytes = bytes;
    this.#lines = lines;
    this.size = size;
    this.#first = lines + size * LINE;
  }

  placeOf(id: string): number {
    const hash = knownHash(id);
    for (let place = 0, at = this.#lines; place < this.size; place += 1, at += LINE) {
      if (wholeAt(this.bytes, at) === hash && this.idAt(place) === id) return place;
    }
    return -1;
  }

  idAt(place: number): string {
    from.begin(this.bytes, this.startOf(place));
    return from.text();
  }

  stateAt(place: number): TriggerState {
    from.begin(this.bytes, this.startOf(place));
    from.text();
    return readTrigger(from);
  }

  dueAtMs(place: number): number | undefined {
    return momentAt(this.bytes, this.#lines + place * LINE + DUE);
  }

  endsAtMs(place: number): number | undefined {
    return momentAt(this.bytes, this.#lines + place * LINE + ENDS);
  }

  /** Where its id begins; of the place after the last, where all ends. */
  startOf(place: number): number {
    let start = this.#first;
    for (let at = this.#lines + LENGTH, left = place; left > 0; left -= 1, at += LINE) start += wholeAt(this.bytes, at);
    return start;
  }

  lineOf(place: number): number {
    return this.#lines + place * LINE;
  }
}

/** Of one id what is held, or where it lies. */
interface Entry {
  readonly id: string;
  readonly state: TriggerState | null;
  readonly place: number;
}

/** All that is there, in order of id. */
function entriesOf(triggers: TriggerStates): readonly Entry[] {
  const stored = triggers.stored as LyingTriggers | null;
  const held = triggers.held.filter(({ state }) => state !== null);
  const size = stored?.size ?? 0;
  if (size === 0) return held.length < 2 ? held : [...held].sort((a, b) => (a.id < b.id ? -1 : 1));
  const fresh = held.filter(({ place }) => place < 0).sort((a, b) => (a.id < b.id ? -1 : 1));
  const entries: Entry[] = [];
  let next = 0;
  for (let place = 0; place < size; place += 1) {
    const instead = triggers.held.find((one) => one.place === place);
    if (instead?.state === null) continue;
    if (next < fresh.length) {
      const id = stored?.idAt(place) ?? '';
      while (next < fresh.length && (fresh[next] as Entry).id < id) entries.push(fresh[next++] as Entry);
    }
    entries.push(instead ?? { id: '', state: null, place });
  }
  while (next < fresh.length) entries.push(fresh[next++] as Entry);
  return entries;
}

export function writeTriggers(to: FlatWriter, triggers: TriggerStates): void {
  const stored = triggers.stored as LyingTriggers | null;
  // The same triggers as before, some of them changed: nearly always, for whoever has several.
  if (stored !== null && triggers.held.every(isInPlace)) {
    writeChanged(to, stored, triggers.held);
    return;
  }
  const entries = entriesOf(triggers);
  to.count(entries.length);
  if (entries.length >= 2) {
    writeAll(to, stored, entries);
    return;
  }
  for (const { id, state, place } of entries) {
    to.text(state === null ? (stored?.idAt(place) ?? '') : id);
    const alone = state ?? stored?.stateAt(place);
    if (alone !== undefined) writeTrigger(to, alone);
  }
}

const isInPlace = ({ state, place }: Entry): boolean => state !== null && place >= 0;

/** Copies what stands between two that have changed. */
function writeChanged(to: FlatWriter, stored: LyingTriggers, held: readonly Entry[]): void {
  const { bytes, size } = stored;
  to.count(size);
  const lines = to.at + AHEAD;
  to.goTo(lines);
  to.copy(bytes, stored.lineOf(0), stored.lineOf(size));
  const changed = held.length < 2 ? held : [...held].sort((a, b) => a.place - b.place);
  let next = 0;
  for (const { id, state, place } of changed) {
    if (state === null) continue;
    if (place > next) to.copy(bytes, stored.startOf(next), stored.startOf(place));
    writeOne(to, lines + place * LINE, { id, state });
    next = place + 1;
  }
  if (next < size) to.copy(bytes, stored.startOf(next), stored.startOf(size));
  writeLength(to, lines - AHEAD, lines);
}

function writeAll(to: FlatWriter, stored: LyingTriggers | null, entries: readonly Entry[]): void {
  const lines = to.at + AHEAD;
  let end = lines + entries.length * LINE;
  for (const [at, { id, state, place }] of entries.entries()) {
    const line = lines + at * LINE;
    to.goTo(end);
    if (state !== null) writeOne(to, line, { id, state });
    else if (stored !== null) {
      to.goTo(line);
      to.copy(stored.bytes, stored.lineOf(place), stored.lineOf(place + 1));
      to.goTo(end);
      to.copy(stored.bytes, stored.startOf(place), stored.startOf(place + 1));
    }
    end = to.at;
  }
  writeLength(to, lines - AHEAD, lines);
}

/** Here goes id and state, and there its line. */
function writeOne(
  to: FlatWriter,
  line: number,
  { id, state }: { readonly id: string; readonly state: TriggerState },
): void {
  const start = to.at;
  to.goTo(start);
  to.text(id);
  writeTrigger(to, state);
  const end = to.at;
  to.goTo(line);
  to.fixed(knownHash(id));
  to.fixed(end - start);
  writeMoment(to, triggerDueAtMs(state));
  writeMoment(to, triggerEndsAtMs(state));
  to.goTo(end);
}

/** Reads no state of two or more; the reader then stands behind them. */
export function readTriggers(reader: FlatReader, bytes: Buffer): ApartTriggers {
  const count = reader.count();
  if (count === 0) return NONE_APART;
  if (count === 1) {
    const id = reader.text();
    return { stored: null, held: [{ id, state: readTrigger(reader), place: -1 }] };
  }
  const lines = reader.at + AHEAD;
  const stored = new LyingTriggers(bytes, lines, count);
  reader.begin(bytes, lines + bytes.readUInt32LE(lines - AHEAD));
  return { stored, held: [] };
}

/** What each trigger remembers apart from all others. */
export type ApartTriggers = Pick<TriggerStates, 'stored' | 'held'>;

const NONE_APART: ApartTriggers = { stored: null, held: [] };
