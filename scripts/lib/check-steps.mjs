// The steps of `npm run check`, in the order in which their faults are cheapest to read.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runJest } from './jest-run.mjs';
import { nodeBin, run } from './run.mjs';
import { say } from './ui.mjs';
import { repoRoot, rooms } from './workspace.mjs';

/** @typedef {{ passed: number, failed: number, skipped: import('./jest-run.mjs').JestSummary['skipped'] }} StepResult */
/** @typedef {{ name: string, what: string, run: () => Promise<StepResult> }} CheckStep */

/** @type {StepResult} */
const green = { passed: 1, failed: 0, skipped: [] };
/** @type {StepResult} */
const red = { passed: 0, failed: 1, skipped: [] };

/**
 * Runs programs one after another and stops at none, so that one round shows all faults. What passes stays short.
 * @param {string[][]} commands arguments for node
 * @returns {Promise<StepResult>}
 */
async function nodePrograms(...commands) {
  let failed = false;
  for (const args of commands) {
    const { code, output } = await run(process.execPath, args, { timeoutMs: 300_000 });
    if (code !== 0) failed = true;
    const text = code === 0 ? (output.trimEnd().split('\n').at(-1) ?? '') : output.trimEnd();
    if (text !== '') say(text.replace(/^/gm, '  '));
  }
  return failed ? red : green;
}

const tsc = nodeBin('typescript/bin/tsc');
const guard = (/** @type {string} */ name) => join(repoRoot, 'scripts/guards', `${name}.mjs`);

/** What is type-checked beside the projects that tsconfig.json names: tests, scripts, the console's web app. */
function typePrograms() {
  const checkedOnly = ['tsconfig.specs.json', 'scripts/tsconfig.json', 'services/console/tsconfig.web.json'];
  const there = checkedOnly.filter((path) => existsSync(join(repoRoot, path)));
  return [
    [tsc, '-b', 'tsconfig.json', ...rooms(repoRoot, ['tests']), '--pretty', 'false'],
    ...there.map((path) => [tsc, '-p', path, '--noEmit', '--pretty', 'false']),
  ];
}

/** @returns {Promise<StepResult>} */
async function playbookTests() {
  const main = join(repoRoot, 'packages/cli/dist/main.js');
  const folder = join(repoRoot, 'playbook');
  const hasRecipes =
    existsSync(folder) && readdirSync(folder, { recursive: true }).some((path) => /\.ya?ml$/.test(String(path)));
  if (!hasRecipes) {
    say('  playbook/ has no recipe: nothing to test');
    return green;
  }
  if (!existsSync(main)) {
    say(
      '  packages/cli/dist/main.js:1 is missing, so the recipes in playbook/ are untested — run `npm run build`, and see its faults',
    );
    return red;
  }
  return nodePrograms([main, 'playbook', 'test', 'playbook']);
}

/** @type {CheckStep[]} */
export const checkSteps = [
  {
    name: 'types',
    what: 'the compiler over all rooms, their tests and the scripts',
    run: () => nodePrograms(...typePrograms()),
  },
  {
    name: 'lint',
    what: 'format and lint (biome); `npm run format` corrects what it can',
    run: () =>
      nodePrograms([
        nodeBin('@biomejs/biome/bin/biome'),
        'ci',
        '--colors=off',
        '--reporter=concise',
        '--error-on-warnings',
        '--diagnostic-level=warn',
        '.',
      ]),
  },
  { name: 'boundaries', what: 'who imports whom', run: () => nodePrograms([guard('boundaries')]) },
  {
    name: 'purity',
    what: 'contracts, decisions and every core.ts: no Node, clock, randomness, async',
    run: () => nodePrograms([guard('purity')]),
  },
  {
    name: 'tidy',
    what: 'furniture, lengths, READMEs, exact pins, no path of one machine',
    run: () => nodePrograms([guard('tidy')]),
  },
  {
    name: 'unused',
    what: 'files, exports and dependencies that nothing uses (knip)',
    run: () => nodePrograms([nodeBin('knip/bin/knip.js'), '--no-progress', '--no-config-hints']),
  },
  { name: 'unit', what: 'unit and property tests', run: () => runJest(['unit', 'prop']) },
  { name: 'playbook', what: "the starter recipes' own tests", run: playbookTests },
  {
    name: 'generated',
    what: 'generated files are fresh',
    run: () => nodePrograms([join(repoRoot, 'scripts/generate.mjs'), '--check']),
  },
];
