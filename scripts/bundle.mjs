// What is started, each as one file beside the compiled ones: `<room>/dist/bundle/main.js`. Finding, reading and compiling
// some 1,300 modules one by one took most of a start (docs/adr/0018). Part of `npm run build`, after the compiler.
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { bundles } from './lib/bundles.mjs';
import { repoRoot } from './lib/workspace.mjs';

/** @param {import('./lib/bundles.mjs').Bundle} bundle */
async function write({ room, entries, external }) {
  const dist = join(repoRoot, room, 'dist');
  const input = Object.fromEntries(entries.map(({ name, file }) => [name, join(dist, file)]));
  const built = await rolldown({
    input,
    platform: 'node',
    // Just as Node resolves; what bundlers prefer would be other files than those tested, and some of them twice.
    resolve: { conditionNames: ['node'], mainFields: ['main'] },
    // pg asks for it and goes on without.
    external: ['pg-native', ...external],
    onLog(level, log, next) {
      // Libraries' own: how mappersmith asks whether it is in Node.
      if (log.code !== 'EVAL') next(level, log);
    },
  });
  await built.write({
    dir: join(dist, 'bundle'),
    format: 'esm',
    // Names and lines stay readable: a stack trace is read by people, and leaving them out saves a twentieth of a start.
    minify: false,
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    codeSplitting: entries.length > 1,
    cleanDir: true,
  });
  await built.close();
}

for (const bundle of bundles(repoRoot)) await write(bundle);
