// Both locks on the pure rooms. Lock 1 is the compiler without Node's types; lock 2 is the syntax.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { readOptions } from '../lib/ui.mjs';
import { repoRoot } from '../lib/workspace.mjs';
import { purityFaults } from './purity-rules.mjs';
import { compilerFaults } from './purity-types.mjs';
import { printFaults } from './report.mjs';
import { isTimeRoom, pureRooms } from './rooms.mjs';

/**
 * @param {string} root
 * @returns {import('./report.mjs').Fault[]}
 */
export function syntaxFaults(root) {
  return pureRooms(root).flatMap((room) =>
    room.files.flatMap((file) =>
      purityFaults(readFileSync(file, 'utf8'), {
        file: relative(root, file),
        timeRoom: isTimeRoom(root, file),
        mayImport: room.mayImport,
      }),
    ),
  );
}

if (process.argv[1] === import.meta.filename) {
  const { values } = readOptions(process.argv.slice(2), { values: ['root'] });
  const root = values.root ?? repoRoot;
  const rooms = pureRooms(root);
  const files = rooms.reduce((sum, room) => sum + room.files.length, 0);
  const faults = [...compilerFaults(root), ...syntaxFaults(root)];
  printFaults('purity', faults, `${files} files of ${rooms.length} pure rooms`);
}
