// pnpm bench …: the benches of tests/bench, compiled first where their sources have changed.
import { join } from 'node:path';
import { bootstrap, isBuilt } from './lib/build.mjs';
import { runInForeground } from './lib/foreground.mjs';
import { endAllOnSignals, nodeBin, run } from './lib/run.mjs';
import { fail, progress } from './lib/ui.mjs';
import { repoRoot } from './lib/workspace.mjs';

const stopListening = endAllOnSignals();
if (!isBuilt() && !(await bootstrap({ quiet: true }))) process.exit(1);
const compiled = await run(process.execPath, [nodeBin('typescript/bin/tsc'), '-b', 'tests/bench', '--pretty', 'false']);
if (compiled.code !== 0) {
  progress(compiled.output.trimEnd());
  fail('tests/bench does not compile');
}
stopListening();

process.exit(
  await runInForeground(process.execPath, [join(repoRoot, 'tests/bench/dist/main.js'), ...process.argv.slice(2)]),
);
