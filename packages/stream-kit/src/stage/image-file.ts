import { crc32 } from 'node:zlib';
import type { KnownRecord, StateImage } from './restored.ts';

/** Also says that numbers lie as this processor has them: a file never leaves its machine. */
const MAGIC = Buffer.from('kairos-1');
const HEAD_AT = 16;
const ALIGNED = 8;

interface Head extends Omit<StateImage, 'columns' | 'known'> {
  readonly known: readonly KnownRecord[];
  readonly count: number;
  readonly slots: number;
  readonly timers: number;
  readonly keyBytes: number;
  readonly stateBytes: number;
  readonly checkSum: number;
}

const up = (bytes: number): number => Math.ceil(bytes / ALIGNED) * ALIGNED;
const bytesOf = (numbers: Uint32Array | Int32Array | Float64Array): Buffer =>
  Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
const padding = Buffer.alloc(ALIGNED);

/** An image as it stands at the head of a file: numbers first, each column where its numbers can be used in place. */
export const imageChunks = ({ columns, ...about }: StateImage): readonly Buffer[] => {
  const { count, keys, keyAt, states, stateAt, dueAtMs, hashes, table, heap } = columns;
  const numbers = [dueAtMs, keyAt, stateAt, hashes, table, heap].map(bytesOf);
  const body = [...numbers, keys, states].flatMap((column) => [
    column,
    padding.subarray(0, up(column.length) - column.length),
  ]);
  const checkSum = body.reduce((sum, chunk) => crc32(chunk, sum), 0);
  const lengths = { slots: table.length, timers: heap.length, keyBytes: keys.length, stateBytes: states.length };
  const head: Head = { ...about, count, ...lengths, checkSum };
  const text = Buffer.from(JSON.stringify(head));
  const lead = Buffer.alloc(HEAD_AT + up(text.length), ' ');
  MAGIC.copy(lead);
  lead.writeUInt32LE(up(text.length), 8);
  text.copy(lead, HEAD_AT);
  lead.writeUInt32LE(crc32(lead.subarray(HEAD_AT)), 12);
  return [lead, ...body];
};

/** The image at the head of a file, used in place, and where it ends. Undefined = there is none; throws on a damaged one. */
export const readImage = (file: Buffer): { readonly image: StateImage; readonly end: number } | undefined => {
  if (file.length < HEAD_AT || !file.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const bodyAt = HEAD_AT + file.readUInt32LE(8);
  const text = file.subarray(HEAD_AT, bodyAt);
  if (bodyAt > file.length || crc32(text) !== file.readUInt32LE(12)) throw new Error('its head is damaged');
  const { count, slots, timers, keyBytes, stateBytes, checkSum, ...about } = JSON.parse(text.toString()) as Head;
  const lengths = [8 * count, 4 * (count + 1), 4 * (count + 1), 4 * count, 4 * slots, 4 * timers, keyBytes, stateBytes];
  const end = lengths.reduce((sum, bytes) => sum + up(bytes), bodyAt);
  if (end > file.length || crc32(file.subarray(bodyAt, end)) !== checkSum) throw new Error('its states are damaged');
  let at = bodyAt;
  const [dues, keyAts, stateAts, hashes, table, heap, keys, states] = lengths.map((bytes) => {
    const column = file.subarray(at, at + bytes);
    at += up(bytes);
    return column;
  }) as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer, Buffer, Buffer];
  const columns = {
    count,
    keys,
    states,
    dueAtMs: new Float64Array(dues.buffer, dues.byteOffset, count),
    keyAt: new Uint32Array(keyAts.buffer, keyAts.byteOffset, count + 1),
    stateAt: new Uint32Array(stateAts.buffer, stateAts.byteOffset, count + 1),
    hashes: new Int32Array(hashes.buffer, hashes.byteOffset, count),
    table: new Int32Array(table.buffer, table.byteOffset, slots),
    heap: new Int32Array(heap.buffer, heap.byteOffset, timers),
  };
  return { image: { ...about, columns }, end };
};
