import { crc32 } from 'node:zlib';
import { PackedPart } from './packed-part.ts';
import type { StateImage } from './restored.ts';

/** Also says that numbers lie as this processor has them: a file never leaves its machine. */
const MAGIC = Buffer.from('kairos-2');
const HEAD_AT = 16;

interface Head extends Omit<StateImage, 'parts' | 'gone'> {
  /** Lengths of the parts. Each has a check sum of its own. */
  readonly parts: readonly number[];
  readonly keys: number;
  /** Of `gone`. */
  readonly checkSum: number;
}

/** An image as it stands at the head of a file: a head, which keys are gone, the parts. */
export const imageChunks = ({ parts, gone, ...about }: StateImage): readonly Buffer[] => {
  const lengths = parts.map(({ packed }) => packed.length);
  const head: Head = { ...about, parts: lengths, keys: gone.length, checkSum: crc32(gone) };
  const text = Buffer.from(JSON.stringify(head));
  const lead = Buffer.alloc(HEAD_AT);
  MAGIC.copy(lead);
  lead.writeUInt32LE(text.length, 8);
  lead.writeUInt32LE(crc32(text), 12);
  return [lead, text, Buffer.from(gone.buffer, gone.byteOffset, gone.length), ...parts.map(({ packed }) => packed)];
};

/** The image at the head of a file, used in place, and where it ends. Undefined = there is none; throws on a damaged one. */
export const readImage = (file: Buffer): { readonly image: StateImage; readonly end: number } | undefined => {
  if (file.length < HEAD_AT || !file.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const goneAt = HEAD_AT + file.readUInt32LE(8);
  const text = file.subarray(HEAD_AT, goneAt);
  if (goneAt > file.length || crc32(text) !== file.readUInt32LE(12)) throw new Error('its head is damaged');
  const { parts: lengths, keys, checkSum, ...about } = JSON.parse(text.toString()) as Head;
  const gone = file.subarray(goneAt, goneAt + keys);
  if (crc32(gone) !== checkSum) throw new Error('its list of keys is damaged');
  let end = goneAt + keys;
  const parts = lengths.map((length) => {
    const part = new PackedPart(file.subarray(end, end + length));
    end += length;
    return part;
  });
  if (end > file.length) throw new Error('it is cut off');
  return { image: { ...about, parts, gone }, end };
};
