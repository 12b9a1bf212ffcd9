// A jest reporter that is short about what passes and complete about what fails, and that never loses the reason of a
// skipped test. A test gives its reason in its title or prints it: `skipped: Python is missing`.
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { dim, green, red, say, seconds } from './ui.mjs';
import { repoRoot } from './workspace.mjs';

/** @typedef {import('./jest-run.mjs').JestSummary} JestSummary */

const reasonPattern = /skipped: (.*\S)/i;

export default class BriefReporter {
  /** @type {JestSummary} */
  #summary = { passed: 0, failed: 0, skipped: [], files: 0, finished: false };

  /**
   * @param {import('@jest/reporters').Test} _test
   * @param {import('@jest/reporters').TestResult} result
   */
  onTestResult(_test, result) {
    const file = relative(repoRoot, result.testFilePath);
    const printed = (result.console ?? []).map((entry) => entry.message);
    const failed = result.numFailingTests + (result.testExecError === undefined ? 0 : 1);
    const counts = `${result.numPassingTests} passed${failed > 0 ? `, ${failed} failed` : ''}`;
    const took = seconds((result.perfStats.end ?? 0) - (result.perfStats.start ?? 0));
    say(`  ${failed > 0 ? red('FAIL') : green('ok')} ${file} ${dim(`${counts}, ${took}`)}`);
    if (failed > 0) {
      say(result.failureMessage ?? result.testExecError?.message ?? 'failed without a message');
      for (const line of printed) say(dim(`    printed: ${line}`));
    }
    this.#summary.files += 1;
    this.#summary.passed += result.numPassingTests;
    this.#summary.failed += failed;
    this.#collectSkipped(file, result, printed);
  }

  /**
   * @param {string} file
   * @param {import('@jest/reporters').TestResult} result
   * @param {string[]} printed
   */
  #collectSkipped(file, result, printed) {
    const reason = printed.map((line) => reasonPattern.exec(line)?.[1]).find((one) => one !== undefined);
    for (const test of result.testResults) {
      if (test.status !== 'pending' && test.status !== 'todo' && test.status !== 'skipped') continue;
      const own = reasonPattern.exec(test.fullName)?.[1];
      this.#summary.skipped.push({ file, name: test.fullName, reason: own ?? reason });
    }
  }

  onRunComplete() {
    const file = process.env.KAIROS_JEST_SUMMARY;
    if (file !== undefined) writeFileSync(file, JSON.stringify({ ...this.#summary, finished: true }));
  }
}
