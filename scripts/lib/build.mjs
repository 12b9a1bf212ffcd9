// From a clean clone to something that runs: install, compile, bundle, build the web app. Each part is skipped when it is
// up to date. Only Node's own modules: nothing is installed when this starts.
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundlesAreFresh } from './bundles.mjs';
import { nodeBin, run } from './run.mjs';
import { progress, seconds } from './ui.mjs';
import { filesBelow, hashOf, readIfThere, readJson, repoRoot, rooms } from './workspace.mjs';

const lockHashFile = join(repoRoot, 'node_modules/.kairos-lock-hash');
const buildStamp = join(repoRoot, 'node_modules/.kairos-built');
const web = { source: 'services/console', dist: join(repoRoot, 'services/console/dist/web') };
const webHashFile = join(web.dist, '.kairos-source-hash');

/** Node's flag for native ES modules in jest; without it every suite fails at its first import. */
export const jestNodeOptions = '--experimental-vm-modules --disable-warning=ExperimentalWarning';

/**
 * @param {string} version `20.19.0`
 * @param {string} least
 */
export function isAtLeast(version, least) {
  const [have, want] = [version, least].map((one) => one.split('.').map(Number));
  for (let at = 0; at < 3; at++) {
    const difference = (have?.[at] ?? 0) - (want?.[at] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** @returns {string | undefined} a sentence for the reader when this Node is too old */
export function nodeFault(version = process.versions.node) {
  const least = readJson(join(repoRoot, 'package.json')).engines.node.replace(/^>=/, '');
  if (isAtLeast(version, least)) return undefined;
  return `Kairos needs Node ${least} or newer; this is Node ${version}. Install a newer one from nodejs.org or with your version manager, then run the same command again.`;
}

function installIsFresh() {
  if (readIfThere(lockHashFile) !== lockHash()) return false;
  return rooms(repoRoot).every((room) => {
    const { dependencies = {}, devDependencies = {} } = readJson(join(repoRoot, room, 'package.json'));
    const needsSome = Object.keys({ ...dependencies, ...devDependencies }).length > 0;
    return !needsSome || existsSync(join(repoRoot, room, 'node_modules'));
  });
}

const lockHash = () => hashOf(repoRoot, ['pnpm-lock.yaml', 'pnpm-workspace.yaml']);

/** @typedef {{ quiet?: boolean }} BuildOptions */

/** @param {BuildOptions} options */
async function install({ quiet }) {
  if (installIsFresh()) return true;
  const manager = readJson(join(repoRoot, 'package.json')).packageManager.split('+')[0];
  progress(`installing packages with ${manager} …`);
  // CI=true is how pnpm is told never to ask; the frozen lockfile is how it is told never to choose.
  const env = {
    CI: 'true',
    npm_config_update_notifier: 'false',
    npm_config_fund: 'false',
    COREPACK_ENABLE_DOWNLOAD_PROMPT: '0',
  };
  const args = [
    'exec',
    '--yes',
    '--package',
    manager,
    '--',
    'pnpm',
    'install',
    '--frozen-lockfile',
    '--reporter=append-only',
  ];
  const result = await run('npm', args, { env, show: !quiet, showOn: process.stderr });
  if (result.code !== 0) return report('the install failed', result, quiet);
  mkdirSync(join(repoRoot, 'node_modules'), { recursive: true });
  writeFileSync(lockHashFile, lockHash());
  progress(`installed in ${seconds(result.ms)}`);
  return true;
}

/** @param {BuildOptions} options */
async function compile({ quiet }) {
  if (!quiet) progress('compiling …');
  const result = await run(process.execPath, [nodeBin('typescript/bin/tsc'), '-b']);
  if (result.code !== 0) return report('the compiler found faults', result, true);
  if (!quiet) progress(`compiled in ${seconds(result.ms)}`);
  return true;
}

/** @param {BuildOptions} options */
async function bundle({ quiet }) {
  if (bundlesAreFresh(repoRoot)) return true;
  if (!quiet) progress('bundling …');
  const result = await run(process.execPath, [join(repoRoot, 'scripts/bundle.mjs')]);
  if (result.code !== 0) return report('the services could not be bundled', result, true);
  if (!quiet) progress(`bundled in ${seconds(result.ms)}`);
  return true;
}

/** @param {BuildOptions} options */
async function buildWeb({ quiet }) {
  const room = join(repoRoot, web.source);
  if (!existsSync(join(room, 'vite.config.ts'))) return true;
  const hash = hashOf(repoRoot, [web.source, 'packages/contracts/src', 'packages/decisions/src', 'pnpm-lock.yaml']);
  if (readIfThere(webHashFile) === hash) return true;
  progress('building the console …');
  const vite = join(room, 'node_modules/vite/bin/vite.js');
  const args = [vite, 'build', '--outDir', web.dist, '--emptyOutDir', '--logLevel', 'warn'];
  const result = await run(process.execPath, args, { cwd: room });
  if (result.code !== 0) return report('the console did not build', result, true);
  mkdirSync(web.dist, { recursive: true });
  writeFileSync(webHashFile, hash);
  if (!quiet) progress(`built the console in ${seconds(result.ms)}`);
  return true;
}

/**
 * @param {string} what
 * @param {import('./run.mjs').RunResult} result
 * @param {boolean} [printOutput]
 */
function report(what, result, printOutput = false) {
  if (printOutput) process.stderr.write(result.output);
  progress(`${what} (exit code ${result.code}); the lines above say why`);
  return false;
}

/**
 * @param {BuildOptions & { only?: 'install' }} [options] quiet prints only when something is done that takes long;
 *   `only: 'install'` leaves compiling to the caller
 * @returns {Promise<boolean>} true when everything is in place
 */
export async function bootstrap({ quiet = false, only } = {}) {
  const fault = nodeFault();
  if (fault !== undefined) {
    progress(fault);
    return false;
  }
  if (!(await install({ quiet }))) return false;
  if (only === 'install') return true;
  if (!((await compile({ quiet })) && (await bundle({ quiet })) && (await buildWeb({ quiet })))) return false;
  writeFileSync(buildStamp, '');
  return true;
}

/** @returns {boolean} true when the command line is built and no source is newer than the last build */
export function isBuilt() {
  if (!existsSync(join(repoRoot, 'packages/cli/dist/bundle/main.js')) || !existsSync(buildStamp)) return false;
  const builtMs = statSync(buildStamp).mtimeMs;
  const sources = ['packages', 'services'].flatMap((folder) => filesBelow(join(repoRoot, folder)));
  return [...sources, join(repoRoot, 'pnpm-lock.yaml')].every((file) => statSync(file).mtimeMs <= builtMs);
}
