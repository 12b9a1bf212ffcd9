// npm run check: everything that needs no broker, in about a minute.
import { bootstrap } from './lib/build.mjs';
import { checkSteps } from './lib/check-steps.mjs';
import { endAllOnSignals, isEnding } from './lib/run.mjs';
import { bold, dim, fail, green, readOptions, red, say, seconds, table } from './lib/ui.mjs';

const usage = `npm run check                    all steps
npm run check -- --only <step>   one step (or several: --only lint,tidy)
npm run check -- --help          this

steps:
${table(checkSteps.map(({ name, what }) => [`  ${name}`, what]))}`;

/**
 * @typedef {object} StepOutcome
 * @property {string} name
 * @property {number} passed tests; for a step that is not tests, one
 * @property {number} failed
 * @property {import('./lib/jest-run.mjs').JestSummary['skipped']} skipped
 * @property {number} ms
 */

/**
 * @param {string[]} [only] names of steps
 * @returns {Promise<StepOutcome[]>}
 */
export async function check(only) {
  const chosen = checkSteps.filter(({ name }) => only === undefined || only.includes(name));
  /** @type {StepOutcome[]} */
  const outcomes = [];
  for (const step of chosen) {
    say(bold(`▸ ${step.name}`) + dim(`  ${step.what}`));
    const startedMs = performance.now();
    const result = await step.run();
    const outcome = { name: step.name, ...result, ms: performance.now() - startedMs };
    outcomes.push(outcome);
    say(`  ${outcome.failed === 0 ? green('ok') : red('failed')} ${dim(seconds(outcome.ms))}`);
  }
  return outcomes;
}

/** @param {StepOutcome[]} outcomes */
export function printOutcomes(outcomes) {
  const rows = outcomes.map(({ name, passed, failed, ms }) => [
    failed === 0 ? '✓' : '✗',
    name,
    seconds(ms).padStart(8),
    passed + failed > 1 ? `${passed} passed, ${failed} failed` : '',
  ]);
  say();
  say(table(rows));
  printSkipped(outcomes);
}

/** @param {StepOutcome[]} outcomes */
function printSkipped(outcomes) {
  const skipped = outcomes.flatMap((outcome) => outcome.skipped);
  if (skipped.length === 0) return;
  say(`\n${skipped.length} skipped:`);
  for (const { file, name, reason } of skipped) say(`  ${file}: ${name} — ${reason ?? 'no reason given'}`);
}

async function main() {
  const { values, flags } = readOptions(process.argv.slice(2), { values: ['only'], flags: ['help'] });
  if (flags.has('help')) return say(usage);
  const only = values.only?.split(',');
  const unknown = only?.find((name) => !checkSteps.some((step) => step.name === name));
  if (unknown !== undefined)
    fail(`there is no step "${unknown}"; steps: ${checkSteps.map(({ name }) => name).join(', ')}`);
  endAllOnSignals();
  if (!(await bootstrap({ quiet: true, only: 'install' }))) process.exit(1);
  const outcomes = await check(only);
  if (isEnding()) return;
  printOutcomes(outcomes);
  const notGreen = outcomes.filter(({ failed }) => failed > 0).map(({ name }) => name);
  say(notGreen.length === 0 ? `\nall ${outcomes.length} steps are green` : `\nred: ${notGreen.join(', ')}`);
  process.exit(notGreen.length === 0 ? 0 : 1);
}

if (process.argv[1] === import.meta.filename) await main();
