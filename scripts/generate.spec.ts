import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { generateAll, generatingRooms } from './generate.mjs';
import { fixtureTree } from './guards/fixture-tree.mjs';

const generator = (path: string, text: string) =>
  `export const generate = async () => new Map([[${JSON.stringify(path)}, ${JSON.stringify(text)}]]);`;

describe('generated files', () => {
  let tree: ReturnType<typeof fixtureTree>;
  beforeEach(() => {
    tree = fixtureTree({
      'packages/contracts/scripts/generate.mjs': generator('packages/contracts/src/generated/types.ts', 'types'),
      'packages/alpha/package.json': JSON.stringify({
        name: '@kairos/alpha',
        dependencies: { '@kairos/contracts': 'workspace:*' },
      }),
      'packages/alpha/scripts/generate.mjs': generator('docs/reference/alpha.md', 'alpha'),
      'packages/quiet/src/index.ts': '',
    });
  });
  afterEach(() => tree.remove());

  it('come from the rooms that others depend on first', () => {
    expect(generatingRooms(tree.root)).toEqual(['packages/contracts', 'packages/alpha']);
  });

  it('are written once and then left alone', async () => {
    const both = ['packages/contracts/src/generated/types.ts', 'docs/reference/alpha.md'];
    expect(await generateAll(tree.root, { check: false })).toEqual(both);
    expect(readFileSync(join(tree.root, 'docs/reference/alpha.md'), 'utf8')).toBe('alpha');
    expect(await generateAll(tree.root, { check: false })).toEqual([]);
  });

  it('are named by the check when missing, stale or abandoned, and nothing is changed', async () => {
    expect(await generateAll(tree.root, { check: true })).toHaveLength(2);
    await generateAll(tree.root, { check: false });
    expect(await generateAll(tree.root, { check: true })).toEqual([]);
    writeFileSync(join(tree.root, 'docs/reference/alpha.md'), 'by hand');
    writeFileSync(join(tree.root, 'packages/contracts/src/generated/old.ts'), '');
    expect(await generateAll(tree.root, { check: true })).toEqual([
      'packages/contracts/src/generated/old.ts',
      'docs/reference/alpha.md',
    ]);
    expect(readFileSync(join(tree.root, 'docs/reference/alpha.md'), 'utf8')).toBe('by hand');
  });
});
