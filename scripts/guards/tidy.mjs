// Tidy: all rooms have the same furniture, files hold one idea, and nothing committed belongs to one machine.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOptions } from '../lib/ui.mjs';
import { repoRoot } from '../lib/workspace.mjs';
import { printFaults } from './report.mjs';
import { sourceFaults } from './tidy-files.mjs';
import { roomFaults } from './tidy-rooms.mjs';
import { committedFiles, ownRegistryHosts, wordFaults } from './tidy-words.mjs';

const isSource = (/** @type {string} */ path) => /\.(ts|tsx|mjs|js|cjs)$/.test(path) && !/(^|\/)generated\//.test(path);

if (process.argv[1] === import.meta.filename) {
  const { values } = readOptions(process.argv.slice(2), { values: ['root'] });
  const root = values.root ?? repoRoot;
  const files = committedFiles(root);
  const sources = files.filter(isSource);
  const faults = [
    ...roomFaults(root),
    ...sources.flatMap((file) => sourceFaults(file, readFileSync(join(root, file), 'utf8'))),
    ...wordFaults(root, files, ownRegistryHosts()),
  ];
  printFaults('tidy', faults, `${files.length} files, ${sources.length} of them sources`);
}
