import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Environment, PartName } from './types.ts';

/** The root of the checkout: `src` and `dist` lie at the same depth. */
export const REPOSITORY = resolve(import.meta.dirname, '../../..');

export const defaultHome = (env: Environment = process.env): string =>
  resolve(env.KAIROS_HOME || join(REPOSITORY, '.kairos'));

/** Everything that one stack writes lies under its home. */
export interface HomePaths {
  readonly home: string;
  readonly data: string;
  readonly logs: string;
  readonly run: string;
  readonly stackFile: string;
  readonly houseFile: string;
  readonly secretsFile: string;
  readonly portsFile: string;
  readonly supervisorFile: string;
  partFile(part: PartName): string;
  serviceFile(instance: string): string;
  logFile(name: string): string;
}

export function homePaths(home: string): HomePaths {
  const run = join(home, 'run');
  const logs = join(home, 'logs');
  return {
    home,
    data: join(home, 'data'),
    logs,
    run,
    stackFile: join(run, 'stack.json'),
    houseFile: join(run, 'house.json'),
    secretsFile: join(home, 'secrets.json'),
    portsFile: join(home, 'data', 'ports.json'),
    supervisorFile: join(run, 'supervisor.json'),
    partFile: (part) => join(run, 'parts', `${part}.json`),
    serviceFile: (instance) => join(run, 'services', `${instance}.json`),
    logFile: (name) => join(logs, `${name}.log`),
  };
}

export function ensureHome(home: string): HomePaths {
  const paths = homePaths(home);
  // 0711: Postgres runs as another user when we are root, and must be able to walk through to its own folder.
  mkdirSync(home, { recursive: true, mode: 0o711 });
  for (const folder of [paths.data, paths.logs, join(paths.run, 'parts'), join(paths.run, 'services')]) {
    mkdirSync(folder, { recursive: true, mode: 0o711 });
  }
  return paths;
}

/** Jars and binaries, shared by all homes: `KAIROS_CACHE`, else `~/.cache/kairos`, else (not writable) in the home. */
export function cacheFolder(home: string, env: Environment): string {
  if (env.KAIROS_CACHE) return resolve(env.KAIROS_CACHE);
  const shared = join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kairos');
  try {
    mkdirSync(shared, { recursive: true });
    accessSync(shared, constants.W_OK);
    return shared;
  } catch {
    return join(home, 'cache');
  }
}

/** Written beside and renamed, so that a reader never meets half a file. */
export function writeJson(file: string, value: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, file);
}

/** `undefined` when the file is missing or no JSON (a crash may have left anything). The caller vouches for the shape. */
export function readJson<T>(file: string): T | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
}
