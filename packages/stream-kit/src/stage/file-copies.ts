import { randomUUID } from 'node:crypto';
import { constants, copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from '../logger.ts';
import { type CopyFile, reachFrame, readCopyFile, recordFrame } from './copy-file.ts';
import { imageChunks } from './image-file.ts';
import {
  type CopiedRecord,
  type KeptCopy,
  type LocalCopies,
  type LocalCopy,
  NOTHING_KEPT,
  reachOf,
} from './local-copy.ts';
import type { StateImage } from './restored.ts';

type FileHandle = Awaited<ReturnType<typeof open>>;

/** A file in the folder. */
interface FoundFile {
  /** Task and partition. */
  readonly name: string;
  readonly file: string;
  readonly atMs: number;
  readonly bytes: number;
}

const FILE_NAME = /^(.+)\.[^.]+\.copy$/;

/** Those whose name begins so, the newest first. */
const copiesIn = async (folder: string, prefix: string): Promise<FoundFile[]> => {
  const names = await readdir(folder).catch(() => []);
  const lying = await Promise.all(
    names.map(async (one) => {
      const name = FILE_NAME.exec(one)?.[1];
      if (name?.startsWith(prefix) !== true) return [];
      const file = path.join(folder, one);
      const about = await stat(file).catch(() => undefined);
      return [{ name, file, atMs: about?.mtimeMs ?? 0, bytes: about?.size ?? 0 }];
    }),
  );
  return lying.flat().sort((a, b) => b.atMs - a.atMs);
};

/** A file that is being read, or was. */
interface Read {
  readonly file: string;
  readonly copy: Promise<CopyFile>;
}

interface Place {
  readonly folder: string;
  readonly name: string;
  readonly logger: Logger;
  /** What was read ahead of it. */
  ahead(name: string): Promise<Read | undefined>;
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
  #source: { readonly file: string; readonly bytes: number } | undefined;
  #stopped = false;
  #work: Promise<void> = Promise.resolve();

  constructor(place: Place) {
    this.#place = place;
    this.#own = path.join(place.folder, `${place.name}.${randomUUID()}.copy`);
  }

  async read(): Promise<KeptCopy> {
    const { name, logger } = this.#place;
    const ahead = await this.#place.ahead(name);
    const file = ahead?.file ?? (await this.#lying())[0];
    if (file === undefined) return NOTHING_KEPT;
    const { kept, bytes } = await (ahead?.copy ?? readCopyFile(file, logger));
    if (bytes > 0) this.#source = { file, bytes };
    return kept;
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
        await copyFile(source.file, name, constants.COPYFILE_FICLONE);
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
    for (const other of await this.#lying()) if (other !== this.#own) await rm(other, { force: true });
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      this.#stopped = true;
      await this.#file?.close();
    });
  }

  /** The newest first. */
  async #lying(): Promise<string[]> {
    const { folder, name } = this.#place;
    return (await copiesIn(folder, name)).filter((one) => one.name === name).map(({ file }) => file);
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

/** More is not read ahead: of what lies in the folder, some may be for partitions that others have now. */
const AHEAD_BYTES = 512 * 1024 * 1024;

class FileCopies implements LocalCopies {
  readonly #folder: string;
  readonly #logger: Logger;
  /** By task. */
  readonly #ahead = new Map<string, Promise<Map<string, Read>>>();

  constructor(folder: string, logger: Logger) {
    this.#folder = folder;
    this.#logger = logger;
  }

  of(task: string, partition: number): LocalCopy {
    const ahead = async (name: string): Promise<Read | undefined> => {
      const found = await this.#ahead.get(task);
      const one = found?.get(name);
      // Once: afterwards there is a newer one.
      found?.delete(name);
      return one;
    };
    return new FileCopy({ folder: this.#folder, name: `${task}-${partition}`, logger: this.#logger, ahead });
  }

  readAhead(task: string): void {
    this.#ahead.set(task, this.#readNewest(task));
  }

  forgetAhead(task: string): void {
    this.#ahead.delete(task);
  }

  async #readNewest(task: string): Promise<Map<string, Read>> {
    const reads = new Map<string, Read>();
    let bytes = 0;
    for (const one of await copiesIn(this.#folder, `${task}-`)) {
      if (reads.has(one.name)) continue;
      bytes += one.bytes;
      if (bytes > AHEAD_BYTES) break;
      reads.set(one.name, { file: one.file, copy: readCopyFile(one.file, this.#logger) });
    }
    return reads;
  }
}

/** Local copies as files in one folder. */
export const fileCopies = (folder: string, logger: Logger): LocalCopies => new FileCopies(folder, logger);
