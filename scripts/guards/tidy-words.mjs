// What must not stand in any committed file: paths of one machine, package registries, a promise nobody can keep.
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { filesBelow } from '../lib/workspace.mjs';

/** @typedef {import('./report.mjs').Fault} Fault */

// The forbidden words are put together here, so that this file does not contain them.
const hosts = [
  ['registry', 'npmjs', 'org'],
  ['registry', 'yarnpkg', 'com'],
  ['npm', 'pkg', 'github', 'com'],
  ['pypi', 'org'],
  ['files', 'pythonhosted', 'org'],
  ['repo1', 'maven', 'org'],
  ['repo', 'maven', 'apache', 'org'],
  ['proxy', 'golang', 'org'],
  ['static', 'crates', 'io'],
  ['index', 'crates', 'io'],
  ['deb', 'debian', 'org'],
  ['packages', 'confluent', 'io'],
].map((parts) => parts.join('.'));
const folders = ['work', 'root'].map((name) => `/${name}/`);
const promise = ['exactly', 'once delivery'].join('-');

/**
 * @param {string[]} [moreHosts] hosts of the registry that this machine uses
 * @returns {{ pattern: RegExp, rule: string, message: string, remedy: string }[]}
 */
function forbiddenWords(moreHosts = []) {
  const allHosts = [...hosts, ...moreHosts].map((host) => host.replaceAll('.', '\\.')).join('|');
  return [
    {
      // After a letter or a dot it is part of an address or of a longer path, as in https://example.org/work/.
      pattern: new RegExp(`(?<![\\w.~}@-])(${folders.join('|')})\\w`),
      rule: 'machine-path',
      message: 'a path of one machine',
      remedy: 'use a path from the repo root, a temporary folder, or an argument',
    },
    {
      pattern: new RegExp(`(?<![\\w.-])(${allHosts})(?![\\w-])`),
      rule: 'registry-host',
      message: 'the host of a package registry',
      remedy: 'leave the choice of registry to the reader’s own settings',
    },
    {
      pattern: new RegExp(promise.replaceAll(/[- ]/g, '[-\\s]'), 'i'),
      rule: 'promise',
      message: `"${promise}" is promised`,
      remedy: 'say what holds: at least once on the wire, effects deduplicated by id (docs/words.md)',
    },
  ];
}

/**
 * @param {string} root
 * @returns {string[]} paths from the root: what git tracks or would track; without git everything not installed or built
 */
export function committedFiles(root) {
  const git = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  const paths = git.status === 0 ? git.stdout.split('\0') : filesBelow(root).map((file) => relative(root, file));
  return [...new Set(paths)]
    .filter((path) => path !== '' && existsSync(join(root, path)) && lstatSync(join(root, path)).isFile())
    .sort();
}

/**
 * @param {string} root
 * @param {string[]} files paths from the root
 * @param {string[]} [moreHosts]
 * @returns {Fault[]}
 */
export function wordFaults(root, files, moreHosts) {
  const words = forbiddenWords(moreHosts);
  const anyWord = new RegExp(words.map(({ pattern }) => pattern.source).join('|'), 'i');
  return files.flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    if (text.includes('\0') || !anyWord.test(text)) return [];
    return text
      .split('\n')
      .flatMap((line, at) =>
        words
          .filter(({ pattern }) => pattern.test(line))
          .map(({ rule, message, remedy }) => ({ file, line: at + 1, rule, message, remedy })),
      );
  });
}

/** @returns {string[]} the host that npm is set to here, unless it is this machine itself */
export function ownRegistryHosts() {
  const set =
    process.env.npm_config_registry ??
    spawnSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).stdout ??
    '';
  try {
    const { hostname } = new URL(set.trim());
    return hostname.includes('.') && !/^(127\.|localhost|0\.)/.test(hostname) ? [hostname] : [];
  } catch {
    return [];
  }
}
