import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { CliError } from '../../exit.ts';

/** Bytes of a file, inflated where its name ends in .gz. */
export async function* bytesOf(file: string): AsyncGenerator<Buffer> {
  const raw = createReadStream(file, { highWaterMark: 256 * 1024 });
  if (!file.endsWith('.gz')) {
    yield* raw as AsyncIterable<Buffer>;
    return;
  }
  const inflated = createGunzip({ chunkSize: 256 * 1024 });
  // `pipe` does not pass an error on.
  raw.on('error', (error) => inflated.destroy(error));
  try {
    yield* raw.pipe(inflated) as AsyncIterable<Buffer>;
  } finally {
    raw.destroy();
  }
}

/** A character that no file holds unless something was read in the wrong encoding. */
export const DAMAGE = /[\ufffd\0]/;

/**
 * The text of a file. Bytes that are no letters become U+FFFD, so that the row they stand in can be refused and the rest
 * goes on; a file that begins with the mark of another encoding is refused as a whole.
 */
export async function* textOf(file: string, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  let isFirst = true;
  for await (const bytes of bytesOf(file)) {
    if (isFirst) checkMark(file, bytes, decoder.encoding);
    isFirst = false;
    yield decoder.decode(bytes, { stream: true });
  }
  yield decoder.decode();
}

const marks = [
  { encoding: 'utf-8', bytes: [0xef, 0xbb, 0xbf] },
  { encoding: 'utf-16le', bytes: [0xff, 0xfe] },
  { encoding: 'utf-16be', bytes: [0xfe, 0xff] },
] as const;

function checkMark(file: string, first: Buffer, encoding: string): void {
  const mark = marks.find(({ bytes }) => bytes.every((byte, at) => first[at] === byte));
  if (mark === undefined || mark.encoding === encoding) return;
  throw new CliError(`${file} begins with the mark of ${mark.encoding}: set file.encoding to ${mark.encoding}.`);
}
