import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from './lock.ts';

const run = promisify(execFile);
const PACKAGE = resolve(import.meta.dirname, '..');

function newestMs(folder: string, ending: string): number {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith(ending));
  return Math.max(0, ...files.map((file) => statSync(join(folder, file)).mtimeMs));
}

const isFresh = (script: string): boolean =>
  existsSync(script) &&
  statSync(join(PACKAGE, 'dist', '.tsbuildinfo')).mtimeMs >= newestMs(join(PACKAGE, 'src'), '.ts');

/**
 * The built file of an entry point of this package, for a child process. A test runs us from source, where a child of
 * plain Node cannot follow: then this builds the package first when the build is missing or older than the source.
 */
export async function entryScript(name: 'mailbox-main' | 'sms-main' | 'supervisor-main'): Promise<string> {
  const script = join(PACKAGE, 'dist', `${name}.js`);
  const fromSource = basename(import.meta.dirname) === 'src';
  if (!fromSource || isFresh(script)) return script;
  await withLock(join(PACKAGE, 'dist', 'build.lock'), async () => {
    if (isFresh(script)) return;
    const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    await run(process.execPath, [compiler, '-b', PACKAGE]);
  });
  return script;
}
