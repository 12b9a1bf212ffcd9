import { describe, expect, it } from '@jest/globals';
import { fixtureTree, runGuard } from './fixture-tree.mjs';
import { sourceFaults } from './tidy-files.mjs';

const lines = (count: number, text = 'export const x = 1;') => `${text}\n`.repeat(count);
const rulesOf = (file: string, text: string) => sourceFaults(file, text).map((fault) => fault.rule);

describe('tidy: source files', () => {
  it('lets 300 lines through and not 301', () => {
    expect(rulesOf('packages/a/src/x.ts', lines(300))).toEqual([]);
    expect(rulesOf('packages/a/src/x.ts', lines(301))).toEqual(['file-length']);
  });

  it('lets a function of 60 lines through and not one of 61', () => {
    const body = (count: number) => `export function x() {\n${'  1;\n'.repeat(count - 2)}}\n`;
    expect(rulesOf('packages/a/src/x.ts', body(60))).toEqual([]);
    expect(rulesOf('packages/a/src/x.ts', body(61))).toEqual(['function-length']);
  });

  it('excuses length only for a reason given in the first lines', () => {
    expect(rulesOf('packages/a/src/x.ts', `// length: one table, best read whole\n${lines(301)}`)).toEqual([]);
    expect(rulesOf('packages/a/src/x.ts', `// length:\n${lines(301)}`)).toEqual(['file-length']);
    expect(rulesOf('packages/a/src/x.ts', `${lines(301)}// length: one table, best read whole\n`)).toEqual([
      'file-length',
    ]);
  });

  it('holds main.ts to 40 lines without excuse', () => {
    expect(rulesOf('services/a/src/main.ts', lines(40))).toEqual([]);
    expect(rulesOf('services/a/src/main.ts', `// length: there is so much to start\n${lines(40)}`)).toEqual([
      'main-length',
    ]);
  });

  it('counts a describe block as a chapter, not as a function', () => {
    const text = `describe('x', () => {\n${'  1;\n'.repeat(80)}});\n`;
    expect(rulesOf('packages/a/src/x.spec.ts', text)).toEqual([]);
    expect(rulesOf('packages/a/src/x.ts', text)).toEqual(['function-length']);
    expect(rulesOf('packages/a/src/x.fixture.ts', `export function suite() {\n${text}}\n`)).toEqual([]);
    expect(rulesOf('packages/a/src/x.fixture.ts', `export function help() {\n${'  1;\n'.repeat(80)}}\n`)).toHaveLength(
      1,
    );
  });

  it('refuses a fourth positional parameter', () => {
    expect(rulesOf('packages/a/src/x.ts', 'export const x = (a: 1, b: 2, c: 3) => a;')).toEqual([]);
    expect(rulesOf('packages/a/src/x.ts', 'export const x = (a: 1, b: 2, c: 3, d: 4) => a;')).toEqual(['parameters']);
    expect(rulesOf('packages/a/src/x.ts', 'export class X { constructor(a: 1, b: 2, c: 3, d: 4) {} }')).toEqual([
      'parameters',
    ]);
    expect(rulesOf('packages/a/src/x.ts', "'x'.replace(/x/, (all, a, b, c) => a);")).toEqual([]);
  });

  it('refuses export * from a foreign package and silence without a reason', () => {
    expect(rulesOf('packages/a/src/x.ts', "export * from 'zod';")).toEqual(['export-star']);
    expect(rulesOf('packages/a/src/x.ts', "export * from './y.ts';")).toEqual([]);
    expect(rulesOf('packages/a/src/x.ts', `// @ts-${'ignore'} because\n1;`)).toEqual(['silencing']);
    expect(rulesOf('packages/a/src/x.ts', `// @ts-${'expect-error'}\n1;`)).toEqual(['silencing']);
    expect(rulesOf('packages/a/src/x.ts', `// @ts-${'expect-error'} the library's type lacks this option\n1;`)).toEqual(
      [],
    );
  });
});

describe('tidy: rooms and words', () => {
  const manifest = (more: object) => JSON.stringify({ name: '@kairos/alpha', license: 'Apache-2.0', ...more }, null, 2);
  const clean: Record<string, string> = {
    'package.json': manifest({ devDependencies: { jest: '30.5.2' } }),
    'services/alpha/package.json': manifest({
      dependencies: { '@kairos/contracts': 'workspace:*', zod: '4.6.7', pg: '18.4.0-beta.17' },
    }),
    'services/alpha/README.md': '# alpha\n\nSee https://example.org/work/list and src/work/shop.ts.\n',
    ...Object.fromEntries(
      ['main', 'config', 'wiring', 'core', 'ports', 'adapters/redis-store'].map((name) => [
        `services/alpha/src/${name}.ts`,
        '\n',
      ]),
    ),
  };
  const run = (files: Record<string, string>) => {
    const tree = fixtureTree(files);
    try {
      return runGuard('tidy.mjs', tree.root);
    } finally {
      tree.remove();
    }
  };

  it('lets a furnished room through', () => {
    expect(run(clean)).toEqual({ code: 0, lines: [expect.stringMatching(/^tidy: no faults/)] });
  });

  it('names each missing piece, loose pin, missing licence and forbidden word with its line and remedy', () => {
    const { 'services/alpha/src/ports.ts': _ports, 'services/alpha/README.md': _readme, ...rest } = clean;
    const { code, lines: said } = run({
      ...rest,
      'packages/beta/package.json': JSON.stringify(
        { name: '@kairos/beta', dependencies: { zod: '^4.6.7', pg: 'latest' } },
        null,
        2,
      ),
      'packages/beta/README.md': `fine\nreads /${'work'}/x and /${'root'}/y\nfrom https://${['registry', 'npmjs', 'org'].join('.')}/zod\n${['Exactly', 'once'].join('-')} delivery\n`,
      'pnpm-workspace.yaml': "overrides:\n  cookie: 1.1.1\n  'a>b': ^2.0.0\n",
    });
    expect(code).toBe(1);
    for (const start of [
      'services/alpha/src/ports.ts:1 src/ports.ts is missing — ',
      'services/alpha/README.md:1 README.md is missing — ',
      'packages/beta/package.json:1 license is missing — ',
      'packages/beta/package.json:4 zod has the range "^4.6.7" — ',
      'packages/beta/package.json:5 pg has the range "latest" — ',
      'pnpm-workspace.yaml:3 an override has the range "^2.0.0" — ',
      'packages/beta/README.md:2 a path of one machine — ',
      'packages/beta/README.md:3 the host of a package registry — ',
      'packages/beta/README.md:4 "',
    ]) {
      expect(said).toContainEqual(expect.stringContaining(start));
    }
    expect(said).toHaveLength(10);
  });
});
