import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { CliError } from '../exit.ts';

const journalSchema = z.object({
  /** Of mapping and files: another one is another import. */
  fingerprint: z.string(),
  /** Items that are done: acknowledged by the collector, or refused and reported. */
  items: z.int().min(0),
  sent: z.int().min(0),
  refused: z.int().min(0),
  reasons: z.record(z.string(), z.int()),
  /** Length of the report at that point. */
  reportBytes: z.int().min(0),
  finished: z.boolean(),
});

/** How far an import has come. */
export type Progress = z.output<typeof journalSchema>;

export const begin = (fingerprint: string): Progress => ({
  fingerprint,
  items: 0,
  sent: 0,
  refused: 0,
  reasons: {},
  reportBytes: 0,
  finished: false,
});

/** What all that decides the items hashes to: the mapping's text, the names and the bytes of the files, and whether it is backfill. */
export async function fingerprintOf(
  mappingText: string,
  files: readonly string[],
  { isBackfill }: { readonly isBackfill: boolean },
): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([mappingText, isBackfill]));
  for (const file of files) {
    hash.update(JSON.stringify([path.basename(file), (await stat(file)).size]));
    for await (const bytes of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(bytes as Buffer);
  }
  return hash.digest('hex');
}

/** The journal beside a file: `<file>.import.json`. */
export class Journal {
  readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  /** What an earlier run has written; null where there is none. */
  async read(): Promise<Progress | null> {
    const text = await readFile(this.file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw new CliError(`${this.file} can not be read: ${error.message}`);
    });
    if (text === null) return null;
    const result = journalSchema.safeParse(parsed(text));
    if (result.success) return result.data;
    throw new CliError(`${this.file} is no journal of an import: move it away, or name another one with --journal.`);
  }

  /** All or nothing: a run that is killed leaves the old journal or the new one. */
  async write(progress: Progress): Promise<void> {
    const temporary = `${this.file}.${process.pid}.tmp`;
    const handle = await open(temporary, 'w', 0o600).catch((error: Error) => {
      throw new CliError(`The journal can not be written: ${error.message}. Name another place with --journal.`);
    });
    try {
      await handle.writeFile(`${JSON.stringify(progress)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, this.file);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
