// A small workspace in a temporary folder, for the tests of the guards: a guard that never went red proves nothing.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { repoRoot, rooms } from '../lib/workspace.mjs';

/**
 * @param {Record<string, string>} files path to text; each packages/x or services/x named gets a package.json, and all
 *   rooms see each other as pnpm would link them
 * @returns {{ root: string, remove: () => void }}
 */
export function fixtureTree(files) {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'kairos-fixture-')));
  for (const [path, text] of Object.entries(files)) write(root, path, text);
  const named = new Set(Object.keys(files).map((path) => /^((packages|services|tests)\/[^/]+)\//.exec(path)?.[1]));
  for (const room of named) {
    if (room === undefined || existsSync(join(root, room, 'package.json'))) continue;
    write(root, `${room}/package.json`, manifest(room));
  }
  for (const room of rooms(root)) {
    for (const other of rooms(root, ['packages', 'services'])) {
      if (room === other) continue;
      const link = join(root, room, 'node_modules/@kairos', other.split('/')[1] ?? '');
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(root, other), link);
    }
  }
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** @param {string} room */
function manifest(room) {
  const entry = room.startsWith('services/') ? 'core' : 'index';
  const key = entry === 'core' ? './core' : '.';
  const exports = { [key]: { 'kairos-source': `./src/${entry}.ts`, default: `./dist/${entry}.js` } };
  return JSON.stringify({ name: `@kairos/${room.split('/')[1]}`, license: 'Apache-2.0', type: 'module', exports });
}

/**
 * @param {string} root
 * @param {string} path
 * @param {string} text
 */
function write(root, path, text) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/**
 * Runs a guard as `npm run check` does, on another tree.
 * @param {string} guard file name in scripts/guards
 * @param {string} root
 * @returns {{ code: number, lines: string[] }}
 */
export function runGuard(guard, root) {
  const script = join(repoRoot, 'scripts/guards', guard);
  const result = spawnSync(process.execPath, [script, '--root', root], { encoding: 'utf8' });
  return {
    code: result.status ?? 1,
    lines: `${result.stdout}${result.stderr}`.split('\n').filter((line) => line !== ''),
  };
}
