// Stops the house that global-setup.mjs started; one that was given stays.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';

const repository = path.resolve(import.meta.dirname, '../..');

export default function teardown() {
  const home = globalThis.kairosHouseOfTests;
  if (home === undefined) return;
  const env = { ...process.env, KAIROS_HOME: home, NODE_OPTIONS: '' };
  spawnSync(process.execPath, [path.join(repository, 'packages/cli/dist/main.js'), 'down'], { env, stdio: 'inherit' });
  if (process.env.KAIROS_E2E_KEEP === undefined) rmSync(home, { recursive: true, force: true });
}
