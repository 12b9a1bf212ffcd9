// Layering: runs dependency-cruiser over the rooms and adds the one rule that it cannot say — only wiring.ts names both
// core and adapters.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cruise } from 'dependency-cruiser';
import config from '../../.dependency-cruiser.mjs';
import { readOptions } from '../lib/ui.mjs';
import { readIfThere, repoRoot, roomFolders } from '../lib/workspace.mjs';
import { printFaults } from './report.mjs';

/** @typedef {import('./report.mjs').Fault} Fault */

/**
 * @param {string} root
 * @returns {Promise<{ faults: Fault[], modules: number }>}
 */
export async function boundaryFaults(root) {
  const folders = roomFolders.filter((folder) => existsSync(join(root, folder)));
  const options = { ...config.options, baseDir: root, validate: true, ruleSet: { forbidden: config.forbidden ?? [] } };
  const { output } = await cruise(folders, options);
  if (typeof output === 'string') throw new Error(`dependency-cruiser answered with text: ${output}`);
  const comments = new Map((config.forbidden ?? []).map((rule) => [rule.name, rule.comment ?? '']));
  const faults = output.summary.violations.map((violation) => {
    const via = violation.cycle?.map((step) => step.name).join(' → ');
    return {
      file: violation.from,
      line: lineOfImport(root, violation.from, violation.to),
      rule: violation.rule.name,
      message: `${violation.rule.name}: imports ${via ?? violation.to}`,
      remedy: comments.get(violation.rule.name) ?? '',
    };
  });
  return { faults: [...faults, ...namesBoth(root, output.modules)], modules: output.modules.length };
}

/**
 * @param {string} root
 * @param {import('dependency-cruiser').IModule[]} modules
 * @returns {Fault[]}
 */
function namesBoth(root, modules) {
  return modules.flatMap((module) => {
    const [, service, inside] = /^services\/([^/]+)\/src\/(.+)$/.exec(module.source) ?? [];
    if (service === undefined || inside === undefined || module.source.includes('.spec.')) return [];
    // wiring.ts may; an adapter that names the core is blamed by a rule of its own.
    if (inside === 'wiring.ts' || inside.startsWith('adapters/')) return [];
    const targets = module.dependencies.map((dependency) => dependency.resolved);
    const core = targets.find((target) => target.startsWith(`services/${service}/src/core`));
    const adapter = targets.find((target) => target.startsWith(`services/${service}/src/adapters/`));
    if (core === undefined || adapter === undefined) return [];
    return [
      {
        file: module.source,
        line: lineOfImport(root, module.source, adapter),
        rule: 'only-wiring-names-both',
        message: `only-wiring-names-both: imports ${core} and ${adapter}`,
        remedy: 'join core and adapters in wiring.ts, and hand this file what it needs',
      },
    ];
  });
}

/**
 * dependency-cruiser knows no lines; the import that ends with the same file name is the one meant.
 * @param {string} root
 * @param {string} from
 * @param {string} to
 */
function lineOfImport(root, from, to) {
  const lines = (readIfThere(join(root, from)) ?? '').split('\n');
  const name =
    to
      .replace(/\/(src|dist)\/index\.\w+$/, '')
      .split('/')
      .at(-1) ?? to;
  const at = lines.findIndex(
    (line) => /['"]/.test(line) && line.includes(name) && /\b(from|import|require)\b/.test(line),
  );
  return at + 1 || 1;
}

if (process.argv[1] === import.meta.filename) {
  const { values } = readOptions(process.argv.slice(2), { values: ['root'] });
  const { faults, modules } = await boundaryFaults(values.root ?? repoRoot);
  printFaults('boundaries', faults, `${modules} modules`);
}
