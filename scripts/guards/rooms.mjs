// Which files are pure rooms (CONTRIBUTING.md, "Layout and direction"). Both purity locks read this one list.
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { filesBelow, readJson, rooms } from '../lib/workspace.mjs';

/**
 * @typedef {object} PureRoom
 * @property {string} name path from the root
 * @property {string[]} files absolute paths of its TypeScript files, without spec files and fixtures
 * @property {(specifier: string, typeOnly: boolean) => boolean} mayImport for what is not a relative path
 */

/** Tests and what only tests use may use Node; boundaries keeps the rooms from importing them. */
const isForTests = (/** @type {string} */ file) => /\.(spec|fixture)\.tsx?$/.test(file);

const pureFiles = (/** @type {string} */ folder) =>
  filesBelow(folder).filter((file) => /\.tsx?$/.test(file) && !isForTests(file));

/** A core decides through these; the kit that runs it is known to it only by the types of its interface. */
const coreMayUse = ['@kairos/contracts', '@kairos/decisions', '@kairos/playbook'];
const coreMayNameTypesOf = ['@kairos/stream-kit'];

/**
 * @param {string} root
 * @returns {PureRoom[]}
 */
export function pureRooms(root) {
  const packages = ['packages/contracts', 'packages/decisions']
    .filter((room) => existsSync(join(root, room, 'package.json')))
    .map((room) => {
      const dependencies = Object.keys(readJson(join(root, room, 'package.json')).dependencies ?? {});
      const allowed = room === 'packages/contracts' ? [] : dependencies;
      return {
        name: room,
        files: pureFiles(join(root, room, 'src')),
        mayImport: (/** @type {string} */ specifier) => allowed.some((name) => isPartOf(specifier, name)),
      };
    });
  const cores = rooms(root, ['services']).map((room) => ({
    name: `${room}/src/core.ts`,
    files: [join(root, room, 'src/core.ts'), ...pureFiles(join(root, room, 'src/core'))].filter(existsSync),
    mayImport: (/** @type {string} */ specifier, /** @type {boolean} */ typeOnly) =>
      coreMayUse.includes(specifier) || (typeOnly && coreMayNameTypesOf.includes(specifier)),
  }));
  return [...packages, ...cores].filter((room) => room.files.length > 0);
}

const isPartOf = (/** @type {string} */ specifier, /** @type {string} */ name) =>
  specifier === name || specifier.startsWith(`${name}/`);

/** Calendar work has one home; only there may `Intl` appear, with its zone and locale given. */
export const isTimeRoom = (/** @type {string} */ root, /** @type {string} */ file) =>
  relative(root, file).startsWith('packages/decisions/src/time/');
