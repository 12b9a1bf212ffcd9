import { open } from 'node:fs/promises';
import { crc32c } from '../kafka/wire/crc32c.ts';
import type { Logger } from '../logger.ts';
import { type ImageLead, leadBytesOf, readBody, readLead } from './image-file.ts';
import { type CopiedRecord, type KeptCopy, NOTHING_KEPT } from './local-copy.ts';
import type { StateImage } from './restored.ts';
import { uncounted } from './uncounted.ts';

type FileHandle = Awaited<ReturnType<typeof open>>;

/** Length and check sum of what follows. */
const FRAME_HEAD = 8;
const RECORD = 1;
const REACH = 2;

const framed = (payload: Buffer): Buffer => {
  const head = Buffer.allocUnsafe(FRAME_HEAD);
  head.writeUInt32LE(payload.length, 0);
  head.writeUInt32LE(crc32c(payload), 4);
  return Buffer.concat([head, payload]);
};

export const recordFrame = ({ offset, key, value }: CopiedRecord): Buffer => {
  const name = Buffer.from(key, 'utf8');
  const head = Buffer.allocUnsafe(12);
  head[0] = RECORD;
  head.writeDoubleLE(offset, 1);
  head[9] = value === null ? 0 : 1;
  head.writeUInt16LE(name.length, 10);
  return framed(Buffer.concat([head, name, value ?? Buffer.alloc(0)]));
};

export const reachFrame = (toOffset: number): Buffer => {
  const payload = Buffer.allocUnsafe(9);
  payload[0] = REACH;
  payload.writeDoubleLE(toOffset, 1);
  return framed(payload);
};

const toRecord = (payload: Buffer): CopiedRecord => {
  const end = 12 + payload.readUInt16LE(10);
  const value = payload[9] === 0 ? null : payload.subarray(end);
  return { offset: payload.readDoubleLE(1), key: payload.toString('utf8', 12, end), value };
};

interface Parsed {
  readonly records: readonly CopiedRecord[];
  readonly toOffset: number;
  /** Up to here all is sound, and a write ends. */
  readonly soundBytes: number;
  /** What follows the last sound frame: a write that a crash cut off, or damage. */
  readonly lostBytes: number;
}

/** Frames, one behind the other, from a place of the file on. */
const parse = (bytes: Buffer, from: number): Parsed => {
  const records: CopiedRecord[] = [];
  let sound = 0;
  let soundBytes = 0;
  let toOffset = 0;
  let at = 0;
  while (at + FRAME_HEAD <= bytes.length) {
    const end = at + FRAME_HEAD + bytes.readUInt32LE(at);
    if (end > bytes.length || end === at + FRAME_HEAD) break;
    const payload = bytes.subarray(at + FRAME_HEAD, end);
    if (crc32c(payload) !== bytes.readUInt32LE(at + 4)) break;
    if (payload[0] === REACH) {
      toOffset = payload.readDoubleLE(1);
      // A write counts when its end is there.
      sound = records.length;
      soundBytes = from + end;
    } else {
      records.push(toRecord(payload));
    }
    at = end;
  }
  return { records: records.slice(0, sound), toOffset, soundBytes, lostBytes: bytes.length - at };
};

/** A stretch of the file in memory of its own: numbers in it are used in place. */
const readStretch = async (file: FileHandle, from: number, bytes: number): Promise<Buffer> => {
  const into = Buffer.from(uncounted(bytes));
  const { bytesRead } = await file.read(into, 0, bytes, from);
  return into.subarray(0, bytesRead);
};

/** Nearly every head of an image is shorter. */
const LEAD_BYTES = 65_536;

/** The head of the image with which the file begins; undefined = it begins with none. Throws on a damaged one. */
const leadOf = async (file: FileHandle, size: number): Promise<(ImageLead & { readonly at: number }) | undefined> => {
  const start = await readStretch(file, 0, Math.min(size, LEAD_BYTES));
  const at = leadBytesOf(start);
  if (at === undefined) return undefined;
  const lead = at <= start.length ? start.subarray(0, at) : await readStretch(file, 0, Math.min(size, at));
  return { ...readLead(lead), at };
};

/** A copy as it lies in a file. */
export interface CopyFile {
  readonly kept: KeptCopy;
  /** Up to here the file is sound. */
  readonly bytes: number;
}

const NOTHING_SOUND: CopyFile = { kept: NOTHING_KEPT, bytes: 0 };
const UNREADABLE = 'a local copy could not be read: the changelog is read from its start';

/** Never throws: what cannot be read is not there, and the log says so. */
export const readCopyFile = async (name: string, logger: Logger): Promise<CopyFile> => {
  try {
    return await read(name, logger);
  } catch (error) {
    logger.warn({ file: name, error: String(error) }, UNREADABLE);
    return NOTHING_SOUND;
  }
};

/** What lies behind the image comes first: it is little, and by it a start asks the broker. */
const read = async (name: string, logger: Logger): Promise<CopyFile> => {
  const file = await open(name, 'r');
  let image: Promise<StateImage | undefined> | undefined;
  try {
    const { size } = await file.stat();
    const lead = await leadOf(file, size);
    const from = lead === undefined ? 0 : lead.at + lead.bodyBytes;
    const behind = await readStretch(file, from, Math.max(0, size - from));
    const { records, toOffset, soundBytes: bytes, lostBytes } = parse(behind, from);
    if (lostBytes > 0)
      logger.warn({ file: name, lostBytes }, 'a local copy is damaged at its end: the changelog says the rest');
    // Without a write that ended it says nothing.
    if (bytes === 0) return NOTHING_SOUND;
    if (lead !== undefined) {
      image = readStretch(file, lead.at, lead.bodyBytes)
        .then((body) => readBody(lead, body))
        .catch((error: unknown) => {
          logger.warn({ file: name, error: String(error) }, UNREADABLE);
          return undefined;
        });
    }
    return { kept: { records, toOffset, image }, bytes };
  } finally {
    void Promise.resolve(image)
      .then(() => file.close())
      .catch(() => undefined);
  }
};
