// The fault harness as a step of `npm test`: built, run on a stack of its own, its totals read from its last line.
import { nodeBin, run } from './run.mjs';
import { say } from './ui.mjs';
import { repoRoot } from './workspace.mjs';

const entry = `${repoRoot}/tests/faults/dist/main.js`;
const longestMs = 20 * 60_000;

/** @returns {Promise<boolean>} whether it compiled */
export async function buildFaults() {
  const { code, output } = await run(process.execPath, [nodeBin('typescript/bin/tsc'), '-b', 'tests/faults']);
  if (code !== 0) process.stderr.write(output);
  return code === 0;
}

/** The program itself, for a person: arguments as given, output as it comes. */
export const faultsProgram = (/** @type {string[]} */ args) => [entry, ...args];

/**
 * @param {{ short: boolean }} options
 * @returns {Promise<{ passed: number, failed: number, skipped: [] }>}
 */
export async function runFaults({ short }) {
  if (!(await buildFaults())) return { passed: 0, failed: 1, skipped: [] };
  const args = faultsProgram(short ? ['--short'] : []);
  const result = await run(process.execPath, args, { show: true, showOn: process.stderr, timeoutMs: longestMs });
  const [, passed, failed] = /^(\d+) passed, (\d+) failed$/m.exec(result.output) ?? [];
  if (passed === undefined || failed === undefined) {
    say(`  the fault harness ended with code ${result.code} before it had a result`);
    return { passed: 0, failed: 1, skipped: [] };
  }
  return { passed: Number(passed), failed: Number(failed), skipped: [] };
}
