// The simulation as one step of npm test: its own program prints and judges; this reads what it counted.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './run.mjs';
import { say } from './ui.mjs';
import { readIfThere, repoRoot } from './workspace.mjs';

const TIMEOUT_MS = 12 * 60_000;

/** @returns {Promise<{ passed: number, failed: number, skipped: [] }>} */
export async function runSimulation() {
  const folder = mkdtempSync(join(tmpdir(), 'kairos-simulation-'));
  const file = join(folder, 'summary.json');
  const program = join(repoRoot, 'tests/simulation/run.mjs');
  const args = ['--max-semi-space-size=32', program, '--summary', file];
  const { code, timedOut } = await run(process.execPath, args, { show: true, timeoutMs: TIMEOUT_MS });
  const text = readIfThere(file);
  rmSync(folder, { recursive: true, force: true });
  if (text === undefined) {
    say(
      timedOut
        ? '  the simulation took too long and was ended'
        : `  the simulation ended with code ${code} and no summary`,
    );
    return { passed: 0, failed: 1, skipped: [] };
  }
  const { passed, failed } = JSON.parse(text);
  return { passed, failed: failed === 0 && code !== 0 ? 1 : failed, skipped: [] };
}
