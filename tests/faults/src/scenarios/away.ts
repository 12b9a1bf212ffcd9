import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceName } from '@kairos/cli';
import { Findings, type Promised } from '../checker/findings.ts';
import { HttpLoad } from '../load/http-load.ts';
import { isCaughtUp, standingOf, type Work, works } from './groups.ts';
import { type LiveRun, liveRun, until } from './live-run.ts';
import type { Scenario, ScenarioContext } from './scenario.ts';

/** Services that are away at the same time do not lean on each other; so every one of them is away for its full time. */
const WAVES: readonly (readonly ServiceName[])[] = [
  ['profile-enricher', 'console'],
  ['trigger-detector', 'channel-dispatchers'],
  ['arbitration', 'metrics'],
  ['collector'],
];
const EVERYBODY: readonly ServiceName[] = WAVES.flat();
const BACKLOG_GONE_MS = 120_000;

/** Each service is stopped for a minute; the others keep their promises, and afterwards its backlog goes. */
export const away: Scenario = {
  name: 'away',
  about: 'each service stopped for 60 s in turn (short: 15 s)',
  async run(context) {
    const { short, events, house } = context;
    let http: HttpLoad | undefined;
    return await liveRun(context, {
      instances: EVERYBODY,
      load: { persons: short ? 400 : 2_000, eventsPerS: 200, ...(events === undefined ? {} : { events }) },
      alsoSent: async () => await http?.stop(),
      during: async (run) => {
        const { server: writeKey } = house.secrets.writeKeys;
        const url = house.services.url('collector');
        http = new HttpLoad({ url, writeKey, runId: context.runId, requestsPerS: 10, eventsPerRequest: 5 });
        const promises: Promised[] = [];
        for (const wave of WAVES)
          promises.push(await stopFor(context, run, { wave, ms: short ? 8_000 : 60_000, http }));
        return promises;
      },
    });
  },
};

async function stopFor(
  { house, say }: ScenarioContext,
  { log }: LiveRun,
  { wave, ms, http }: { readonly wave: readonly ServiceName[]; readonly ms: number; readonly http: HttpLoad },
): Promise<Promised> {
  const findings = new Findings(wave.join(' and '));
  const names = wave.join(' and ');
  say(`${names} away for ${ms / 1_000} s`);
  http.take();
  await Promise.all(wave.map(async (service) => await house.services.stopService(service)));
  const standing = new Map<Work, number>();
  for (const work of works) standing.set(work, (await standingOf(log.kafka, work)).committed);
  await delay(ms);
  const upstream = stagesThatGoOn(wave);
  for (const work of upstream) {
    const { committed } = await standingOf(log.kafka, work);
    if (committed <= (standing.get(work) ?? 0))
      findings.add('slow', `${work.service} stood still while ${names} was away`);
  }
  const answers = http.take();
  if (!wave.includes('collector')) {
    const bad = answers.later + answers.none + answers.other.length;
    if (bad > 0) findings.add('unacknowledged', `the collector did not accept ${bad} requests while ${names} was away`);
  }
  const backMs = Date.now();
  await Promise.all(wave.map(async (service) => await house.services.startService(service)));
  await until(`the backlog of ${names} is gone`, BACKLOG_GONE_MS, async () => await isCaughtUp(log.kafka, wave));
  return {
    promise: `${names} away for ${ms / 1_000} s: the others go on, and the backlog is gone in 120 s`,
    findings: findings.all,
    figures: { 'gone after s': ((Date.now() - backMs) / 1_000).toFixed(1), 'requests accepted meanwhile': answers.ok },
  };
}

/** A stage before the first one that is away has its input, and must work on; those behind it still have time's ticks at most. */
function stagesThatGoOn(wave: readonly ServiceName[]): readonly Work[] {
  const first = works.findIndex(({ service }) => wave.includes(service));
  return first === -1 ? works : works.slice(0, first);
}
