import type { FlatReader, FlatWriter } from '@kairos/stream-kit';

/**
 * A part of a state that is passed over without being read, and copied as it lies where nothing of it has changed:
 *
 *   none    one byte, 0
 *   some    one byte, 1; length of all that follows (4 bytes), a moment that is asked for often (8), and the content
 */
const [NONE, SOME] = [0, 1];
export const LENGTH_BYTES = 4;
const NEVER = Number.NaN;

const moments = new Float64Array(1);
const octets = Buffer.from(moments.buffer);

/** As `FlatWriter.fixed` wrote it; without a call to Node, since it is asked for each line. */
export const wholeAt = (bytes: Buffer, at: number): number =>
  ((bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)) >>>
  0;

/** A length where room was left for it: of all between there and where the writer is, which goes on from where it is. */
export function writeLength(to: FlatWriter, at: number, start: number): void {
  const end = to.at;
  to.goTo(at);
  to.fixed(end - start);
  to.goTo(end);
}

/** Undefined = never. */
export function writeMoment(to: FlatWriter, atMs: number | undefined): void {
  moments[0] = atMs ?? NEVER;
  to.copy(octets, 0, octets.length);
}

export function momentAt(bytes: Buffer, at: number): number | undefined {
  // So begins what is no number, which stands for never: most lines say so.
  if (bytes[at + 7] === 0x7f && bytes[at + 6] === 0xf8) return undefined;
  const atMs = bytes.readDoubleLE(at);
  return Number.isNaN(atMs) ? undefined : atMs;
}

/** Where it lies. What was written is never changed, so it is true for ever. */
export class LyingSection {
  readonly atMs: number | undefined;
  readonly bytes: Buffer;
  readonly #start: number;
  readonly #end: number;

  constructor(bytes: Buffer, { start, end }: Stretch) {
    this.bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.atMs = momentAt(bytes, start);
  }

  /** Where the content begins. */
  get contentAt(): number {
    return this.#start + octets.length;
  }

  copyTo(to: FlatWriter): void {
    to.copy(this.bytes, this.#start, this.#end);
  }
}

export const writeNoSection = (to: FlatWriter): void => to.byte(NONE);

/** What is written from here on belongs to it, until it is ended with the answer. */
export function beginSection(to: FlatWriter): number {
  to.byte(SOME);
  const start = to.at + LENGTH_BYTES;
  to.goTo(start);
  return start;
}

export const endSection = (to: FlatWriter, start: number): void => writeLength(to, start - LENGTH_BYTES, start);

export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Where a section lies; null = there is none. Reads none of it; the reader then stands behind it. */
export function readSection(reader: FlatReader, bytes: Buffer): Stretch | null {
  if (reader.byte() === NONE) return null;
  const start = reader.at + LENGTH_BYTES;
  const end = start + wholeAt(bytes, reader.at);
  reader.begin(bytes, end);
  return { start, end };
}
