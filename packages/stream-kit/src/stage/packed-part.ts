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

const PLAIN = 1;
const DEFLATED = 2;
const HEAD_BYTES = 12;

const startsOf = (bytes: Buffer, at: number, count: number): Uint32Array => {
  const starts = new Uint32Array(count + 1);
  let sum = 0;
  for (let index = 0; index < count; index += 1) {
    sum += bytes.readUInt32LE(at + 4 * index);
    starts[index + 1] = sum;
  }
  return starts;
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
  const packed = options.deflate ? deflateRawSync(body, { level: 1 }) : body;
  return Buffer.concat([Buffer.from([options.deflate ? DEFLATED : PLAIN]), packed]);
};

/** Throws on a kind that nobody here wrote. */
export const unpackPart = (packed: Buffer): PackedPart => {
  const [kind] = packed;
  if (kind !== PLAIN && kind !== DEFLATED)
    throw new Error(`a part of a cut is of kind ${kind}: a newer version wrote it`);
  const body = kind === DEFLATED ? inflateRawSync(packed.subarray(1)) : packed.subarray(1);
  const count = body.readUInt32LE(0);
  const keysAt = HEAD_BYTES + 16 * count;
  const statesAt = keysAt + body.readUInt32LE(4);
  const dueAtMs = new Float64Array(count);
  for (let index = 0; index < count; index += 1) dueAtMs[index] = body.readDoubleLE(HEAD_BYTES + 8 * count + 8 * index);
  return {
    count,
    keys: body.subarray(keysAt, statesAt),
    keyAt: startsOf(body, HEAD_BYTES, count),
    states: body.subarray(statesAt, statesAt + body.readUInt32LE(8)),
    stateAt: startsOf(body, HEAD_BYTES + 4 * count, count),
    dueAtMs,
  };
};
