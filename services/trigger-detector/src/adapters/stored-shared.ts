import { type Shared, SharedMemories, type StoredShared, type TriggerState } from '@kairos/decisions';
import { FlatReader, type FlatWriter } from '@kairos/stream-kit';
import { readTrigger, writeTrigger } from './flat-trigger.ts';
import { knownHash, wholeAt } from './stored-triggers.ts';

/**
 * How that lies which triggers remember alike:
 *
 *   none    one byte, 0
 *   some    one byte, 1; length of all that follows (4 bytes), when the last memory ends (8); their number, and each:
 *           name, number of triggers, length of the rest (4), length of the state (4), hashes of the ids (4 each), state, ids
 *
 * So it is copied as it lies where nothing of it has changed, and a trigger is looked for without reading what is not its.
 */
const [NONE, SOME] = [0, 1];
const LENGTH = 4;
const HASH = 4;
const NEVER = Number.NaN;

const moments = new Float64Array(1);
const octets = Buffer.from(moments.buffer);
const from = new FlatReader();

interface Place {
  readonly name: string;
  readonly size: number;
  readonly hashes: number;
  readonly state: number;
  readonly ids: number;
}

/** What is remembered alike, where it lies. What was written is never changed, so it is true for ever. */
class LyingMemory implements Shared {
  readonly name: string;
  readonly #bytes: Buffer;
  readonly #at: Place;
  #state: TriggerState | undefined;
  #ids: readonly string[] | undefined;

  constructor(bytes: Buffer, at: Place) {
    this.name = at.name;
    this.#bytes = bytes;
    this.#at = at;
  }

  get state(): TriggerState {
    if (this.#state === undefined) {
      from.begin(this.#bytes, this.#at.state);
      this.#state = readTrigger(from);
    }
    return this.#state;
  }

  get ids(): readonly string[] {
    if (this.#ids === undefined) {
      const ids: string[] = [];
      from.begin(this.#bytes, this.#at.ids);
      for (let left = this.#at.size; left > 0; left -= 1) ids.push(from.text());
      this.#ids = ids;
    }
    return this.#ids;
  }

  has(id: string): boolean {
    const hash = knownHash(id);
    const { hashes, size } = this.#at;
    for (let at = hashes, end = hashes + size * HASH; at < end; at += HASH) {
      if (wholeAt(this.#bytes, at) === hash && this.ids.includes(id)) return true;
    }
    return false;
  }
}

class LyingShared implements StoredShared {
  readonly endsAtMs: number | undefined;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    const endsAtMs = bytes.readDoubleLE(start);
    this.endsAtMs = Number.isNaN(endsAtMs) ? undefined : endsAtMs;
  }

  read(): readonly Shared[] {
    const reader = new FlatReader();
    reader.begin(this.bytes, this.start + octets.length);
    const list: Shared[] = [];
    for (let left = reader.count(); left > 0; left -= 1) {
      const name = reader.text();
      const size = reader.count();
      const [rest, length] = [wholeAt(this.bytes, reader.at), wholeAt(this.bytes, reader.at + LENGTH)];
      const hashes = reader.at + 2 * LENGTH;
      const state = hashes + size * HASH;
      list.push(new LyingMemory(this.bytes, { name, size, hashes, state, ids: state + length }));
      reader.begin(this.bytes, hashes + rest);
    }
    return list;
  }
}

/** What nobody has changed is copied as it lies. */
export function writeShared(to: FlatWriter, shared: SharedMemories): void {
  if (shared.isEmpty) {
    to.byte(NONE);
    return;
  }
  to.byte(SOME);
  const lengthAt = to.at;
  const start = lengthAt + LENGTH;
  to.goTo(start);
  if (shared.stored !== null) {
    const { bytes, start: first, end } = shared.stored as LyingShared;
    to.copy(bytes, first, end);
  } else {
    moments[0] = shared.endsAtMs ?? NEVER;
    to.copy(octets, 0, octets.length);
    to.count(shared.list.length);
    for (const one of shared.list) writeMemory(to, one);
  }
  writeLength(to, lengthAt, to.at - start);
}

function writeMemory(to: FlatWriter, { name, ids, state }: Shared): void {
  to.text(name);
  to.count(ids.length);
  const lengths = to.at;
  const hashes = lengths + 2 * LENGTH;
  to.goTo(hashes);
  for (const id of ids) to.fixed(knownHash(id));
  const stateAt = to.at;
  to.goTo(stateAt);
  writeTrigger(to, state);
  writeLength(to, lengths + LENGTH, to.at - stateAt);
  for (const id of ids) to.text(id);
  writeLength(to, lengths, to.at - hashes);
}

function writeLength(to: FlatWriter, at: number, length: number): void {
  const end = to.at;
  to.goTo(at);
  to.fixed(length);
  to.goTo(end);
}

/** Reads none of it; the reader then stands behind it. */
export function readShared(reader: FlatReader, bytes: Buffer): SharedMemories {
  if (reader.byte() === NONE) return SharedMemories.none;
  const start = reader.at + LENGTH;
  const end = start + wholeAt(bytes, reader.at);
  reader.begin(bytes, end);
  return SharedMemories.from(new LyingShared(bytes, start, end));
}
