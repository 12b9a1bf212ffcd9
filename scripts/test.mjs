// npm test: installs, runs everything that CI needs, and ends with one line: `N passed, N failed`.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { check, printOutcomes } from './check.mjs';
import { bootstrap } from './lib/build.mjs';
import { runFaults } from './lib/faults.mjs';
import { runJest } from './lib/jest-run.mjs';
import { endAllOnSignals, isEnding } from './lib/run.mjs';
import { runSimulation } from './lib/simulation-run.mjs';
import { bold, dim, fail, readOptions, say, seconds } from './lib/ui.mjs';
import { repoRoot } from './lib/workspace.mjs';

const usage = `npm test                         the check, then integration and end-to-end tests on one shared stack
npm test -- --only unit|simulation|int|e2e|faults  one kind of test, without the check
            --match <text>       only test files whose path contains the text (with --only unit, int or e2e)
npm test -- --help               this`;

const minuteMs = 60_000;

/** @typedef {import('./check.mjs').StepOutcome} StepOutcome */
/** @typedef {{ env: Record<string, string>, stop: () => Promise<void> }} SharedStack */

/** @type {Promise<SharedStack> | undefined} kept while it starts, so that a signal in the middle of that ends it too */
let stack;
/** @type {StepOutcome[]} */
const outcomes = [];

/**
 * @param {string} name
 * @param {string} what
 * @param {() => Promise<Omit<StepOutcome, 'name' | 'ms'>>} step what it throws is a failure
 */
async function step(name, what, step) {
  say(bold(`▸ ${name}`) + dim(`  ${what}`));
  const startedMs = performance.now();
  const result = await step().catch((error) => {
    say(`  ${error instanceof Error ? error.message : error}`);
    return { passed: 0, failed: 1, skipped: [] };
  });
  const outcome = { name, ...result, ms: performance.now() - startedMs };
  outcomes.push(outcome);
  say(`  ${outcome.failed === 0 ? 'ok' : 'failed'} ${dim(seconds(outcome.ms))}`);
  return outcome.failed === 0;
}

/**
 * One real broker, registry, Redis, Postgres and mailbox for all tests that want one. Tests find it through
 * KAIROS_TEST_STACK and keep apart by prefixes.
 */
async function startSharedStack() {
  const entrance = join(repoRoot, 'packages/local-stack/dist/index.js');
  if (!existsSync(entrance)) throw new Error('packages/local-stack is not built: dist/index.js is missing');
  const { startTestStack } = await import(pathToFileURL(entrance).href);
  const running = await startTestStack();
  const folder = mkdtempSync(join(tmpdir(), 'kairos-stack-'));
  const file = join(folder, 'stack.json');
  // Readable by its owner only: the database address contains its password.
  const record = { version: 1, home: running.home, parts: running.parts, env: running.env };
  writeFileSync(file, JSON.stringify(record), { mode: 0o600 });
  const stop = async () => {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { env: { KAIROS_TEST_STACK: file }, stop };
}

async function stopSharedStack() {
  const running = await stack?.catch(() => undefined);
  stack = undefined;
  await running?.stop();
}

/** @param {{ only?: string | undefined, match?: string | undefined }} chosen */
async function runAll({ only, match }) {
  const filter = match === undefined ? [] : [match];
  if (!(await step('install', 'what pnpm-lock.yaml names', () => asStep({ only: 'install' })))) return;
  if (only === undefined) outcomes.push(...(await check()));
  if (only === 'unit') {
    await step('unit', 'unit and property tests', () => runJest(['unit', 'prop'], { filter }));
    return;
  }
  if (only === undefined || only === 'simulation') {
    await step('simulation', 'the real stages under seeded faults, and every rule broken once', runSimulation);
    if (only === 'simulation') return;
  }
  const built = await step('build', 'every room and the console', () => asStep({ quiet: true }));
  if (only === undefined || only === 'faults') {
    // On a stack of its own, which it breaks; before the shared one is there, so that each has the machine to itself.
    await step('faults', 'kills, pauses, outages, in the short form', () => runFaults({ short: true }));
    if (only === 'faults') return;
  }
  /** @type {Record<string, string>} */
  const env = {};
  const started = await step('stack', 'one shared test stack', async () => {
    stack = startSharedStack();
    Object.assign(env, (await stack).env);
    return { passed: 1, failed: 0, skipped: [] };
  });
  if (!started) return;
  if (only !== 'e2e') {
    // Integration tests read the sources; a room that does not build spoils only its own.
    const run = () => runJest(['int'], { env, filter, timeoutMs: 15 * minuteMs });
    await step('int', 'rooms with real parts', run);
  }
  if (only !== 'int') {
    const run = () => runJest(['e2e'], { env, filter, inBand: true, timeoutMs: 30 * minuteMs });
    const notRun = () => Promise.reject(new Error('not run: it needs the build, and the build failed'));
    await step('e2e', 'the whole house', built ? run : notRun);
  }
}

/** @param {import('./lib/build.mjs').BuildOptions & { only?: 'install' }} options */
async function asStep(options) {
  const done = await bootstrap(options);
  return { passed: done ? 1 : 0, failed: done ? 0 : 1, skipped: [] };
}

async function main() {
  const { values, flags } = readOptions(process.argv.slice(2), { values: ['only', 'match'], flags: ['help'] });
  if (flags.has('help')) return say(usage);
  const { only, match } = values;
  if (only !== undefined && !['unit', 'simulation', 'int', 'e2e', 'faults'].includes(only))
    fail(`--only takes unit, simulation, int, e2e or faults, not "${only}"`);
  if (match !== undefined && only === undefined) fail('--match goes with --only unit, int or e2e');
  endAllOnSignals(stopSharedStack);
  const startedMs = performance.now();
  await runAll({ only, match });
  if (isEnding()) return;
  await stopSharedStack().catch((error) => {
    say(`the shared stack did not stop: ${error}`);
    outcomes.push({ name: 'stop', passed: 0, failed: 1, skipped: [], ms: 0 });
  });
  printOutcomes(outcomes);
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
  const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0);
  say(`\nin ${seconds(performance.now() - startedMs)}`);
  process.exitCode = failed === 0 ? 0 : 1;
  // CI reads this line: the last one, alone, in these words.
  process.stdout.write(`${passed} passed, ${failed} failed\n`, () => process.exit());
}

await main();
