import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Findings, type Promised } from '../checker/findings.ts';
import { type Answers, HttpLoad } from '../load/http-load.ts';
import { type LiveRun, liveRun, until } from './live-run.ts';
import type { Scenario, ScenarioContext } from './scenario.ts';

const MOST_GROWTH_MIB = 256;
const WELCOME_AGAIN_MS = 60_000;

/** The broker is away for a minute while customers come at twice the usual pace. */
export const brokerAway: Scenario = {
  name: 'broker-away',
  about: '60 s without a broker at twice the load on the collector (short: 15 s)',
  async run(context) {
    const { short, house } = context;
    let http: HttpLoad | undefined;
    return await liveRun(context, {
      instances: ['collector', 'profile-enricher', 'trigger-detector', 'arbitration'],
      load: { persons: 200, eventsPerS: 50 },
      alsoSent: async () => await http?.stop(),
      during: async (run) => {
        const { server: writeKey } = house.secrets.writeKeys;
        const url = house.services.url('collector');
        http = new HttpLoad({ url, writeKey, runId: context.runId, requestsPerS: 100, eventsPerRequest: 10 });
        return [await outage(context, run, { http, ms: short ? 12_000 : 60_000 })];
      },
    });
  },
};

const rssMib = (pid: number): number => {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib ?? 0) / 1_024;
};

async function outage(
  { house, say }: ScenarioContext,
  { enriched }: LiveRun,
  { http, ms }: { readonly http: HttpLoad; readonly ms: number },
): Promise<Promised> {
  const findings = new Findings('collector');
  await delay(5_000);
  const before = http.take();
  if (before.ok === 0)
    findings.add('unacknowledged', `the collector accepted nothing before: ${JSON.stringify(before)}`);
  const pid = house.pidOf('collector');
  const restMib = rssMib(pid);
  await house.killBroker();
  const untilMs = Date.now() + ms;
  let highestMib = restMib;
  while (Date.now() < untilMs) {
    highestMib = Math.max(highestMib, rssMib(pid));
    say(`the broker is away; the collector holds ${highestMib.toFixed(0)} MiB`);
    await delay(500);
  }
  const during = http.take();
  await house.restartBroker();
  const upMs = Date.now();
  await until('the collector accepts again', WELCOME_AGAIN_MS, async () => {
    await delay(400);
    return http.take().ok > 0;
  });
  const welcomeMs = Date.now() - upMs;
  await until('the walk goes on', 90_000, () => enriched.timeMs > upMs);
  judge(findings, during);
  if (house.pidOf('collector') !== pid) findings.add('slow', 'the collector ended itself in the outage');
  const grownMib = highestMib - restMib;
  if (grownMib > MOST_GROWTH_MIB) findings.add('slow', `the collector grew by ${grownMib.toFixed(0)} MiB`);
  return {
    promise: `${ms / 1_000} s without a broker: 503 with Retry-After, memory bounded, then welcome again`,
    findings: findings.all,
    figures: {
      'grown by MiB': grownMib.toFixed(0),
      'answers 503': during.later,
      'answers 200': during.ok,
      'slowest answer ms': Math.round(during.slowestMs),
      'accepts again after s': (welcomeMs / 1_000).toFixed(1),
    },
  };
}

function judge(findings: Findings, { later, none, other }: Answers): void {
  if (later === 0) findings.add('unacknowledged', 'nobody was told to come again later');
  if (none > 0) findings.add('unacknowledged', `${none} requests got no answer`);
  for (const text of other) findings.add('unacknowledged', `the collector answered ${text}`);
}
