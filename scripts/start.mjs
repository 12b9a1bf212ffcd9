// npm start: from a clean clone to a running house. Everything after the build is the command line's own `start`.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrap } from './lib/build.mjs';
import { runInForeground } from './lib/foreground.mjs';
import { endAllOnSignals } from './lib/run.mjs';
import { fail } from './lib/ui.mjs';
import { repoRoot } from './lib/workspace.mjs';

const stopListening = endAllOnSignals();
if (!(await bootstrap())) process.exit(1);
stopListening();

const main = join(repoRoot, 'packages/cli/dist/bundle/main.js');
if (!existsSync(main))
  fail('packages/cli has no dist/bundle/main.js after the build; packages/cli/src/main.ts is missing');
process.exit(await runInForeground(process.execPath, [main, 'start', ...process.argv.slice(2)], { cwd: repoRoot }));
