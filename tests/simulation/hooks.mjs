// Runs in Node's loader thread: compiles the workspace's TypeScript as it is imported, and changes it on the way. Modules
// imported with `?variant=<name>` make a graph of their own, in which that variant's replacements were made.
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';
import { patched } from './patch.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** @type {Map<string, import('./patch.mjs').Patch[]>} */
const variants = new Map();
/** @type {Map<string, string>} */
const compiled = new Map();

/** @param {Record<string, import('./patch.mjs').Patch[]>} given replacements per variant */
export async function initialize(given) {
  for (const [name, patches] of Object.entries(given)) variants.set(name, patches);
}

const isOurs = (/** @type {URL} */ url) =>
  url.protocol === 'file:' && url.pathname.endsWith('.ts') && !url.pathname.includes('/node_modules/');

/** @type {import('node:module').ResolveHook} */
export async function resolve(specifier, context, nextResolve) {
  const conditions = ['kairos-source', ...context.conditions];
  const found = await nextResolve(specifier, { ...context, conditions });
  const url = new URL(found.url);
  if (!isOurs(url)) return found;
  const variant = new URL(context.parentURL ?? 'file:///').searchParams.get('variant');
  if (variant !== null && !url.searchParams.has('variant')) url.searchParams.set('variant', variant);
  return { ...found, url: url.href, format: 'module' };
}

/** @type {import('node:module').LoadHook} */
export async function load(href, context, nextLoad) {
  const url = new URL(href);
  if (!isOurs(url)) return nextLoad(href, context);
  const path = fileURLToPath(new URL(url.pathname, 'file:///'));
  const file = relative(root, path);
  const patches = (variants.get(url.searchParams.get('variant') ?? '') ?? []).filter((one) => one.file === file);
  if (patches.length === 0) {
    const known = compiled.get(path);
    if (known !== undefined) return { format: 'module', source: known, shortCircuit: true };
  }
  const source = compile(path, patched(file, readFileSync(path, 'utf8'), patches));
  if (patches.length === 0) compiled.set(path, source);
  return { format: 'module', source, shortCircuit: true };
}

/**
 * @param {string} path
 * @param {string} source
 */
function compile(path, source) {
  return transformSync(source, {
    filename: path,
    swcrc: false,
    sourceMaps: 'inline',
    jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
    module: { type: 'es6' },
  }).code;
}
