// Makes a clean clone ready to run: installs, compiles, builds the console. Does nothing twice.
import { bootstrap } from './lib/build.mjs';
import { endAllOnSignals } from './lib/run.mjs';

endAllOnSignals();
process.exit((await bootstrap()) ? 0 : 1);
