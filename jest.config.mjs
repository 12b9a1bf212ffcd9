// One jest project per cost of a test; the suffix tells the cost (CONTRIBUTING.md, "Tests").
const common = {
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: {
    '^.+\\.tsx?$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript', tsx: false }, target: 'es2023' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  testEnvironment: 'node',
  // Workspace packages resolve to their TypeScript source, so tests never meet a stale build.
  testEnvironmentOptions: { customExportConditions: ['kairos-source', 'node', 'node-addons'] },
  moduleFileExtensions: ['ts', 'tsx', 'js', 'mjs', 'cjs', 'json'],
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/', '<rootDir>/.kairos/'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
};

const project = (/** @type {string} */ displayName, /** @type {string[]} */ testMatch) => ({
  ...common,
  displayName,
  testMatch,
  rootDir: import.meta.dirname,
});

export default {
  // A hang is found all the same; five seconds are found by whatever else the machine does.
  testTimeout: 30_000,
  projects: [
    project('unit', ['<rootDir>/{packages,services,scripts,tests}/**/!(*.prop|*.int|*.e2e).spec.ts']),
    project('prop', ['<rootDir>/{packages,services}/**/*.prop.spec.ts']),
    project('int', ['<rootDir>/{packages,services}/**/*.int.spec.ts']),
    {
      ...project('e2e', ['<rootDir>/tests/e2e/**/*.e2e.spec.ts']),
      globalSetup: '<rootDir>/tests/e2e/global-setup.mjs',
      globalTeardown: '<rootDir>/tests/e2e/global-teardown.mjs',
    },
  ],
};
