// Which rooms are bundled, and whether their bundles are as new as what they are made of.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { rooms } from './workspace.mjs';

/** @typedef {{ room: string, entries: { name: string, file: string }[], external: (string | RegExp)[] }} Bundle */

const main = { name: 'main', file: 'main.js' };
/** Its workers find their file beside the one that asks for them. The local stack starts programs of its own by their place. */
const commandLine = {
  room: 'packages/cli',
  entries: [main, { name: 'share-main', file: 'simulate/shares/share-main.js' }],
  external: [/^@kairos\/local-stack/],
};

/**
 * @param {string} root
 * @returns {Bundle[]}
 */
export function bundles(root) {
  const services = rooms(root).filter((room) => room.startsWith('services/'));
  return [...services.map((room) => ({ room, entries: [main], external: [] })), commandLine];
}

/** @param {string} file */
const changedMs = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0);

/** @param {string} root */
export function bundlesAreFresh(root) {
  const made = bundles(root).map(({ room }) => changedMs(join(root, room, 'dist/bundle/main.js')));
  const compiled = rooms(root, ['packages', 'services']).map((room) =>
    changedMs(join(root, room, 'dist/.tsbuildinfo')),
  );
  return Math.min(...made) >= Math.max(...compiled, changedMs(join(root, 'pnpm-lock.yaml')));
}
