import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fixtureTree, runGuard } from './fixture-tree.mjs';

const cleanRule = `
export interface State { readonly atMs: number; readonly name: string }
export function decide(state: State, nowMs: number): { text: string; due: boolean } {
  const day = new Date(nowMs).toISOString().slice(0, 10);
  const self = { process: 'a key, not the global' };
  return { text: [day, self.process, Date.UTC(2026, 0, 1), Math.max(1, state.atMs)].join(), due: nowMs >= state.atMs };
}
`;

const clean = {
  'packages/contracts/src/index.ts': 'export const limit: number = 1;\n',
  'packages/decisions/package.json': JSON.stringify({
    name: '@kairos/decisions',
    type: 'module',
    dependencies: { '@kairos/contracts': 'workspace:*' },
  }),
  'packages/decisions/src/index.ts': cleanRule,
  'packages/decisions/src/index.spec.ts':
    "import { readFileSync } from 'node:fs';\nconsole.log(readFileSync, Date.now());\n",
  'packages/decisions/src/time/zone.ts':
    "export const local = (zone: string, atMs: number): string =>\n  new Intl.DateTimeFormat('en-GB', { timeZone: zone }).format(atMs);\n",
  'services/alpha/src/core.ts':
    "import type { Clock } from './ports.ts';\nexport const core = (clock: Clock): number => clock.nowMs;\n",
  'services/alpha/src/ports.ts':
    'export interface Clock { nowMs: number }\nexport interface Sender { send(until: AbortSignal): Promise<void> }\n',
  'services/alpha/src/wiring.ts': 'export const wire = async () => Date.now() + Math.random();\n',
};

/** What lock 1, the compiler, must refuse: the machine does not exist. */
const refusedByCompiler: [what: string, text: string][] = [
  ['process', 'export const x = process.pid;'],
  ['Buffer', "export const x = Buffer.from('a');"],
  ['fetch', "export const x = fetch('http://localhost');"],
  ['setTimeout', 'setTimeout(() => 1, 1);\nexport {};'],
  ['console', "console.log('x');\nexport {};"],
  ['crypto', 'export const x = crypto.randomUUID();'],
  ['performance', 'export const x = performance.now();'],
  ['node:fs', "import { readFileSync } from 'node:fs';\nexport const x = readFileSync;"],
];

/** What lock 2, the syntax, must refuse: most of it is the language itself, which the compiler lets through. */
const refusedBySyntax: [what: string, text: string][] = [
  [
    'another function of node:crypto',
    "import { hash, randomUUID } from 'node:crypto';\nexport const x = [hash, randomUUID];",
  ],
  ['all of node:crypto', "import * as all from 'node:crypto';\nexport const x = all;"],
  ['Date.now', 'export const x = () => Date.now();'],
  ["Date['now']", "export const x = () => Date['now']();"],
  ['Date under another name', 'const D = Date;\nexport const x = () => D.now();'],
  ['{ now } = Date', 'const { now } = Date;\nexport const x = now;'],
  ['new Date()', 'export const x = () => new Date();'],
  ['new Date without parentheses', 'export const x = () => new Date;'],
  ['Date()', 'export const x = () => Date();'],
  ['new Date(y, m)', 'export const x = new Date(2026, 1);'],
  ['Date.parse', "export const x = Date.parse('2026-01-01T00:00');"],
  ['class extends Date', 'export class Now extends Date {}'],
  ['Math.random', 'export const x = () => Math.random();'],
  ['{ random } = Math', 'const { random } = Math;\nexport const x = random;'],
  ['performance.now', 'export const x = () => performance.now();'],
  ['async function', 'export async function x() { return 1; }'],
  ['async arrow', 'export const x = async () => 1;'],
  ['await', 'export const x = await 1;'],
  ['for await', 'export async function x(all: any) { for await (const one of all) one; }'],
  ['Promise', 'export const x = Promise.resolve(1);'],
  ['import()', "export const x = () => import('./index.ts');"],
  ['localeCompare', "export const x = 'a'.localeCompare('b');"],
  ['toLocaleString', 'export const x = (1).toLocaleString();'],
  ['toLocaleUpperCase', "export const x = 'i'.toLocaleUpperCase();"],
  ['getHours', 'export const x = (at: Date) => at.getHours();'],
  ['getDate', 'export const x = (at: Date) => at.getDate();'],
  ['getMonth', 'export const x = (at: Date) => at.getMonth();'],
  ['getFullYear', 'export const x = (at: Date) => at.getFullYear();'],
  ['getMinutes', 'export const x = (at: Date) => at.getMinutes();'],
  ['setHours', 'export const x = (at: Date) => at.setHours(1);'],
  ['{ getDay } of a date', 'export const x = ({ getDay }: Date) => getDay;'],
  ['Intl outside the time room', "export const x = new Intl.NumberFormat('en', {});"],
  ['node: import', "import { join } from 'node:path';\nexport const x = join;"],
  ['bare built-in import', "import { join } from 'path';\nexport const x = join;"],
  ['type of a built-in', "export type X = import('node:fs').Stats;"],
  ['a package not allowed', "import { z } from 'zod';\nexport const x = z;"],
  ['process', 'export const x = process.pid;'],
  ['globalThis', "export const x = globalThis['process'];"],
  ['console', "console.log('x');\nexport {};"],
  ['eval', "export const x = eval('1');"],
  ['new Function', "export const x = new Function('return 1');"],
  ['/// reference types', '/// <reference types="node" />\nexport const x = 1;'],
  ['/// reference lib', '/// <reference lib="dom" />\nexport const x = 1;'],
];

const fileOf = (lock: string, at: number) => `packages/decisions/src/${lock}-${at}.ts`;

describe('purity', () => {
  it('lets through pure rooms, the time room, spec files and the shell around a core', () => {
    const tree = fixtureTree(clean);
    try {
      expect(runGuard('purity.mjs', tree.root)).toEqual({
        code: 0,
        lines: [expect.stringMatching(/no faults in 4 files of 3 pure rooms/)],
      });
    } finally {
      tree.remove();
    }
  });

  describe('on rooms with one impurity of each kind', () => {
    let tree: ReturnType<typeof fixtureTree>;
    let answer: ReturnType<typeof runGuard>;
    beforeAll(() => {
      const compiler = refusedByCompiler.map(([, text], at) => [fileOf('compiler', at), text]);
      const syntax = refusedBySyntax.map(([, text], at) => [fileOf('syntax', at), text]);
      tree = fixtureTree({
        ...clean,
        ...Object.fromEntries([...compiler, ...syntax]),
        'packages/decisions/src/time/loose.ts': 'export const x = new Intl.DateTimeFormat().format(0);',
        'services/alpha/src/core.ts': 'export const core = () => process.exit(1);\nexport const x = () => Date.now();',
        'services/beta/src/core.ts': "import { run } from '@kairos/stream-kit';\nexport const core = run;",
        'packages/stream-kit/src/index.ts': 'export const run = 1;',
      });
      answer = runGuard('purity.mjs', tree.root);
    });
    afterAll(() => tree.remove());

    const blame = (file: string, words: RegExp) =>
      answer.lines.filter((line) => line.startsWith(`${file}:`) && words.test(line));

    it('goes red', () => {
      expect(answer.code).toBe(1);
    });

    it.each(refusedByCompiler.map(([what], at) => [what, at] as const))(
      'lock 1, the compiler, refuses %s',
      (_what, at) => {
        expect(blame(fileOf('compiler', at), /compiled without the machine: .+ — /)).not.toEqual([]);
      },
    );

    it.each(refusedBySyntax.map(([what], at) => [what, at] as const))('lock 2, the syntax, refuses %s', (_what, at) => {
      expect(blame(fileOf('syntax', at), /^(?!.*compiled without).+:\d+ .+ — .+/)).not.toEqual([]);
    });

    it('refuses Intl without locale and zone also in the time room', () => {
      expect(blame('packages/decisions/src/time/loose.ts', /Intl without locale/)).toHaveLength(1);
    });

    it('holds a core to both locks', () => {
      expect(
        blame('services/alpha/src/core.ts', /compiled without the machine: Cannot find name 'process'/),
      ).toHaveLength(1);
      expect(blame('services/alpha/src/core.ts', /:2 Date.now/)).toHaveLength(1);
    });

    it('lets a core name a kit only by type', () => {
      expect(blame('services/beta/src/core.ts', /import of "@kairos\/stream-kit"/)).toHaveLength(1);
    });
  });

  it('keeps the compiler lock shut when a file, or a package that a room imports, brings the machine in', () => {
    const nodeTypes = (room: string) => ({
      [`${room}/node_modules/@types/node/package.json`]:
        '{ "name": "@types/node", "version": "1.0.0", "types": "index.d.ts" }',
      [`${room}/node_modules/@types/node/index.d.ts`]: 'declare const process: { pid: number };',
    });
    const tree = fixtureTree({
      ...clean,
      ...nodeTypes('packages/decisions'),
      ...nodeTypes('packages/stream-kit'),
      'packages/decisions/src/open.ts':
        '/// <reference types="node" />\n/// <reference lib="dom" />\nexport const x = 1;',
      'packages/decisions/src/uses.ts': 'export const y = [process.pid, document];',
      'packages/stream-kit/dist/index.d.ts':
        '/// <reference types="node" />\nexport interface Stage { pid: typeof process.pid }',
      'services/beta/src/core.ts':
        "import type { Stage } from '@kairos/stream-kit';\nexport const core = (_stage: Stage) => process.pid;",
      'services/beta/package.json': JSON.stringify({ name: '@kairos/beta', type: 'module' }),
      'packages/stream-kit/package.json': JSON.stringify({
        name: '@kairos/stream-kit',
        exports: { '.': './dist/index.d.ts' },
        type: 'module',
      }),
    });
    try {
      const { lines } = runGuard('purity.mjs', tree.root);
      const shut = (file: string, name: string) => `${file} compiled without the machine: Cannot find name '${name}'`;
      expect(lines).toContainEqual(expect.stringContaining(shut('packages/decisions/src/uses.ts:1', 'process')));
      expect(lines).toContainEqual(expect.stringContaining(shut('packages/decisions/src/uses.ts:1', 'document')));
      expect(lines).toContainEqual(expect.stringContaining(shut('services/beta/src/core.ts:2', 'process')));
      expect(lines).toContainEqual(
        expect.stringContaining('packages/decisions/src/open.ts:1 a /// <reference> directive'),
      );
      expect(lines).not.toContainEqual(expect.stringContaining('services/beta/src/core.ts:1'));
    } finally {
      tree.remove();
    }
  });
});
