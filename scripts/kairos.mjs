// npm run kairos -- …: the command line, built first when it is missing or older than its sources.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrap, isBuilt } from './lib/build.mjs';
import { runInForeground } from './lib/foreground.mjs';
import { endAllOnSignals } from './lib/run.mjs';
import { fail } from './lib/ui.mjs';
import { repoRoot } from './lib/workspace.mjs';

const stopListening = endAllOnSignals();
if (!isBuilt() && !(await bootstrap({ quiet: true }))) process.exit(1);
stopListening();

const main = join(repoRoot, 'packages/cli/dist/bundle/main.js');
if (!existsSync(main))
  fail('packages/cli has no dist/bundle/main.js after the build; packages/cli/src/main.ts is missing');
// npm runs scripts at the root; paths that a person types are meant from where that person stands.
const cwd = process.env.INIT_CWD ?? process.cwd();
process.exit(await runInForeground(process.execPath, [main, ...process.argv.slice(2)], { cwd }));
