import { deflateRawSync } from 'node:zlib';
import { writeAscii } from '../serde/text-bytes.ts';
import { hashOf } from './key-hash.ts';
import {
  checkSumOf,
  DEFLATED,
  type DueBytes,
  FORM,
  HEAD,
  HEAD_BYTES,
  inBytes,
  type KeyState,
  NEVER,
  SOME_EMPTY,
} from './part-form.ts';

/** Columns before they are deflated: lengths first, since like beside like is small once deflated. */
interface Columns {
  readonly count: number;
  readonly keys: Buffer;
  readonly hashes: Int32Array;
  readonly states: Buffer;
  readonly dues: Dues;
  /** Which hold nothing, a byte each; nothing when each of them holds something. */
  readonly empty: Buffer;
}

interface Dues {
  readonly bytes: Buffer;
  readonly each: DueBytes;
  readonly first: number;
}

interface Deflated {
  readonly keys: Buffer;
  readonly states: Buffer;
}

const NOTHING = Buffer.alloc(0);
/** UTF-8 takes so many bytes at most for what is one number in a text. */
const LONGEST_CHARACTER = 3;
const LEVEL = { level: 1 };

/**
 * A part as it lies in the changelog. Keys and states are deflated apart from one another and from what a start has to know
 * of each key: so it reads a million of them without inflating any. MUST NOT be left to another thread: nobody can say when
 * it has done, so the simulation could not replay a run.
 */
export const packPart = (entries: readonly KeyState[], { deflate }: { readonly deflate: boolean }): Buffer => {
  const columns = columnsOf(entries);
  if (!deflate) return put(columns, null);
  return put(columns, { keys: deflateRawSync(columns.keys, LEVEL), states: deflateRawSync(columns.states, LEVEL) });
};

/** Loops, here and below: of a busy stage each cut has ten thousands of entries. */
function columnsOf(entries: readonly KeyState[]): Columns {
  const count = entries.length;
  let characters = 0;
  let stateBytes = 0;
  let emptyCount = 0;
  for (const { key, state } of entries) {
    characters += key.length;
    stateBytes += state.length;
    if (state.length === 0) emptyCount += 1;
  }
  return {
    count,
    ...keysOf(entries, characters),
    states: statesOf(entries, stateBytes),
    dues: duesOf(entries),
    empty: emptyCount === 0 ? NOTHING : Buffer.from(entries.map(({ state }) => (state.length === 0 ? 1 : 0))),
  };
}

function keysOf(entries: readonly KeyState[], characters: number): Pick<Columns, 'keys' | 'hashes'> {
  const lengths = new Uint32Array(entries.length);
  const hashes = new Int32Array(entries.length);
  const from = inBytes(lengths).length;
  const bytes = Buffer.allocUnsafe(from + LONGEST_CHARACTER * characters);
  let at = from;
  for (let index = 0; index < entries.length; index += 1) {
    const { key } = entries[index] as KeyState;
    const length = writeAscii(key, bytes, at) ? key.length : bytes.write(key, at, 'utf8');
    lengths[index] = length;
    hashes[index] = hashOf(bytes, at, at + length);
    at += length;
  }
  inBytes(lengths).copy(bytes);
  return { keys: bytes.subarray(0, at), hashes };
}

function statesOf(entries: readonly KeyState[], stateBytes: number): Buffer {
  const lengths = new Uint32Array(entries.length);
  const from = inBytes(lengths).length;
  const bytes = Buffer.allocUnsafe(from + stateBytes);
  let at = from;
  for (let index = 0; index < entries.length; index += 1) {
    const { state } = entries[index] as KeyState;
    bytes.set(state, at);
    lengths[index] = state.length;
    at += state.length;
  }
  inBytes(lengths).copy(bytes);
  return bytes;
}

/** Mostly of one day: then half as long as doubles, and nothing has to be inflated for them. */
function duesOf(entries: readonly KeyState[]): Dues {
  const dues = new Float64Array(entries.length);
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  let areWhole = true;
  let areSame = true;
  for (let index = 0; index < entries.length; index += 1) {
    const due = entries[index]?.dueAtMs ?? Number.NaN;
    dues[index] = due;
    areSame &&= Object.is(due, dues[0]);
    if (Number.isNaN(due)) continue;
    if (due < least) least = due;
    if (due > most) most = due;
    areWhole &&= Number.isInteger(due);
  }
  const first = dues[0] ?? Number.NaN;
  if (areSame) return { bytes: NOTHING, each: 0, first };
  if (!areWhole || most - least >= NEVER) return { bytes: inBytes(dues), each: 8, first: least };
  const differences = new Uint32Array(dues.length);
  for (let index = 0; index < dues.length; index += 1) {
    const due = dues[index] as number;
    differences[index] = Number.isNaN(due) ? NEVER : due - least;
  }
  return { bytes: inBytes(differences), each: 4, first: least };
}

/** `deflated` = null: as the columns are. */
function put({ count, keys, hashes, states, dues, empty }: Columns, deflated: Deflated | null): Buffer {
  const [keyBytes, stateBytes] = deflated === null ? [keys, states] : [deflated.keys, deflated.states];
  const head = Buffer.alloc(HEAD_BYTES);
  head[HEAD.form] = FORM;
  head[HEAD.flags] = (deflated === null ? 0 : DEFLATED) | (empty.length > 0 ? SOME_EMPTY : 0);
  head[HEAD.dueBytes] = dues.each;
  head.writeUInt32LE(count, HEAD.count);
  head.writeUInt32LE(keyBytes.length, HEAD.keys);
  head.writeUInt32LE(keys.length, HEAD.keys + 4);
  head.writeUInt32LE(stateBytes.length, HEAD.states);
  head.writeUInt32LE(states.length, HEAD.states + 4);
  head.writeDoubleLE(dues.first, HEAD.firstDue);
  const packed = Buffer.concat([head, inBytes(hashes), dues.bytes, empty, keyBytes, stateBytes]);
  packed.writeUInt32LE(checkSumOf(packed), HEAD.checkSum);
  return packed;
}
