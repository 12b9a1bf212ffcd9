import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** A key, its encoded state (empty = it holds nothing) and when its earliest timer is due (undefined = never). */
export interface KeyState {
  readonly key: string;
  readonly state: Uint8Array;
  readonly dueAtMs: number | undefined;
}

/** Of a state whose due time was not written beside it: only the state itself says when its timer is due. */
export const UNKNOWN_DUE: number = Number.NEGATIVE_INFINITY;

/** Many keys in a few stretches of memory: what is read of it is read in place. */
export interface PackedPart {
  readonly count: number;
  /** UTF-8, one after the other; the n-th key ends where the next begins. */
  readonly keys: Buffer;
  readonly keyAt: Uint32Array;
  readonly states: Buffer;
  readonly stateAt: Uint32Array;
  /** NaN = no timer. */
  readonly dueAtMs: Float64Array;
}

/** Each key once, with all that is made of keys to find them: used in place. */
export interface ImageColumns extends PackedPart {
  readonly hashes: Int32Array;
  /** Slot → entry; see `PackedStates`. */
  readonly table: Int32Array;
  /** Entries with a timer; see `PackedTimers`. */
  readonly heap: Int32Array;
}

const PLAIN = 1;
/** As older versions wrote it: how long it was before is not said. */
const DEFLATED = 2;
/** With its length before, so that one stretch of memory takes it. */
const SIZED = 3;
const HEAD_BYTES = 12;
const SIZE_BYTES = 5;

/** Numbers in memory lie as the processor has them, on the wire as little-endian: the same wherever Node runs. */
const startsOf = (bytes: Buffer, at: number, count: number): Uint32Array => {
  const lengths = new Uint32Array(count);
  bytes.copy(Buffer.from(lengths.buffer), 0, at, at + 4 * count);
  const starts = new Uint32Array(count + 1);
  let sum = 0;
  for (let index = 0; index < count; index += 1) {
    sum += lengths[index] as number;
    starts[index + 1] = sum;
  }
  return starts;
};

const inflate = (packed: Buffer): Buffer => {
  const [kind] = packed;
  if (kind === PLAIN) return packed.subarray(1);
  if (kind === DEFLATED) return inflateRawSync(packed.subarray(1));
  if (kind !== SIZED) throw new Error(`a part of a cut is of kind ${kind}: a newer version wrote it`);
  // One byte more, so that zlib sees the end without asking for a second stretch.
  return inflateRawSync(packed.subarray(SIZE_BYTES), { chunkSize: Math.max(64, packed.readUInt32LE(1) + 1) });
};

/** Columns, because like beside like is small once deflated: lengths, due times, keys, states. */
export const packPart = (entries: readonly KeyState[], options: { readonly deflate: boolean }): Buffer => {
  const { length: count } = entries;
  let keyBytes = 0;
  let stateBytes = 0;
  for (const { key, state } of entries) {
    keyBytes += Buffer.byteLength(key);
    stateBytes += state.length;
  }
  const dueAt = HEAD_BYTES + 8 * count;
  const body = Buffer.allocUnsafe(dueAt + 8 * count + keyBytes + stateBytes);
  body.writeUInt32LE(count, 0);
  body.writeUInt32LE(keyBytes, 4);
  body.writeUInt32LE(stateBytes, 8);
  let keyAt = dueAt + 8 * count;
  let stateAt = keyAt + keyBytes;
  entries.forEach(({ key, state, dueAtMs }, index) => {
    const keyLength = body.write(key, keyAt, 'utf8');
    body.set(state, stateAt);
    body.writeUInt32LE(keyLength, HEAD_BYTES + 4 * index);
    body.writeUInt32LE(state.length, HEAD_BYTES + 4 * (count + index));
    body.writeDoubleLE(dueAtMs ?? Number.NaN, dueAt + 8 * index);
    keyAt += keyLength;
    stateAt += state.length;
  });
  if (!options.deflate) return Buffer.concat([Buffer.from([PLAIN]), body]);
  const head = Buffer.allocUnsafe(SIZE_BYTES);
  head[0] = SIZED;
  head.writeUInt32LE(body.length, 1);
  return Buffer.concat([head, deflateRawSync(body, { level: 1 })]);
};

/** Throws on a kind that nobody here wrote. */
export const unpackPart = (packed: Buffer): PackedPart => {
  const body = inflate(packed);
  const count = body.readUInt32LE(0);
  const duesAt = HEAD_BYTES + 8 * count;
  const keysAt = duesAt + 8 * count;
  const statesAt = keysAt + body.readUInt32LE(4);
  const dueAtMs = new Float64Array(count);
  body.copy(Buffer.from(dueAtMs.buffer), 0, duesAt, keysAt);
  return {
    count,
    keys: body.subarray(keysAt, statesAt),
    keyAt: startsOf(body, HEAD_BYTES, count),
    states: body.subarray(statesAt, statesAt + body.readUInt32LE(8)),
    stateAt: startsOf(body, HEAD_BYTES + 4 * count, count),
    dueAtMs,
  };
};
