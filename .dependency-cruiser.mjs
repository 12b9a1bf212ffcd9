// Who may import whom (CONTRIBUTING.md, "Layout and direction"). Paths are from the root; `npm run check -- --only
// boundaries` prints each breach as `file:line message — remedy`, the remedy being a rule's comment.
const spec = '\\.spec\\.tsx?$';
// Code of a room that is shipped: not its tests, its tests' helpers, its scripts or its own tool configuration.
const shipped = (/** @type {string} */ rooms) => `^${rooms}/src/`;
const testHelp = `(${spec}|/(testing|handbook|fixtures)/|\\.fixture\\.tsx?$)`;

/** Workspace rooms that a room's shipped code may import, besides itself. */
const mayImport = {
  'packages/contracts': [],
  'packages/decisions': ['contracts'],
  'packages/playbook': ['contracts', 'decisions'],
  'packages/stream-kit': ['contracts'],
  'packages/service-kit': ['contracts'],
  'packages/local-stack': ['contracts', 'stream-kit', 'service-kit'],
  'packages/testing': ['contracts', 'decisions', 'playbook', 'stream-kit', 'service-kit'],
  'packages/browser-sdk': ['contracts'],
  'packages/cli': ['contracts', 'decisions', 'playbook', 'stream-kit', 'service-kit', 'local-stack'],
};

// Whoever tests a rule must test the very code that decides live: the command line runs the pure cores in memory.
const pureCore =
  '^services/((collector|profile-enricher|trigger-detector|arbitration)/(src|dist)/core\\.|trigger-detector/(src|dist)/adapters/flat-state-codec\\.)';
/** @type {Record<string, string[]>} */
const coresFor = { 'packages/cli': [pureCore] };

const layers = Object.entries(mayImport).map(([room, others]) => {
  const allowed = [room.split('/')[1], ...others].join('|');
  const names = others.length === 0 ? 'nothing of the workspace' : others.join(', ');
  return {
    name: `layer-${room.split('/')[1]}`,
    comment: `${room} may import ${names}; move what is shared down to a room that both may import`,
    severity: /** @type {const} */ ('error'),
    from: { path: shipped(room), pathNot: testHelp },
    to: { path: '^(packages|services|tests)/', pathNot: [`^packages/(${allowed})/`, ...(coresFor[room] ?? [])] },
  };
});

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'files that import each other cannot be read alone; move what both need into a third file',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'the file or package does not exist; correct the name, or build and install first',
      severity: 'error',
      from: {},
      // A web app may ask its bundler for more than a file: './icon.svg?url'.
      to: { couldNotResolve: true, pathNot: '[?]' },
    },
    ...layers,
    {
      name: 'no-package-imports-a-service',
      comment:
        'services use packages, never the other way (but cli/src/playbook runs their pure cores); move the shared part into a package',
      severity: 'error',
      from: { path: '^packages/', pathNot: '^packages/cli/src/playbook/' },
      to: { path: '^services/' },
    },
    {
      name: 'no-service-imports-another',
      comment: 'services speak through topics; put the fact on a topic of contracts',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'service-uses-kits-only',
      comment: 'a service may import contracts, decisions, playbook, stream-kit and service-kit',
      severity: 'error',
      from: { path: shipped('services/[^/]+'), pathNot: testHelp },
      to: { path: '^packages/', pathNot: '^packages/(contracts|decisions|playbook|stream-kit|service-kit|testing)/' },
    },
    {
      name: 'nothing-imports-tests',
      comment: 'tests are the last to import; move the helper to packages/testing',
      severity: 'error',
      from: { path: '^(packages|services)/' },
      to: { path: '^tests/' },
    },
    {
      name: 'testing-is-for-tests',
      comment: 'packages/testing is imported from spec files and tests/ only',
      severity: 'error',
      from: { path: '^(packages|services)/', pathNot: `(^packages/testing/|${testHelp})` },
      to: { path: '^packages/testing/' },
    },
    {
      name: 'fixtures-are-for-tests',
      comment: 'a *.fixture.ts file is imported from spec files, other fixtures and tests/ only',
      severity: 'error',
      from: { path: '^(packages|services)/', pathNot: testHelp },
      to: { path: '\\.fixture\\.tsx?$' },
    },
    {
      name: 'no-deep-import',
      comment: "import the other room by its name, through its index.ts (or what its package.json 'exports' names)",
      severity: 'error',
      from: { path: '^(packages|services|tests)/([^/]+)/' },
      to: {
        path: '^(packages|services|tests)/',
        pathNot:
          '^($1/$2/|packages/[^/]+/(src|dist)/index\\.|packages/stream-kit/(src|dist)/offline\\.|services/[^/]+/(src|dist)/(core|adapters/[a-z-]+-state-codec)\\.)',
      },
    },
    {
      name: 'no-relative-import-of-another-room',
      comment: 'import the other room by its package name (@kairos/…), so that its package.json tells who uses it',
      severity: 'error',
      from: { path: '^(packages|services|tests)/([^/]+)/' },
      to: { path: '^(packages|services|tests)/', pathNot: '^$1/$2/', dependencyTypes: ['local'] },
    },
    {
      name: 'core-imports-no-shell',
      comment: 'core.ts imports ports.ts, contracts, decisions and playbook; let wiring.ts bring the rest',
      severity: 'error',
      from: { path: '^services/([^/]+)/src/core(\\.ts$|/)', pathNot: testHelp },
      to: {
        path: '^(packages|services)/|^node_modules/',
        pathNot: [
          '^services/$1/src/(ports\\.ts$|core(\\.ts$|/))',
          '^packages/(contracts|decisions|playbook)/',
          // The interface that the kit runs; lock 2 of purity lets only its types through.
          '^packages/stream-kit/',
        ],
      },
    },
    {
      name: 'adapter-imports-no-core',
      comment: 'an adapter fulfils a port; import its type from ports.ts, and let wiring.ts join it to the core',
      severity: 'error',
      from: { path: '^services/([^/]+)/src/adapters/', pathNot: testHelp },
      to: { path: '^services/$1/src/(core(\\.ts$|/)|wiring\\.ts$|main\\.ts$)' },
    },
    {
      name: 'main-knows-only-wiring',
      comment: 'main.ts starts and stops; wiring.ts names core and adapters',
      severity: 'error',
      from: { path: '^services/([^/]+)/src/main\\.ts$' },
      to: { path: '^services/$1/src/(core(\\.ts$|/)|adapters/)' },
    },
    {
      name: 'web-runs-in-a-browser',
      comment: 'the web app has no Node and no server code; ask the console’s HTTP API',
      severity: 'error',
      from: { path: '^(services/console/src/web|packages/browser-sdk/src)/', pathNot: testHelp },
      to: { path: '^(services/console/src/(?!web/)|packages/(stream-kit|service-kit|local-stack|cli)/)' },
    },
    {
      name: 'web-has-no-node',
      comment: 'the browser has no Node; use what the platform gives',
      severity: 'error',
      from: { path: '^(services/console/src/web|packages/browser-sdk/src)/', pathNot: testHelp },
      to: { dependencyTypes: ['core'] },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '/dist/'] },
    exclude: { path: ['/dist/', '/generated/', '\\.kairos/'] },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['kairos-source', 'import', 'require', 'node', 'types', 'default'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.cjs', '.json', '.d.ts'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
