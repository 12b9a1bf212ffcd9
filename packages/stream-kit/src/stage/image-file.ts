import { crc32 } from 'node:zlib';
import { PackedImage } from './packed-image.ts';
import { PackedPart } from './packed-part.ts';
import type { StateImage } from './restored.ts';

/** Also says that numbers lie as this processor has them: a file never leaves its machine. */
const MAGIC = Buffer.from('kairos-3');
const HEAD_AT = 16;
const ALIGNED = 8;

interface Head extends Omit<StateImage, 'packed'> {
  /** Of the parts: their lengths, and how many keys in each are here. Each has a check sum of its own. */
  readonly parts: readonly number[];
  readonly alive: readonly number[];
  readonly entries: number;
  readonly slots: number;
  readonly timers: number;
  readonly earliest: number;
  /** Of the columns. */
  readonly checkSum: number;
}

const up = (bytes: number): number => Math.ceil(bytes / ALIGNED) * ALIGNED;
const bytesOf = (numbers: Uint8Array | Int32Array): Buffer =>
  Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
const padded = (bytes: Buffer): Buffer[] => [bytes, Buffer.alloc(up(bytes.length) - bytes.length)];

/** Of no bytes, where they lie nowhere, `crc32` says that the sum begins anew. */
const checkSumWith = (sum: number, chunk: Buffer): number => (chunk.length === 0 ? sum : crc32(chunk, sum));

/** An image as it stands at the head of a file: a head, columns where their numbers can be used in place, the parts. */
export const imageChunks = ({ packed, ...about }: StateImage): readonly Buffer[] => {
  const { parts, alive, gone, hashes, table } = packed.columns;
  const { timerless, timers, earliest } = packed.packedDues;
  const columns = [hashes, table, gone, timerless].map(bytesOf).flatMap(padded);
  const head: Head = {
    ...about,
    parts: parts.map((part) => part.packed.length),
    alive,
    entries: gone.length,
    slots: table.length,
    timers,
    earliest,
    checkSum: columns.reduce(checkSumWith, 0),
  };
  const text = Buffer.from(JSON.stringify(head));
  const lead = Buffer.alloc(HEAD_AT + up(text.length), ' ');
  MAGIC.copy(lead);
  text.copy(lead, HEAD_AT);
  lead.writeUInt32LE(lead.length - HEAD_AT, 8);
  lead.writeUInt32LE(crc32(lead.subarray(HEAD_AT)), 12);
  return [lead, ...columns, ...parts.map((part) => part.packed)];
};

/** How many bytes the head takes at the beginning of a file; undefined = no image begins there. */
export const leadBytesOf = (start: Buffer): number | undefined =>
  start.length < HEAD_AT || !start.subarray(0, MAGIC.length).equals(MAGIC)
    ? undefined
    : HEAD_AT + start.readUInt32LE(8);

/** The head of an image: what lies where. */
export interface ImageLead {
  readonly head: Head;
  /** Of each column. */
  readonly columns: readonly number[];
  /** All columns, and all parts. */
  readonly columnBytes: number;
  readonly bodyBytes: number;
}

/** Throws on a damaged one. */
export const readLead = (lead: Buffer): ImageLead => {
  const text = lead.subarray(HEAD_AT);
  if (leadBytesOf(lead) !== lead.length || crc32(text) !== lead.readUInt32LE(12))
    throw new Error('its head is damaged');
  const head = JSON.parse(text.toString()) as Head;
  const { entries, slots, parts } = head;
  const columns = [4 * entries, 4 * slots, entries, entries];
  const columnBytes = columns.reduce((sum, bytes) => sum + up(bytes), 0);
  return { head, columns, columnBytes, bodyBytes: parts.reduce((sum, bytes) => sum + bytes, columnBytes) };
};

/** What follows the head, used in place. Throws on a damaged one. */
export const readBody = ({ head, columns: lengths, columnBytes, bodyBytes }: ImageLead, body: Buffer): StateImage => {
  const { parts: partLengths, alive, entries, slots, timers, earliest, checkSum, ...about } = head;
  if (body.length !== bodyBytes) throw new Error('it is damaged: its end is missing');
  if (crc32(body.subarray(0, columnBytes)) !== checkSum) throw new Error('its columns are damaged');
  let end = 0;
  const [hashes, table, gone, timerless] = lengths.map((bytes) => {
    const column = body.subarray(end, end + bytes);
    end += up(bytes);
    return column;
  }) as [Buffer, Buffer, Buffer, Buffer];
  const parts = partLengths.map((bytes) => {
    const part = new PackedPart(body.subarray(end, end + bytes));
    end += bytes;
    return part;
  });
  const columns = {
    parts,
    alive,
    // No buffers: those would be sliced as views, and what a task changes in its copy would change the image.
    gone: new Uint8Array(gone.buffer, gone.byteOffset, entries),
    hashes: new Int32Array(hashes.buffer, hashes.byteOffset, entries),
    table: new Int32Array(table.buffer, table.byteOffset, slots),
  };
  const dueNever = new Uint8Array(timerless.buffer, timerless.byteOffset, entries);
  return { ...about, packed: new PackedImage(columns, { timerless: dueNever, timers, earliest }) };
};

/** The image at the head of a file that was read as a whole, and where it ends. Undefined = there is none; throws on a damaged one. */
export const readImage = (file: Buffer): { readonly image: StateImage; readonly end: number } | undefined => {
  const at = leadBytesOf(file);
  if (at === undefined) return undefined;
  const lead = readLead(file.subarray(0, at));
  const end = at + lead.bodyBytes;
  return { image: readBody(lead, file.subarray(at, end)), end };
};
