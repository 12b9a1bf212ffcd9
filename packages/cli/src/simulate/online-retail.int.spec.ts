import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { parsePlaybook, toPublished } from '@kairos/playbook';
import { readPlaybookFiles, starterFolder } from '../house/publish.ts';
import { openPlaces } from './history/open-history.ts';
import { rehearse } from './rehearse.ts';

const folder = path.resolve(
  import.meta.dirname,
  process.env.KAIROS_SHARED_DATA ?? '../../../../../shared/data',
  'online-retail',
);
const withData = existsSync(folder) ? it : it.skip;
if (!existsSync(folder))
  process.stdout.write(`skipped: the Online Retail data is not at ${folder} (set KAIROS_SHARED_DATA)\n`);

withData(
  'a whole year of Online Retail is rehearsed under the starter playbook, reading it included, in no more than two minutes of CPU time on a slow day',
  async () => {
    const { definitions } = parsePlaybook(await readPlaybookFiles(starterFolder));
    const startedMs = performance.now();
    const cpu = process.cpuUsage();
    const report = await rehearse({
      name: 'a year',
      history: await openPlaces([folder], { id: 'server', kind: 'server' }),
      sides: [{ from: 'starter', published: toPublished(definitions, { offset: 0, timeScale: 1 }) }],
      keepBackfill: false,
      everyoneReachable: true,
      now: Date.now,
    });
    const tookS = (performance.now() - startedMs) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const cpuS = (user + system) / 1e6;
    process.stdout.write(`a year of Online Retail rehearsed in ${tookS.toFixed(1)} s, ${cpuS.toFixed(1)} s of CPU\n`);
    // Of the CPU: what else runs on the machine of the tests is not the rehearsal's doing. Twice the minute that is promised:
    // the machine's own speed differs as much from day to day (63 s were seen here, in one thread; 14 s by the command).
    expect(cpuS).toBeLessThan(120);
    expect(report.events).toMatchObject({ count: 25_900, unreadable: 0, late: 0 });
    expect(report.runs[0]?.totals).toMatchObject({ fired: 15_715, chosen: 12_860 });
    expect(report.runs[0]?.persons).toMatchObject({ reached: 4_338 });
  },
  120_000,
);
