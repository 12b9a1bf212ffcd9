import { type Shared, SharedMemories, type StoredShared, type TriggerState } from '@kairos/decisions';
import { FlatReader, type FlatWriter } from '@kairos/stream-kit/offline';
import { readTrigger, writeTrigger } from './flat-trigger.ts';
import { knownHash } from './lying-triggers.ts';
import {
  beginSection,
  endSection,
  LENGTH_BYTES,
  LyingSection,
  readSection,
  type Stretch,
  wholeAt,
  writeLength,
  writeMoment,
  writeNoSection,
} from './stored-section.ts';

const HASH_BYTES = 4;

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
  readonly #at: Place & Stretch;
  #state: TriggerState | undefined;
  #ids: readonly string[] | undefined;

  constructor(bytes: Buffer, at: Place & Stretch) {
    this.name = at.name;
    this.#bytes = bytes;
    this.#at = at;
  }

  copyTo(to: FlatWriter): void {
    to.copy(this.#bytes, this.#at.start, this.#at.end);
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
    for (let at = hashes, end = hashes + size * HASH_BYTES; at < end; at += HASH_BYTES) {
      if (wholeAt(this.#bytes, at) === hash && this.ids.includes(id)) return true;
    }
    return false;
  }
}

/**
 * What triggers remember alike, a section whose moment says when the last memory ends: their number, and each: name, number of
 * triggers, length of the rest (4 bytes), length of the state (4), hashes of the ids (4 each), state, ids. So a trigger is
 * looked for without reading what is not its.
 */
class LyingShared extends LyingSection implements StoredShared {
  get endsAtMs(): number | undefined {
    return this.atMs;
  }

  read(): readonly Shared[] {
    const reader = new FlatReader();
    reader.begin(this.bytes, this.contentAt);
    const list: Shared[] = [];
    for (let left = reader.count(); left > 0; left -= 1) {
      const start = reader.at;
      const name = reader.text();
      const size = reader.count();
      const [rest, length] = [wholeAt(this.bytes, reader.at), wholeAt(this.bytes, reader.at + LENGTH_BYTES)];
      const hashes = reader.at + 2 * LENGTH_BYTES;
      const state = hashes + size * HASH_BYTES;
      const [ids, end] = [state + length, hashes + rest];
      list.push(new LyingMemory(this.bytes, { name, size, hashes, state, ids, start, end }));
      reader.begin(this.bytes, end);
    }
    return list;
  }
}

/** What nobody has changed is copied as it lies. */
export function writeShared(to: FlatWriter, shared: SharedMemories): void {
  if (shared.isEmpty) {
    writeNoSection(to);
    return;
  }
  const start = beginSection(to);
  if (shared.stored !== null) (shared.stored as LyingShared).copyTo(to);
  else {
    writeMoment(to, shared.endsAtMs);
    to.count(shared.list.length);
    for (const one of shared.list) writeMemory(to, one);
  }
  endSection(to, start);
}

function writeMemory(to: FlatWriter, memory: Shared): void {
  if (memory instanceof LyingMemory) {
    memory.copyTo(to);
    return;
  }
  const { name, ids, state } = memory;
  to.text(name);
  to.count(ids.length);
  const lengths = to.at;
  const hashes = lengths + 2 * LENGTH_BYTES;
  to.goTo(hashes);
  for (const id of ids) to.fixed(knownHash(id));
  const stateAt = to.at;
  to.goTo(stateAt);
  writeTrigger(to, state);
  writeLength(to, lengths + LENGTH_BYTES, stateAt);
  for (const id of ids) to.text(id);
  writeLength(to, lengths, hashes);
}

/** Reads none of it; the reader then stands behind it. */
export function readShared(reader: FlatReader, bytes: Buffer): SharedMemories {
  const section = readSection(reader, bytes);
  return section === null ? SharedMemories.none : SharedMemories.from(new LyingShared(bytes, section));
}
