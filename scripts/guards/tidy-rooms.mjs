// What a room must have: the same furniture in every service, a README, a licence, exact pins.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readIfThere, readJson, rooms } from '../lib/workspace.mjs';

/** @typedef {import('./report.mjs').Fault} Fault */

/** @type {[path: string, purpose: string][]} */
const furniture = [
  ['src/main.ts', 'starts and stops, at most 40 lines'],
  ['src/config.ts', 'every environment key, validated once, all faults together, exit 78'],
  ['src/wiring.ts', 'the only file that names both core and adapters'],
  ['src/core.ts', 'pure: one record, state and now in, outcome out'],
  ['src/ports.ts', "what core's answers need from the world, in this service's words"],
  ['src/adapters', 'one file per <technology>-<noun>.ts'],
];

/**
 * @param {string} root
 * @returns {Fault[]}
 */
export function roomFaults(root) {
  const services = rooms(root, ['services']).flatMap((room) => furnitureFaults(root, room));
  const readmes = rooms(root, ['packages', 'services'])
    .filter((room) => !existsSync(join(root, room, 'README.md')))
    .map((room) => missing(`${room}/README.md`, 'README.md', readmeRemedy(room)));
  const manifests = ['.', ...rooms(root)].flatMap((room) => manifestFaults(root, room));
  return [...services, ...readmes, ...manifests, ...workspaceFaults(root)];
}

/**
 * @param {string} file
 * @param {string} what
 * @param {string} remedy
 * @returns {Fault}
 */
const missing = (file, what, remedy) => ({ file, line: 1, rule: 'furniture', message: `${what} is missing`, remedy });

const readmeRemedy = (/** @type {string} */ room) =>
  room.startsWith('services/')
    ? 'write it: reads, writes, state, decides with, when it fails, run it alone'
    : 'write it: what the package is for, its one entrance, an example';

/**
 * @param {string} root
 * @param {string} room
 * @returns {Fault[]}
 */
function furnitureFaults(root, room) {
  return furniture
    .filter(([path]) => !existsSync(join(root, room, path)))
    .map(([path, purpose]) => missing(`${room}/${path}`, path, `every service has it: ${purpose}`));
}

const exact = /^(workspace:\*|\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?|npm:(@[^@]+|[^@]+)@\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?)$/;

/**
 * @param {string} root
 * @param {string} room
 * @returns {Fault[]}
 */
function manifestFaults(root, room) {
  const path = join(room, 'package.json');
  if (!existsSync(join(root, path))) return [];
  const manifest = readJson(join(root, path));
  const lines = (readIfThere(join(root, path)) ?? '').split('\n');
  const lineOf = (/** @type {string} */ name) => lines.findIndex((line) => line.includes(`"${name}":`)) + 1 || 1;
  /** @type {Fault[]} */
  const faults = [];
  if (manifest.license !== 'Apache-2.0') {
    faults.push({
      file: path,
      line: 1,
      rule: 'license',
      message: `license is ${manifest.license ?? 'missing'}`,
      remedy: '"license": "Apache-2.0"',
    });
  }
  const { dependencies = {}, devDependencies = {}, optionalDependencies = {} } = manifest;
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
    if (exact.test(String(version))) continue;
    const remedy = 'pin one exact version (workspace:* for our own)';
    faults.push({ file: path, line: lineOf(name), rule: 'pin', message: `${name} has the range "${version}"`, remedy });
  }
  return faults;
}

/**
 * @param {string} root
 * @returns {Fault[]}
 */
function workspaceFaults(root) {
  const lines = (readIfThere(join(root, 'pnpm-workspace.yaml')) ?? '').split('\n');
  const from = lines.findIndex((line) => line.startsWith('overrides:'));
  if (from < 0) return [];
  const end = lines.findIndex((line, at) => at > from && /^\S/.test(line) && !line.startsWith('#'));
  return lines.slice(from + 1, end < 0 ? undefined : end).flatMap((line, at) => {
    const [, version] = /^\s+[^#]+:\s*['"]?([^'"\s]+)['"]?\s*$/.exec(line) ?? [];
    if (version === undefined || exact.test(version)) return [];
    const remedy = 'pin one exact version';
    return [
      {
        file: 'pnpm-workspace.yaml',
        line: from + at + 2,
        rule: 'pin',
        message: `an override has the range "${version}"`,
        remedy,
      },
    ];
  });
}
