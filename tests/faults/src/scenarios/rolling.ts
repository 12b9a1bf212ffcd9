import { setTimeout as delay } from 'node:timers/promises';
import type { KafkaPort } from '@kairos/stream-kit';
import { Findings, type Promised } from '../checker/findings.ts';
import type { Instance } from '../house/house.ts';
import { type Owners, ownersOf } from '../house/owners.ts';
import { HttpLoad } from '../load/http-load.ts';
import { lastedMs, StallWatch } from '../load/stalls.ts';
import { type Work, works } from './groups.ts';
import { type LiveRun, liveRun, until } from './live-run.ts';
import type { Scenario, ScenarioContext } from './scenario.ts';

const UNMOVED_STALL_MS = 2_000;
export const HAND_OVER_MS = 10_000;
/** A change is looked at until its last stall is over, or this long: what a hand-over takes is its own, not the next change's. */
const SETTLED_MS = 15_000;
/** A look costs the processes that are looked at. What is missed in between counts as a stay, which is judged harder. */
const LOOK_EVERY_MS = 400;
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
        await untilSpread(context);
        const promises: Promised[] = [];
        for (const work of works) promises.push(await restartTwo(context, work, run.log.kafka));
        for (const instance of short ? OTHERS.slice(0, 2) : OTHERS)
          promises.push(await restartOne(context, run, instance));
        promises.push(answered(http));
        return promises;
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
export async function restartTwo(context: ScenarioContext, work: Work, kafka: KafkaPort): Promise<Promised> {
  const watch = new StallWatch(kafka, work);
  try {
    return await judgedRestarts(context, work, watch);
  } finally {
    await watch.close();
  }
}

async function judgedRestarts(context: ScenarioContext, work: Work, watch: StallWatch): Promise<Promised> {
  const judge = new StallJudge(context, work, watch);
  const { services } = context.house;
  await watch.untilAllMove(SETTLED_MS);
  let slowestStopMs = 0;
  for (const instance of [work.service, `${work.service}#2`]) {
    context.say(`restarting ${instance}`);
    const fromMs = Date.now();
    // Its partitions go to the other, and some of all come back: each of the two is a move of its own.
    const stop = async (): Promise<void> => {
      await services.stopService(instance);
      slowestStopMs = Math.max(slowestStopMs, Date.now() - fromMs);
      await delay(3_000);
      await watch.untilAllMove(SETTLED_MS);
    };
    const start = async (): Promise<void> => {
      await services.startService(instance);
      await delay(4_000);
      await watch.untilAllMove(SETTLED_MS);
    };
    await judge.during(`${instance} stopped`, stop, services.url(instance));
    await judge.during(`${instance} started`, start);
  }
  return {
    promise: `a restart of ${work.service} stalls no partition that stays, and hands the others over within 10 s`,
    findings: judge.findings,
    figures: { ...judge.figures, 'slowest stop ms': slowestStopMs },
  };
}

/** Looks at who owned what in the course of a change, and how long each partition stood still. */
class StallJudge {
  readonly #context: ScenarioContext;
  readonly #work: Work;
  readonly #watch: StallWatch;
  readonly #findings: Findings;
  #unmoved = 0;
  #moved = 0;
  #worstUnmovedMs = 0;
  #worstMovedMs = 0;

  constructor(context: ScenarioContext, work: Work, watch: StallWatch) {
    this.#context = context;
    this.#work = work;
    this.#watch = watch;
    this.#findings = new Findings(work.service);
  }

  get findings(): Promised['findings'] {
    return this.#findings.all;
  }

  get figures(): Readonly<Record<string, number>> {
    return {
      'partitions that stayed': this.#unmoved,
      'their worst stall ms': this.#worstUnmovedMs,
      'partitions handed over': this.#moved,
      'worst hand-over ms': this.#worstMovedMs,
    };
  }

  async during(what: string, change: () => Promise<void>, leaving?: string): Promise<void> {
    const look = (): Promise<Owners> => owners(this.#context, this.#work);
    const seen = new OwnersSeen(await look(), leaving);
    const fromMs = Date.now();
    const changing = change();
    await Promise.all([changing, seen.watch(look, changing)]);
    for (const stall of this.#watch.longest(fromMs, Date.now())) {
      const { partition } = stall;
      const ms = lastedMs(stall);
      const isMoved = seen.moved.has(partition);
      if (isMoved) {
        this.#moved += 1;
        this.#worstMovedMs = Math.max(this.#worstMovedMs, ms);
      } else {
        this.#unmoved += 1;
        this.#worstUnmovedMs = Math.max(this.#worstUnmovedMs, ms);
      }
      if (ms <= (isMoved ? HAND_OVER_MS : UNMOVED_STALL_MS)) continue;
      const how = isMoved ? 'moved' : 'did not move';
      const place = `${this.#work.topic}/${partition}`;
      const after = `from ${stall.fromMs - fromMs} ms after it began`;
      this.#findings.add('slow', `${place} ${how} and stood still for ${ms} ms, ${after}, while ${what}`);
    }
  }
}

/** Who owned what in the course of a restart. */
class OwnersSeen {
  readonly moved = new Set<number>();
  readonly #first: Owners;

  /** `leaving` is about to go, and all that it has with it. */
  constructor(first: Owners, leaving?: string) {
    this.#first = first;
    for (const [partition, owner] of first) if (owner === leaving) this.moved.add(partition);
  }

  async watch(look: () => Promise<Owners>, while_: Promise<unknown>): Promise<void> {
    let over = false;
    const ended = while_.finally(() => {
      over = true;
    });
    while (!over) {
      this.#see(await look());
      await delay(LOOK_EVERY_MS);
    }
    await ended;
  }

  /** With another now, or with nobody although its owner is there and tells what it has. */
  #see(now: Owners): void {
    const present = new Set(now.values());
    for (const [partition, owner] of this.#first) {
      const other = now.get(partition);
      if (other === undefined ? present.has(owner) : other !== owner) this.moved.add(partition);
    }
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
