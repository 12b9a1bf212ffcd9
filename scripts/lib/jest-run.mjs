// One jest run: which projects, how many passed, what was skipped and why, and whether it came to its end at all.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jestNodeOptions } from './build.mjs';
import { nodeBin, run } from './run.mjs';
import { say } from './ui.mjs';
import { readIfThere, repoRoot } from './workspace.mjs';

/**
 * @typedef {object} JestSummary
 * @property {number} passed
 * @property {number} failed a test file that could not run counts as one
 * @property {{ file: string, name: string, reason: string | undefined }[]} skipped
 * @property {number} files
 * @property {boolean} finished false when jest ended before its report
 */

/**
 * @param {string[]} projects
 * @param {{ env?: Record<string, string>, inBand?: boolean, timeoutMs?: number, filter?: string[] }} [options]
 * @returns {Promise<JestSummary & { ms: number }>}
 */
export async function runJest(projects, { env = {}, inBand = false, timeoutMs = 600_000, filter = [] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'kairos-jest-'));
  const summaryFile = join(folder, 'summary.json');
  const reporter = join(repoRoot, 'scripts/lib/jest-reporter.mjs');
  const config = join(repoRoot, 'jest.config.mjs');
  const workers = inBand ? ['--runInBand'] : ['--maxWorkers=2'];
  const args = [nodeBin('jest/bin/jest.js'), '--config', config, '--selectProjects', ...projects, ...workers];
  // By name: what stands after an option that takes several values would be taken for one of them.
  const paths = filter.map((path) => `--testPathPatterns=${path}`);
  const nodeOptions = `${process.env.NODE_OPTIONS ?? ''} ${jestNodeOptions}`.trim();
  const result = await run(process.execPath, [...args, `--reporters=${reporter}`, ...paths], {
    env: { ...env, NODE_OPTIONS: nodeOptions, FORCE_COLOR: '0', KAIROS_JEST_SUMMARY: summaryFile },
    show: true,
    timeoutMs,
  });
  const summary = withPrintedReasons(readSummary(summaryFile), result.output);
  rmSync(folder, { recursive: true, force: true });
  const faults = faultsOf(summary, result, projects);
  for (const fault of faults) say(`  ${fault}`);
  return { ...summary, failed: summary.failed + faults.length, ms: result.ms };
}

/** @param {string} file */
function readSummary(file) {
  const text = readIfThere(file);
  /** @type {JestSummary} */
  const none = { passed: 0, failed: 0, skipped: [], files: 0, finished: false };
  return text === undefined ? none : /** @type {JestSummary} */ (JSON.parse(text));
}

/**
 * A reason that a test wrote straight to the terminal is in no report; better the reasons of the whole run than none.
 * @param {JestSummary} summary
 * @param {string} output
 */
function withPrintedReasons(summary, output) {
  const printed = [...new Set([...output.matchAll(/skipped: (.*\S)/gi)].map(([, reason]) => reason))].join('; ');
  const skipped = summary.skipped.map((test) => ({ ...test, reason: test.reason ?? (printed || undefined) }));
  return { ...summary, skipped };
}

/**
 * What must not look like a run without failures: a run that crashed, was ended, or found nothing, and a skip without
 * a reason.
 * @param {JestSummary} summary
 * @param {Pick<import('./run.mjs').RunResult, 'code' | 'timedOut' | 'output'>} result
 * @param {string[]} projects
 * @returns {string[]} one sentence for each, to be counted as a failure
 */
export function faultsOf(summary, result, projects) {
  const name = projects.join(' and ');
  const faults = summary.skipped
    .filter(({ reason }) => reason === undefined)
    .map(({ file, name: test }) => `${file}: "${test}" is skipped and gives no reason; print \`skipped: <reason>\``);
  if (result.timedOut) faults.push(`the ${name} tests took too long and were ended`);
  else if (!summary.finished) {
    const foundNone = /^No tests found/m.test(result.output);
    const crashed = `jest ended with code ${result.code} before it reported on the ${name} tests`;
    faults.push(foundNone ? `no ${name} test was found` : crashed);
  } else if (summary.files === 0) faults.push(`no ${name} test has run`);
  else if (result.code !== 0 && summary.failed === 0) {
    faults.push(`jest ended with code ${result.code} though no ${name} test failed`);
  }
  return faults;
}
