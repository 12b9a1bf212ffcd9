// npm test: installs, runs everything that CI needs, and ends with one line: `N passed, N failed`.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { check, printOutcomes } from './check.mjs';
import { bootstrap } from './lib/build.mjs';
import { runJest } from './lib/jest-run.mjs';
import { endAllOnSignals } from './lib/run.mjs';
import { bold, dim, fail, readOptions, say, seconds } from './lib/ui.mjs';
import { readIfThere, repoRoot } from './lib/workspace.mjs';

const usage = `npm test                         the check, then integration and end-to-end tests on one shared stack
npm test -- --only unit|int|e2e  one kind of test, without the check
npm test -- --help               this`;

const minuteMs = 60_000;

/** @typedef {import('./check.mjs').StepOutcome} StepOutcome */
/** @typedef {{ env: Record<string, string>, stop: () => Promise<void> }} SharedStack */

/** @type {SharedStack | undefined} */
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
    say(`  ${error instanceof Error ? (error.stack ?? error.message) : error}`);
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
  if (readIfThere(entrance) === undefined)
    throw new Error('packages/local-stack is not built: dist/index.js is missing');
  const { startTestStack } = await import(pathToFileURL(entrance).href);
  const running = await startTestStack();
  const folder = mkdtempSync(join(tmpdir(), 'kairos-stack-'));
  const file = join(folder, 'stack.json');
  // Readable by its owner only: the database address contains its password.
  const record = { version: 1, home: running.home, parts: running.parts, env: running.env };
  writeFileSync(file, JSON.stringify(record), { mode: 0o600 });
  stack = {
    env: { KAIROS_TEST_STACK: file },
    stop: async () => {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return { passed: 1, failed: 0, skipped: [] };
}

async function stopSharedStack() {
  const running = stack;
  stack = undefined;
  await running?.stop();
}

/** @param {string | undefined} only */
async function runAll(only) {
  if (!(await step('install', 'what pnpm-lock.yaml names', () => asStep({ only: 'install' })))) return;
  if (only === undefined) outcomes.push(...(await check()));
  if (only === 'unit') await step('unit', 'unit and property tests', () => runJest(['unit', 'prop']));
  if (only === 'unit') return;
  if (!(await step('build', 'every room and the console', () => asStep({ quiet: true })))) return;
  if (!(await step('stack', 'one shared test stack', startSharedStack))) return;
  const env = stack?.env ?? {};
  if (only !== 'e2e') {
    await step('int', 'rooms with real parts', () => runJest(['int'], { env, timeoutMs: 6 * minuteMs }));
  }
  if (only !== 'int') {
    await step('e2e', 'the whole house', () => runJest(['e2e'], { env, inBand: true, timeoutMs: 10 * minuteMs }));
  }
}

/** @param {import('./lib/build.mjs').BuildOptions & { only?: 'install' }} options */
async function asStep(options) {
  const done = await bootstrap(options);
  return { passed: done ? 1 : 0, failed: done ? 0 : 1, skipped: [] };
}

function printSkipped() {
  const skipped = outcomes.flatMap((outcome) => outcome.skipped);
  if (skipped.length === 0) return;
  say(`\n${skipped.length} skipped:`);
  for (const { file, name, reason } of skipped) say(`  ${file}: ${name} — ${reason ?? 'no reason given'}`);
}

async function main() {
  const { values, flags } = readOptions(process.argv.slice(2), { values: ['only'], flags: ['help'] });
  if (flags.has('help')) return say(usage);
  const { only } = values;
  if (only !== undefined && !['unit', 'int', 'e2e'].includes(only))
    fail(`--only takes unit, int or e2e, not "${only}"`);
  endAllOnSignals(stopSharedStack);
  const startedMs = performance.now();
  await runAll(only);
  await stopSharedStack().catch((error) => {
    say(`the shared stack did not stop: ${error}`);
    outcomes.push({ name: 'stop', passed: 0, failed: 1, skipped: [], ms: 0 });
  });
  printOutcomes(outcomes);
  printSkipped();
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
  const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0);
  say(`\nin ${seconds(performance.now() - startedMs)}`);
  process.exitCode = failed === 0 ? 0 : 1;
  // CI reads this line: the last one, alone, in these words.
  process.stdout.write(`${passed} passed, ${failed} failed\n`, () => process.exit());
}

await main();
