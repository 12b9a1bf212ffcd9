import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fixtureTree, runGuard } from './fixture-tree.mjs';

/** A house in which every import is allowed, and each breach is one file more. */
const clean = {
  'packages/contracts/src/index.ts': "export * from './topics.ts';",
  'packages/contracts/src/topics.ts': 'export const topic = 1;',
  'packages/decisions/src/given.fixture.ts': 'export const given = 1;',
  'packages/decisions/src/given.spec.ts': "import { given } from './given.fixture.ts';\ngiven;",
  'packages/decisions/src/index.ts': "import { topic } from '@kairos/contracts';\nexport const decide = () => topic;",
  'packages/playbook/src/index.ts': "export { decide } from '@kairos/decisions';",
  'packages/stream-kit/src/index.ts': "export type { Stage } from './stage.ts';",
  'packages/stream-kit/src/stage.ts': 'export interface Stage { name: string }',
  'packages/service-kit/src/index.ts': "export { topic } from '@kairos/contracts';",
  'packages/testing/src/index.ts': "export { topic as given } from '@kairos/contracts';",
  'services/alpha/src/main.ts': "import { start } from './wiring.ts';\nstart();",
  'services/alpha/src/wiring.ts':
    "import { core } from './core.ts';\nimport { store } from './adapters/redis-store.ts';\nexport const start = () => core(store);",
  'services/alpha/src/core.ts':
    "import type { Store } from './ports.ts';\nimport type { Stage } from '@kairos/stream-kit';\nimport { decide } from '@kairos/decisions';\nexport const core = (store: Store, _stage?: Stage) => decide() + store.size;",
  'services/alpha/src/core.spec.ts':
    "import { given } from '@kairos/testing';\nimport { core } from './core.ts';\ncore({ size: given });",
  'services/alpha/src/ports.ts': 'export interface Store { size: number }',
  'services/alpha/src/adapters/redis-store.ts':
    "import type { Store } from '../ports.ts';\nexport const store: Store = { size: 1 };",
  'services/beta/src/core.ts': 'export const core = 2;',
  'tests/e2e/walk.e2e.spec.ts':
    "import { core } from '@kairos/alpha/core';\nimport { given } from '@kairos/testing';\ncore({ size: given });",
};

/** The other half of the cycle; a cycle is blamed once, on its first file. */
const otherHalf = {
  'packages/decisions/src/b.ts': "import type { a } from './a.ts';\nexport const b = (x: typeof a) => x;",
};

const breaches: [rule: string, file: string, text: string][] = [
  [
    'layer-contracts',
    'packages/contracts/src/up.ts',
    "import { decide } from '@kairos/decisions';\nexport const x = decide;",
  ],
  [
    'layer-decisions',
    'packages/decisions/src/up.ts',
    "import { decide } from '@kairos/playbook';\nexport const x = decide;",
  ],
  [
    'layer-decisions',
    'packages/decisions/src/kit.ts',
    "import type { Stage } from '@kairos/stream-kit';\nexport type X = Stage;",
  ],
  [
    'layer-stream-kit',
    'packages/stream-kit/src/side.ts',
    "import { decide } from '@kairos/decisions';\nexport const x = decide;",
  ],
  [
    'no-package-imports-a-service',
    'packages/service-kit/src/up.ts',
    "import { core } from '@kairos/beta/core';\nexport const x = core;",
  ],
  [
    'no-service-imports-another',
    'services/alpha/src/peer.ts',
    "import { core } from '@kairos/beta/core';\nexport const x = core;",
  ],
  [
    'testing-is-for-tests',
    'services/alpha/src/helper.ts',
    "import { given } from '@kairos/testing';\nexport const x = given;",
  ],
  [
    'core-imports-no-shell',
    'services/beta/src/core/deep.ts',
    "import { topic } from '@kairos/service-kit';\nexport const x = topic;",
  ],
  [
    'adapter-imports-no-core',
    'services/beta/src/adapters/redis-x.ts',
    "import { core } from '../core.ts';\nexport const x = core;",
  ],
  [
    'only-wiring-names-both',
    'services/alpha/src/http.ts',
    "import { core } from './core.ts';\nimport { store } from './adapters/redis-store.ts';\nexport const x = core(store);",
  ],
  ['main-knows-only-wiring', 'services/beta/src/main.ts', "import { core } from './core.ts';\ncore;"],
  [
    'no-deep-import',
    'services/alpha/src/deep.ts',
    "import { topic } from '../../../packages/contracts/src/topics.ts';\nexport const x = topic;",
  ],
  [
    'no-relative-import-of-another-room',
    'services/alpha/src/sideways.ts',
    "import { topic } from '../../../packages/contracts/src/index.ts';\nexport const x = topic;",
  ],
  ['no-cycle', 'packages/decisions/src/a.ts', "import { b } from './b.ts';\nexport const a = (): unknown => b;"],
  ['resolvable', 'packages/decisions/src/lost.ts', "import { x } from './nowhere.ts';\nexport const y = x;"],
  [
    'fixtures-are-for-tests',
    'packages/decisions/src/lean.ts',
    "import { given } from './given.fixture.ts';\nexport const x = given;",
  ],
  ['nothing-imports-tests', 'services/beta/src/reach.ts', "import '../../../tests/e2e/walk.e2e.spec.ts';"],
  ['web-has-no-node', 'services/console/src/web/app.tsx', "import { join } from 'node:path';\nexport const x = join;"],
];

describe('boundaries', () => {
  it('lets through a house in which every import is allowed', () => {
    const tree = fixtureTree(clean);
    try {
      expect(runGuard('boundaries.mjs', tree.root)).toEqual({
        code: 0,
        lines: [expect.stringMatching(/no faults in \d+ modules/)],
      });
    } finally {
      tree.remove();
    }
  });

  describe('on a house with one breach of each kind', () => {
    let tree: ReturnType<typeof fixtureTree>;
    let answer: ReturnType<typeof runGuard>;
    beforeAll(() => {
      tree = fixtureTree({
        ...clean,
        ...otherHalf,
        ...Object.fromEntries(breaches.map(([, file, text]) => [file, text])),
      });
      answer = runGuard('boundaries.mjs', tree.root);
    });
    afterAll(() => tree.remove());

    it('goes red', () => {
      expect(answer.code).toBe(1);
    });

    it.each(breaches)('%s names %s, its line and the remedy', (rule, file) => {
      const line = answer.lines.find((one) => one.startsWith(`${file}:`) && one.includes(` ${rule}: `));
      expect(line).toMatch(/:\d+ .+ — .{20,}/);
    });

    it('blames no file without a breach', () => {
      const blamed = new Set(answer.lines.slice(0, -1).map((line) => line.split(':')[0]));
      expect([...blamed].sort()).toEqual([...new Set(breaches.map(([, file]) => file))].sort());
    });
  });
});
