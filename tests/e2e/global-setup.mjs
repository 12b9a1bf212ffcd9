// Starts one house for all end-to-end tests: stack, services, starter playbook with the demo's time scale.
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const repository = path.resolve(import.meta.dirname, '../..');

export default function setup() {
  if (process.env.KAIROS_E2E_HOME !== undefined) {
    process.stdout.write(`e2e: using the house in ${process.env.KAIROS_E2E_HOME} (KAIROS_E2E_HOME)\n`);
    return;
  }
  const home = mkdtempSync(path.join(tmpdir(), 'kairos-e2e-'));
  const env = { ...process.env, KAIROS_HOME: home, NODE_OPTIONS: '', LOG_LEVEL: 'info' };
  const startedMs = performance.now();
  const up = spawnSync(
    process.execPath,
    [path.join(repository, 'packages/cli/dist/main.js'), 'up', '--detach', '--time-scale', '60'],
    {
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  if (up.status !== 0) throw new Error(`kairos up --detach ended with ${up.status}; logs are in ${home}/logs`);
  process.stdout.write(
    `e2e: the house is up in ${home} after ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`,
  );
  process.env.KAIROS_E2E_HOME = home;
  globalThis.kairosHouseOfTests = home;
}
