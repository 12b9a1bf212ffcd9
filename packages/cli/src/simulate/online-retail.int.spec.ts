import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import type { RehearsalReport } from '@kairos/contracts';

const run = promisify(execFile);
const repository = path.resolve(import.meta.dirname, '../../../..');
const folder = path.resolve(
  import.meta.dirname,
  process.env.KAIROS_SHARED_DATA ?? '../../../../../shared/data',
  'online-retail',
);
const withData = existsSync(folder) ? it : it.skip;
if (!existsSync(folder))
  process.stdout.write(`skipped: the Online Retail data is not at ${folder} (set KAIROS_SHARED_DATA)\n`);

withData(
  'a whole year of Online Retail is rehearsed under the starter playbook in less than a minute by the command, reading it included',
  async () => {
    const args = ['simulate', '--playbook', 'playbook', '--events', folder, '--everyone-reachable', '--json'];
    const { stdout } = await run(process.execPath, ['packages/cli/dist/main.js', ...args], {
      cwd: repository,
      env: { ...process.env, NODE_OPTIONS: '' },
      maxBuffer: 64 * 1024 * 1024,
    });
    const report = JSON.parse(stdout) as RehearsalReport;
    process.stdout.write(`a year of Online Retail rehearsed in ${(report.tookMs / 1000).toFixed(1)} s\n`);
    expect(report.tookMs).toBeLessThan(60_000);
    expect(report.events).toMatchObject({ count: 25_900, unreadable: 0, late: 0 });
    expect(report.runs[0]?.totals).toMatchObject({ fired: 15_715, chosen: 12_860 });
    expect(report.runs[0]?.persons).toMatchObject({ reached: 4_338 });
  },
  120_000,
);
