import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import type { RehearsalReport } from '@kairos/contracts';

const run = promisify(execFile);
const repository = path.resolve(import.meta.dirname, '../../../..');

const rehearse = async (workers: string): Promise<Omit<RehearsalReport, 'madeAtMs' | 'tookMs'>> => {
  const events = 'docs/guides/three-days-in-the-shop.ndjson';
  const args = ['simulate', '--playbook', 'playbook', '--events', events, '--workers', workers, '--json'];
  const { stdout } = await run(process.execPath, ['packages/cli/dist/main.js', ...args], {
    cwd: repository,
    env: { ...process.env, NODE_OPTIONS: '' },
    maxBuffer: 64 * 1024 * 1024,
  });
  const { madeAtMs: _made, tookMs: _took, ...report } = JSON.parse(stdout) as RehearsalReport;
  return report;
};

it('kairos simulate says the same with one thread and with several', async () => {
  const alone = await rehearse('1');
  expect(alone.runs[0]?.totals.chosen).toBeGreaterThan(20);
  for (const workers of ['2', '5']) expect(JSON.stringify(await rehearse(workers))).toBe(JSON.stringify(alone));
}, 60_000);

it('kairos simulate refuses a number of workers that is none', async () => {
  await expect(rehearse('0')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--workers 0: give a whole number from 1 to 64'),
  });
}, 60_000);
