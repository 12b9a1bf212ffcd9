import { randomUUID } from 'node:crypto';
import { constants, copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { crc32c } from '../kafka/wire/crc32c.ts';
import type { Logger } from '../logger.ts';
import { imageChunks, readImage } from './image-file.ts';
import {
  type CopiedRecord,
  type KeptCopy,
  type LocalCopies,
  type LocalCopy,
  NOTHING_KEPT,
  reachOf,
} from './local-copy.ts';
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

const recordFrame = ({ offset, key, value }: CopiedRecord): Buffer => {
  const name = Buffer.from(key, 'utf8');
  const head = Buffer.allocUnsafe(12);
  head[0] = RECORD;
  head.writeDoubleLE(offset, 1);
  head[9] = value === null ? 0 : 1;
  head.writeUInt16LE(name.length, 10);
  return framed(Buffer.concat([head, name, value ?? Buffer.alloc(0)]));
};

const reachFrame = (toOffset: number): Buffer => {
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

interface Parsed extends KeptCopy {
  /** Up to here all is sound, and a write ends. */
  readonly soundBytes: number;
  /** What follows the last sound frame: a write that a crash cut off, or damage. */
  readonly lostBytes: number;
}

/** An image, if there is one, and frames behind it. */
const parse = (bytes: Buffer): Parsed => {
  const found = readImage(bytes);
  const records: CopiedRecord[] = [];
  let sound = 0;
  let soundBytes = 0;
  let toOffset = 0;
  let at = found?.end ?? 0;
  while (at + FRAME_HEAD <= bytes.length) {
    const end = at + FRAME_HEAD + bytes.readUInt32LE(at);
    if (end > bytes.length || end === at + FRAME_HEAD) break;
    const payload = bytes.subarray(at + FRAME_HEAD, end);
    if (crc32c(payload) !== bytes.readUInt32LE(at + 4)) break;
    if (payload[0] === REACH) {
      toOffset = payload.readDoubleLE(1);
      // A write counts when its end is there.
      sound = records.length;
      soundBytes = end;
    } else {
      records.push(toRecord(payload));
    }
    at = end;
  }
  const lostBytes = bytes.length - at;
  return { image: found?.image, records: records.slice(0, sound), toOffset, soundBytes, lostBytes };
};

/** In one go, into memory of its own: parts in it are used in place. */
const readWhole = async (name: string): Promise<Buffer> => {
  const file = await open(name, 'r');
  try {
    const { size } = await file.stat();
    const bytes = Buffer.from(uncounted(size));
    const { bytesRead } = await file.read(bytes, 0, size, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
};

interface Place {
  readonly folder: string;
  readonly name: string;
  readonly logger: Logger;
}

/**
 * One file per partition and owner: a process that was paused and goes on writes to its own, never into another's. A
 * start reads the newest and writes its own.
 */
class FileCopy implements LocalCopy {
  readonly #place: Place;
  readonly #own: string;
  #file: FileHandle | undefined;
  #toOffset = 0;
  /** The file that was read, and how much of it is sound. */
  #source: { readonly name: string; readonly bytes: number } | undefined;
  #stopped = false;
  #work: Promise<void> = Promise.resolve();

  constructor(place: Place) {
    this.#place = place;
    this.#own = path.join(place.folder, `${place.name}.${randomUUID()}.copy`);
  }

  async read(): Promise<KeptCopy> {
    const { logger } = this.#place;
    const [newest] = await this.#others();
    if (newest === undefined) return NOTHING_KEPT;
    try {
      const { lostBytes, soundBytes, ...kept } = parse(await readWhole(newest));
      // Without a write that ended it says nothing.
      if (soundBytes > 0) this.#source = { name: newest, bytes: soundBytes };
      if (lostBytes > 0)
        logger.warn({ file: newest, lostBytes }, 'a local copy is damaged at its end: the changelog says the rest');
      return soundBytes > 0 ? kept : NOTHING_KEPT;
    } catch (error) {
      logger.warn(
        { file: newest, error: String(error) },
        'a local copy could not be read: the changelog is read from its start',
      );
      return NOTHING_KEPT;
    }
  }

  append(records: readonly CopiedRecord[], toOffset?: number): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#file === undefined) return;
      this.#toOffset = toOffset ?? reachOf(this.#toOffset, records);
      await this.#file.write(Buffer.concat([...records.map(recordFrame), reachFrame(this.#toOffset)]));
    });
  }

  replace(records: readonly CopiedRecord[], toOffset?: number, image?: StateImage): Promise<void> {
    return this.#inTurn(async () => {
      this.#toOffset = toOffset ?? reachOf(this.#toOffset, records);
      await this.#renew(records, async (file) => {
        if (image !== undefined) await file.appendFile(Buffer.concat(imageChunks(image)));
      });
    });
  }

  goOn(records: readonly CopiedRecord[], toOffset: number): Promise<void> {
    return this.#inTurn(async () => {
      this.#toOffset = toOffset;
      const source = this.#source;
      await this.#renew(records, async (file, name) => {
        if (source === undefined) return;
        await copyFile(source.name, name, constants.COPYFILE_FICLONE);
        await file.truncate(source.bytes);
      });
    });
  }

  /** A file of its own, there as a whole or not at all. */
  async #renew(
    records: readonly CopiedRecord[],
    begin: (file: FileHandle, name: string) => Promise<void>,
  ): Promise<void> {
    await mkdir(this.#place.folder, { recursive: true });
    const unfinished = `${this.#own}.tmp`;
    const file = await open(unfinished, 'a');
    await begin(file, unfinished);
    for (const record of records) await file.appendFile(recordFrame(record));
    await file.appendFile(reachFrame(this.#toOffset));
    await rename(unfinished, this.#own);
    await this.#file?.close();
    this.#file = file;
    for (const other of await this.#others()) if (other !== this.#own) await rm(other, { force: true });
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      this.#stopped = true;
      await this.#file?.close();
    });
  }

  /** The newest first. */
  async #others(): Promise<string[]> {
    const { folder, name } = this.#place;
    const names = await readdir(folder).catch(() => []);
    const files = names.filter((one) => one.startsWith(`${name}.`) && one.endsWith('.copy'));
    const dated = await Promise.all(
      files.map(async (one) => {
        const file = path.join(folder, one);
        return { file, atMs: (await stat(file).catch(() => undefined))?.mtimeMs ?? 0 };
      }),
    );
    return dated.sort((a, b) => b.atMs - a.atMs).map(({ file }) => file);
  }

  /** One write after the other. A disk that fails ends the copy, not the task. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(async () => {
      if (this.#stopped) return;
      try {
        await work();
      } catch (error) {
        this.#stopped = true;
        this.#place.logger.warn(
          { file: this.#own, error: String(error) },
          'a local copy could not be written: the next start is a cold one',
        );
        await rm(this.#own, { force: true }).catch(() => undefined);
      }
    });
    return this.#work;
  }
}

/** Local copies as files in one folder. */
export const fileCopies = (folder: string, logger: Logger): LocalCopies => ({
  of: (task, partition) => new FileCopy({ folder, name: `${task}-${partition}`, logger }),
});
