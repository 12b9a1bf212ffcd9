import { setTimeout as delay } from 'node:timers/promises';
import { Random } from '@kairos/cli';
import type { Promised } from '../checker/findings.ts';
import { standingOf, workOf, works } from './groups.ts';
import { type LiveRun, liveRun, until } from './live-run.ts';
import type { Scenario, ScenarioContext } from './scenario.ts';

interface Kill {
  readonly service: string;
  /** Records that the service had not read, and that it was reading, when it died. */
  readonly lag: number;
  readonly backAfterMs: number;
}

/** 40 kill -9 over enricher, detector and arbitration, each of them on its own schedule, under load. */
export const kills: Scenario = {
  name: 'kills',
  about: 'kill -9 over enricher, detector and arbitration while they work',
  async run(context) {
    const { short, events = short ? 20_000 : 200_000 } = context;
    const perService = short ? [2, 2, 2] : [14, 13, 13];
    // Paced so that the load lasts as long as the kills: a dead process keeps its partitions for the session timeout.
    const eventsPerS = short ? 1_000 : 1_700;
    return await liveRun(context, {
      instances: ['profile-enricher', 'trigger-detector', 'arbitration'],
      load: { persons: short ? 600 : 5_000, events, eventsPerS },
      during: async (run) => [await killAll(context, run, perService)],
    });
  },
};

/** Kills enricher, detector and arbitration so many times each, every one on a schedule of its own. */
export async function killAll(context: ScenarioContext, run: LiveRun, timesOf: readonly number[]): Promise<Promised> {
  const rounds = await Promise.all(
    works.map(({ service }, at) => killAgainAndAgain(context, run, { service, times: timesOf[at] ?? 0, at })),
  );
  return told(rounds.flat());
}

async function killAgainAndAgain(
  { house, say, seed }: ScenarioContext,
  { log, load }: LiveRun,
  { service, times, at }: { readonly service: string; readonly times: number; readonly at: number },
): Promise<readonly Kill[]> {
  const random = new Random(seed * 31 + at);
  const done: Kill[] = [];
  const work = workOf(service);
  while (done.length < times) {
    await delay(random.between(100, 1_500));
    const { lag } = await standingOf(log.kafka, work);
    await house.killAndRestart(service);
    const before = await standingOf(log.kafka, work);
    const killedMs = performance.now();
    await until(`${service} reads on after a kill -9`, 60_000, async () => {
      const { committed } = await standingOf(log.kafka, work);
      return committed > before.committed;
    });
    done.push({ service, lag, backAfterMs: performance.now() - killedMs });
    say(`kill -9: ${service} ${done.length} of ${times}; ${load.sent()} events sent`);
  }
  return done;
}

function told(kills: readonly Kill[]): Promised {
  const back = kills.map(({ backAfterMs }) => backAfterMs).sort((a, b) => a - b);
  const inFlight = kills.filter(({ lag }) => lag > 0).length;
  return {
    promise: 'every killed service reads on',
    findings: [],
    figures: {
      kills: kills.length,
      'with work in flight': inFlight,
      'back after s, median': ((back[Math.floor(back.length / 2)] ?? 0) / 1000).toFixed(1),
      'back after s, worst': ((back.at(-1) ?? 0) / 1000).toFixed(1),
    },
  };
}
