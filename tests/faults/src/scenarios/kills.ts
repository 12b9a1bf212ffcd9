import { setTimeout as delay } from 'node:timers/promises';
import { Random } from '@kairos/cli';
import type { Promised } from '../checker/findings.ts';
import type { Instance } from '../house/house.ts';
import { ownersOf } from '../house/owners.ts';
import { standingOf, workOf } from './groups.ts';
import { type LiveRun, liveRun, until } from './live-run.ts';
import type { Scenario, ScenarioContext } from './scenario.ts';

interface Kill {
  readonly instance: string;
  /** Records that the service had not read, and that it was reading, when it died. */
  readonly lag: number;
  readonly backAfterMs: number;
}

/** Nobody waits longer for one that never comes back. */
const READS_ON_MS = 120_000;

/** How often each process is killed. */
type Plan = readonly (readonly [instance: Instance, times: number])[];

/**
 * Enricher and arbitration are two processes, so that the survivor takes over, or dies as well; the detector stands alone,
 * so that it finds its own state again. A dead process keeps its partitions for the session timeout: five schedules at the
 * same time make forty kills in the time of eight.
 */
const LONG: Plan = [
  ['profile-enricher', 8],
  ['profile-enricher#2', 8],
  ['trigger-detector', 8],
  ['arbitration', 8],
  ['arbitration#2', 8],
];
const SHORT: Plan = [
  ['profile-enricher', 2],
  ['trigger-detector', 2],
  ['arbitration', 2],
];

/** 40 kill -9 over enricher, detector and arbitration, each of them on its own schedule, under load. */
export const kills: Scenario = {
  name: 'kills',
  about: 'kill -9 over enricher, detector and arbitration while they work',
  async run(context) {
    const { short, events = short ? 20_000 : 200_000 } = context;
    const plan = short ? SHORT : LONG;
    // Paced so that the load lasts as long as the kills.
    const eventsPerS = short ? 1_000 : 2_500;
    return await liveRun(context, {
      instances: plan.map(([instance]) => instance),
      load: { persons: short ? 600 : 5_000, events, eventsPerS },
      during: async (run) => [await killAll(context, run, plan)],
    });
  },
};

/** Kills each process so many times, every one on a schedule of its own. */
export async function killAll(context: ScenarioContext, run: LiveRun, plan: Plan): Promise<Promised> {
  const rounds = await Promise.all(
    plan.map(([instance, times], at) => killAgainAndAgain(context, run, { instance, times, at })),
  );
  return told(rounds.flat());
}

async function killAgainAndAgain(
  context: ScenarioContext,
  { log, load }: LiveRun,
  { instance, times, at }: { readonly instance: Instance; readonly times: number; readonly at: number },
): Promise<readonly Kill[]> {
  const { house, say, seed } = context;
  const random = new Random(seed * 31 + at);
  const done: Kill[] = [];
  const work = workOf(instance);
  while (done.length < times) {
    // Cuts are three seconds apart: some lives end before the first one, some while it is written, some after it.
    await delay(random.between(100, 4_000));
    const { lag } = await standingOf(log.kafka, work);
    await house.killAndRestart(instance);
    const before = await standingOf(log.kafka, work);
    const killedMs = performance.now();
    await until(`${instance} reads on after a kill -9`, READS_ON_MS, async () => {
      const { committed } = await standingOf(log.kafka, work);
      return committed > before.committed && (await holdsSome(context, instance));
    });
    done.push({ instance, lag, backAfterMs: performance.now() - killedMs });
    say(`kill -9: ${instance} ${done.length} of ${times}; ${load.sent()} events sent`);
  }
  return done;
}

/** Whether the process that has taken a dead one's place has the care of partitions. */
async function holdsSome({ house }: ScenarioContext, instance: Instance): Promise<boolean> {
  return (await ownersOf(workOf(instance).task, [house.services.url(instance)])).size > 0;
}

function told(kills: readonly Kill[]): Promised {
  const back = kills.map(({ backAfterMs }) => backAfterMs).sort((a, b) => a - b);
  const inFlight = kills.filter(({ lag }) => lag > 0).length;
  return {
    promise: 'every killed process reads on',
    findings: [],
    figures: {
      kills: kills.length,
      'with work in flight': inFlight,
      'back after s, median': ((back[Math.floor(back.length / 2)] ?? 0) / 1000).toFixed(1),
      'back after s, worst': ((back.at(-1) ?? 0) / 1000).toFixed(1),
    },
  };
}
