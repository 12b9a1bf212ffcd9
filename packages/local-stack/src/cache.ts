import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { REPOSITORY } from './home.ts';
import { withLock } from './lock.ts';

const run = promisify(execFile);

/** Its profiles are named like the artifacts. */
export const POM = join(REPOSITORY, 'deploy', 'local', 'pom.xml');

export type Artifact = 'kafka' | 'registry' | 'redis';

const GOALS: Readonly<Record<Artifact, string>> = {
  kafka: 'dependency:copy-dependencies',
  registry: 'dependency:unpack-dependencies',
  redis: 'dependency:unpack-dependencies',
};

const SIZES: Readonly<Record<Artifact, string>> = { kafka: '44 MB', registry: '146 MB', redis: '26 MB' };

/** Without such a file the artifact is not what we take it for. */
const PROOFS: Readonly<Record<Artifact, RegExp>> = {
  kafka: /^kafka_.*\.jar$/,
  registry: /-runner\.jar$/,
  redis: /^redis-server-/,
};

/** Named after the pom's content: a raised version is another folder, and old checkouts keep theirs. */
export function artifactFolder(cache: string, artifact: Artifact): string {
  const mark = createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 10);
  return join(cache, `${artifact}-${mark}`);
}

export const isCached = (cache: string, artifact: Artifact): boolean => existsSync(artifactFolder(cache, artifact));

/**
 * The folder with the artifact's files, fetched by Maven when it is missing. Any number of processes may ask at the
 * same time: one fetches into a folder beside and renames it, the others wait and find it.
 */
export async function fetchArtifact(
  cache: string,
  artifact: Artifact,
  how: { readonly signal: AbortSignal | undefined; readonly note: (message: string) => void },
): Promise<string> {
  const folder = artifactFolder(cache, artifact);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  return await withLock(join(cache, 'fetch.lock'), async () => {
    if (existsSync(folder)) return folder;
    how.note(`${artifact}: fetching it from Maven, once (${SIZES[artifact]}), into ${cache}`);
    const temporary = mkdtempSync(join(cache, `.${artifact}-`));
    try {
      // Maven notes beside the pom what it has unpacked, and would skip it the next time: so it gets a copy.
      const pom = join(temporary, 'pom.xml');
      copyFileSync(POM, pom);
      const output = join(temporary, 'files');
      await run('mvn', ['-q', '-B', '-f', pom, '-P', artifact, GOALS[artifact], `-DoutputDirectory=${output}`], {
        maxBuffer: 16 * 1024 * 1024,
        ...(how.signal === undefined ? {} : { signal: how.signal }),
      });
      if (!readdirSync(output).some((file) => PROOFS[artifact].test(file))) {
        throw new Error(`what came holds no file like ${PROOFS[artifact]}`);
      }
      renameSync(output, folder);
      return folder;
    } catch (error) {
      throw new Error(`Maven could not fetch ${artifact} (${POM}): ${mavenReason(error)}`);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  });
}

function mavenReason(error: unknown): string {
  const { stdout = '', message = String(error) } = error as { stdout?: string; message?: string };
  const firstError = stdout.split('\n').find((line) => line.includes('[ERROR]'));
  return firstError ?? message;
}
