/** Looks after the services of one home until SIGTERM: `node supervisor-main.js <home>`. Started by `up --detach`. */
import { supervise } from './supervisor.ts';

const home = process.argv[2];
if (home === undefined) {
  process.stderr.write('usage: supervisor-main.js <home>\n');
  process.exit(2);
}
try {
  await supervise(home);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
