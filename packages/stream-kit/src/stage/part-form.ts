import { crc32 } from 'node:zlib';

/** A key, its encoded state (empty = it holds nothing) and when its earliest timer is due (undefined = never). */
export interface KeyState {
  readonly key: string;
  readonly state: Uint8Array;
  readonly dueAtMs: number | undefined;
}

/** 1 to 3 were written before anything was released. */
export const FORM = 4;
export const DEFLATED = 1;
export const SOME_EMPTY = 2;
/** Bytes of a due time: none (all are the first one), a difference from it, or a double. */
export type DueBytes = 0 | 4 | 8;
/** Instead of a difference: no timer. */
export const NEVER = 0xffff_ffff;

/** Where the numbers of the head lie. What follows it: hashes, due times, which hold nothing, keys, states. */
export const HEAD = { form: 0, flags: 1, dueBytes: 2, checkSum: 4, count: 8, keys: 12, states: 20, firstDue: 28 };
export const HEAD_BYTES = 36;

/** Numbers in memory lie as the processor has them, on the wire as little-endian: the same wherever Node runs. */
export const inBytes = (numbers: Int32Array | Uint32Array | Float64Array): Buffer =>
  Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);

/** Of all bytes but its own. */
export const checkSumOf = (packed: Buffer): number =>
  crc32(packed.subarray(HEAD.count), crc32(packed.subarray(0, HEAD.checkSum)));
