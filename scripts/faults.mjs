// pnpm test:faults: builds what is older than its sources, then runs the fault harness with the arguments as given.
import { bootstrap } from './lib/build.mjs';
import { buildFaults, faultsProgram } from './lib/faults.mjs';
import { runInForeground } from './lib/foreground.mjs';
import { endAllOnSignals } from './lib/run.mjs';

const stopListening = endAllOnSignals();
// The services run as they are shipped, from dist: a run must never meet a stale build.
if (!(await bootstrap({ quiet: true })) || !(await buildFaults())) process.exit(1);
stopListening();
process.exit(await runInForeground(process.execPath, faultsProgram(process.argv.slice(2))));
