import { setTimeout as delay } from 'node:timers/promises';
import { Findings, type Promised } from '../checker/findings.ts';
import type { Instance } from '../house/house.ts';
import { type Owners, ownersOf } from '../house/owners.ts';
import { HttpLoad } from '../load/http-load.ts';
import { StallWatch } from '../load/stalls.ts';
import { type Work, works } from './groups.ts';
import { type LiveRun, liveRun, until } from './live-run.ts';
import type { Scenario, ScenarioContext } from './scenario.ts';

const UNMOVED_STALL_MS = 2_000;
export const HAND_OVER_MS = 10_000;
/** The house's own processes restart in turn, too; they hold no partition of the walk. */
const OTHERS: readonly Instance[] = ['collector', 'channel-dispatchers', 'metrics', 'console'];

/** Every service is restarted in turn, as an update does it, while customers go on. */
export const rolling: Scenario = {
  name: 'rolling',
  about: 'SIGTERM and up again, one process after the other, under half load',
  async run(context) {
    const { short, events, house } = context;
    const stateful = works.flatMap(({ service }) => [service, `${service}#2`] as const);
    let http: HttpLoad | undefined;
    return await liveRun(context, {
      instances: [...stateful, ...OTHERS],
      load: {
        persons: short ? 400 : 2_000,
        eventsPerS: short ? 150 : 400,
        ...(events === undefined ? {} : { events }),
      },
      alsoSent: async () => await http?.stop(),
      during: async (run) => {
        const writeKey = house.secrets.writeKeys.server;
        const url = house.services.url('collector');
        http = new HttpLoad({ url, writeKey, runId: context.runId, requestsPerS: 20, eventsPerRequest: 5 });
        const watches = new Map(works.map((work) => [work.service, new StallWatch(run.log.kafka, work)]));
        try {
          await untilSpread(context);
          const promises: Promised[] = [];
          for (const work of works) promises.push(await restartTwo(context, work, watches.get(work.service)));
          for (const instance of short ? OTHERS.slice(0, 2) : OTHERS)
            promises.push(await restartOne(context, run, instance));
          promises.push(answered(http));
          return promises;
        } finally {
          await Promise.all([...watches.values()].map(async (watch) => await watch.close()));
        }
      },
    });
  },
};

const urlsOf = ({ house }: ScenarioContext, service: string): readonly string[] =>
  house.services
    .list()
    .filter(({ instance }) => instance.split('#')[0] === service)
    .map(({ url }) => url);

const owners = (context: ScenarioContext, { service, task }: Work): Promise<Owners> =>
  ownersOf(task, urlsOf(context, service));

/** Both processes of each service must hold something, or a restart shows nothing. */
export async function untilSpread(context: ScenarioContext): Promise<void> {
  context.say('waiting until both processes of each service have partitions');
  for (const work of works) {
    await until(`the partitions of ${work.service} are spread`, 30_000, async () => {
      const now = await owners(context, work);
      return now.size === 6 && new Set(now.values()).size === 2;
    });
  }
}

/** Restarts both processes of a service, one after the other; says who was disturbed by it, and for how long. */
export async function restartTwo(
  context: ScenarioContext,
  work: Work,
  watch: StallWatch | undefined,
): Promise<Promised> {
  const findings = new Findings(work.service);
  const { house, say } = context;
  let worstUnmovedMs = 0;
  let worstMovedMs = 0;
  let slowestStopMs = 0;
  let unmoved = 0;
  for (const instance of [work.service, `${work.service}#2`]) {
    say(`restarting ${instance}`);
    const seen = new OwnersSeen(await owners(context, work));
    const fromMs = Date.now();
    const stopping = house.services.stopService(instance);
    await Promise.all([stopping, seen.watch(() => owners(context, work), stopping)]);
    slowestStopMs = Math.max(slowestStopMs, Date.now() - fromMs);
    const starting = house.services.startService(instance);
    await Promise.all([starting, seen.watch(() => owners(context, work), starting)]);
    const settled = delay(4_000);
    await Promise.all([settled, seen.watch(() => owners(context, work), settled)]);
    for (const [partition, ms] of watch?.longest(fromMs, Date.now()) ?? []) {
      const isMoved = seen.moved.has(partition);
      const limitMs = isMoved ? HAND_OVER_MS : UNMOVED_STALL_MS;
      if (isMoved) worstMovedMs = Math.max(worstMovedMs, ms);
      else worstUnmovedMs = Math.max(worstUnmovedMs, ms);
      if (!isMoved) unmoved += 1;
      if (ms <= limitMs) continue;
      const how = isMoved ? 'moved' : 'did not move';
      findings.add(
        'slow',
        `${work.topic}/${partition} ${how} and stood still for ${ms} ms while ${instance} restarted`,
      );
    }
  }
  return {
    promise: `a restart of ${work.service} stalls no partition that stays, and hands the others over within 10 s`,
    findings: findings.all,
    figures: {
      'partitions that stayed': unmoved,
      'their worst stall ms': worstUnmovedMs,
      'worst hand-over ms': worstMovedMs,
      'slowest stop ms': slowestStopMs,
    },
  };
}

/** Who owned what in the course of a restart. */
class OwnersSeen {
  readonly moved = new Set<number>();
  readonly #first: Owners;

  constructor(first: Owners) {
    this.#first = first;
  }

  async watch(look: () => Promise<Owners>, while_: Promise<unknown>): Promise<void> {
    let over = false;
    const ended = while_.finally(() => {
      over = true;
    });
    while (!over) {
      for (const [partition, owner] of await look())
        if (this.#first.get(partition) !== owner) this.moved.add(partition);
      await delay(150);
    }
    await ended;
  }
}

async function restartOne(
  { house, say }: ScenarioContext,
  { proposed }: LiveRun,
  instance: Instance,
): Promise<Promised> {
  say(`restarting ${instance}`);
  const startedMs = Date.now();
  await house.services.stopService(instance);
  const stoppedMs = Date.now();
  await house.services.startService(instance);
  const readyMs = Date.now();
  const findings = new Findings(instance);
  const longest = proposed.gaps(startedMs, readyMs)[0];
  const gapMs = longest === undefined ? 0 : longest.toMs - longest.fromMs;
  if (gapMs > UNMOVED_STALL_MS)
    findings.add('slow', `the walk stood still for ${gapMs} ms while ${instance} restarted`);
  if (stoppedMs - startedMs > HAND_OVER_MS)
    findings.add('slow', `${instance} took ${stoppedMs - startedMs} ms to stop`);
  return {
    promise: `a restart of ${instance} does not disturb the walk`,
    findings: findings.all,
    figures: {
      'stopped after ms': stoppedMs - startedMs,
      'ready after ms': readyMs - stoppedMs,
      'longest gap ms': gapMs,
    },
  };
}

function answered(http: HttpLoad): Promised {
  const findings = new Findings('collector');
  const { ok, later, none, other, slowestMs } = http.take();
  for (const text of other) findings.add('unacknowledged', `the collector answered ${text}`);
  if (ok === 0) findings.add('unacknowledged', 'the collector accepted nothing');
  return {
    promise: 'the collector answers 200, or 503 with Retry-After, or is not there; nothing else',
    findings: findings.all,
    figures: { ok, later, none, 'slowest ms': Math.round(slowestMs) },
  };
}
