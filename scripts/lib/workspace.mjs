// Where things are: the root, the rooms, their files. Only Node's own modules, so that it runs before an install.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

export const repoRoot = resolve(import.meta.dirname, '../..');

/** Folders that hold rooms; each room is a folder in one of them with a package.json. */
export const roomFolders = ['packages', 'services', 'tests'];

const neverEntered = new Set(['node_modules', 'dist', '.git', '.kairos', 'coverage']);

/**
 * @param {string} root
 * @param {string[]} [folders]
 * @returns {string[]} rooms as paths from the root, `packages/contracts`
 */
export function rooms(root, folders = roomFolders) {
  return folders.flatMap((folder) => {
    const path = join(root, folder);
    if (!existsSync(path)) return [];
    return readdirSync(path)
      .sort()
      .filter((name) => existsSync(join(path, name, 'package.json')))
      .map((name) => `${folder}/${name}`);
  });
}

/**
 * Every file below a folder, without what is installed or built.
 * @param {string} folder
 * @returns {string[]} absolute paths, sorted
 */
export function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  if (statSync(folder).isFile()) return [folder];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !neverEntered.has(entry.name) && !entry.isSymbolicLink())
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)]));
}

/**
 * One hash over paths and contents.
 * @param {string} root
 * @param {string[]} paths files or folders, absolute or from the root; what is missing counts as missing
 */
export function hashOf(root, paths) {
  const hash = createHash('sha256');
  for (const path of paths.map((one) => resolve(root, one))) {
    for (const file of filesBelow(path)) hash.update(`${relative(root, file)}\0`).update(readFileSync(file));
    hash.update('\0');
  }
  return hash.digest('hex');
}

/**
 * @param {string} path
 * @returns {any}
 */
export function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/**
 * @param {string} path
 * @returns {string | undefined} undefined when there is no such file
 */
export function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
