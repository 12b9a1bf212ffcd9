// pnpm test:simulation: seeded runs of the real stages, and the rules of the protocol broken one by one.
import { readFileSync, writeFileSync } from 'node:fs';
import { register } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { mutations, tuning } from './mutations.mjs';
import { patched } from './patch.mjs';

const usage = `pnpm test:simulation                   2,000 seeds, 25 of them twice, and every mutation
  --seeds <N> [--from <M>]   only seeds M to M+N-1
  --seed <X> [--trace]       one seed, and every record that was appended
  --mutation <name>          only this rule broken (with --seed: that seed of it)
  --mutations                only the mutations
  --summary <file>           passed, failed and skipped as JSON, for npm test
mutations: ${Object.keys(mutations).join(', ')}`;

// A run replaces the clock; ours must go on.
const now = performance.now.bind(performance);
const say = (/** @type {string} */ text) => process.stdout.write(`${text}\n`);
const repoRoot = join(import.meta.dirname, '../..');
const CI_SEEDS = 2_000;
const TWICE = 25;
const SHOWN = 10;
const totals = { passed: 0, failed: 0 };

/** @param {string} title @param {string | undefined} fault */
function verdict(title, fault) {
  if (fault === undefined) totals.passed += 1;
  else totals.failed += 1;
  say(`${fault === undefined ? '✓' : '✗'} ${title}${fault === undefined ? '' : `: ${fault}`}`);
}

/** Every replacement must match, also those of mutations that are not run now. */
function checkPatches() {
  /** @type {Map<string, string>} */
  const faults = new Map();
  for (const [name, { patches }] of [['tuning', { patches: tuning }], ...Object.entries(mutations)]) {
    for (const file of new Set(patches.map((patch) => patch.file))) {
      try {
        const own = patches.filter((patch) => patch.file === file);
        patched(file, readFileSync(join(repoRoot, file), 'utf8'), own);
      } catch (error) {
        faults.set(name, String(error instanceof Error ? error.message : error));
      }
    }
  }
  return faults;
}

const variants = {
  plain: tuning,
  // A graph of its own: what a module remembers from run to run would show.
  again: tuning,
  ...Object.fromEntries(Object.entries(mutations).map(([name, { patches }]) => [name, [...tuning, ...patches]])),
};
register('./hooks.mjs', import.meta.url, { data: variants });

/** @returns {Promise<typeof import('./src/simulate.ts')>} */
const load = (/** @type {string} */ variant) => import(`./src/simulate.ts?variant=${variant}`);

const replay = (/** @type {number} */ seed, /** @type {string | undefined} */ mutation) =>
  `pnpm test:simulation --seed ${seed} --trace${mutation === undefined ? '' : ` --mutation ${mutation}`}`;

/** @param {number} from @param {number} count */
async function runSeeds(from, count) {
  const { simulate } = await load('plain');
  const cpuBefore = process.cpuUsage();
  const startedMs = now();
  /** @type {Record<string, number>} */
  const sums = {};
  let bad = 0;
  let toldMs = startedMs;
  for (let seed = from; seed < from + count; seed += 1) {
    const { violation, stats } = await simulate(seed);
    for (const [name, value] of Object.entries(stats)) sums[name] = (sums[name] ?? 0) + value;
    if (violation !== undefined) {
      bad += 1;
      if (bad <= SHOWN) say(`  seed ${seed}: ${violation.message.slice(0, 600)}\n    ${replay(seed, undefined)}`);
    }
    if (now() - toldMs > 10_000) {
      toldMs = now();
      say(`  ${seed - from + 1} of ${count} seeds, ${bad} bad, ${((toldMs - startedMs) / 1000).toFixed(0)} s`);
    }
  }
  const tookMs = now() - startedMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  const cpuS = (user + system) / 1e6;
  const about = Object.entries(sums).map(([name, value]) => `${name} ${value}`);
  say(`  ${about.join(', ')}`);
  const title = `${count} seeds from ${from} in ${(tookMs / 1000).toFixed(1)} s, ${((1000 * cpuS) / count).toFixed(0)} ms of CPU each`;
  verdict(title, bad === 0 ? undefined : `${bad} broke a promise`);
}

/** @param {number} from @param {number} count */
async function runTwice(from, count) {
  const [first, second] = [await load('plain'), await load('again')];
  const differing = [];
  for (let seed = from; seed < from + count; seed += 1) {
    const [a, b] = [await first.simulate(seed), await second.simulate(seed)];
    if (a.traceHash !== b.traceHash) differing.push(seed);
  }
  const fault = differing.length === 0 ? undefined : `not so for ${differing.join()}`;
  verdict(`the same seed gives the same trace, twice (${count} seeds)`, fault);
}

/** @param {string} name @param {Map<string, string>} faults */
async function runMutation(name, faults) {
  const mutation = mutations[name];
  if (mutation === undefined) throw new Error(`there is no mutation ${name}\n${usage}`);
  const title = `${name} (${mutation.breaks}) is caught`;
  const fault = faults.get(name);
  if (fault !== undefined) return verdict(title, fault);
  const { simulate } = await load(name);
  const startedMs = now();
  for (let seed = 0; seed < mutation.budget; seed += 1) {
    const { violation } = await simulate(seed, { weather: mutation.weather });
    if (violation === undefined) continue;
    const took = `${seed + 1} of ${mutation.budget} seeds, ${((now() - startedMs) / 1000).toFixed(1)} s`;
    return verdict(`${title}: ${violation.oracle} (${took})`, undefined);
  }
  verdict(title, `not within ${mutation.budget} seeds`);
}

/** @param {number} seed @param {string | undefined} mutation @param {boolean} isTraced */
async function runOne(seed, mutation, isTraced) {
  const { simulate } = await load(mutation ?? 'plain');
  const { violation, stats, traceHash } = await simulate(seed, {
    say: isTraced ? say : undefined,
    weather: mutations[mutation ?? '']?.weather,
  });
  say(JSON.stringify({ seed, traceHash, ...stats }));
  verdict(`seed ${seed}`, violation?.message);
}

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string', default: '0' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    mutation: { type: 'string' },
    mutations: { type: 'boolean', default: false },
    summary: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const { seeds, from, seed, mutation, summary } = values;
const isWhole = seeds === undefined && seed === undefined && mutation === undefined && !values.mutations;
if (values.help) {
  say(usage);
  process.exit(0);
}
const startedMs = now();
const faults = checkPatches();
const tuningFault = faults.get('tuning');
if (tuningFault !== undefined) verdict('the tuning fits the code', tuningFault);
else if (seed !== undefined) await runOne(Number(seed), mutation, values.trace);
else {
  if (seeds !== undefined || isWhole) await runSeeds(Number(from), Number(seeds ?? CI_SEEDS));
  if (isWhole) await runTwice(0, TWICE);
  const names = mutation === undefined ? Object.keys(mutations) : [mutation];
  if (isWhole || values.mutations || mutation !== undefined) {
    for (const name of names) await runMutation(name, faults);
  }
}
if (summary !== undefined) writeFileSync(summary, JSON.stringify({ ...totals, skipped: [] }));
say(`${totals.passed} passed, ${totals.failed} failed in ${((now() - startedMs) / 1000).toFixed(1)} s`);
process.exitCode = totals.failed === 0 ? 0 : 1;
