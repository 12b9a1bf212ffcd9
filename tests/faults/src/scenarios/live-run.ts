import { setTimeout as delay } from 'node:timers/promises';
import { Findings, type Promised } from '../checker/findings.ts';
import type { SentEvents } from '../checker/intake.ts';
import type { TimerRule } from '../checker/timers.ts';
import { checkRun } from '../history/check-run.ts';
import type { OpenLog } from '../history/log.ts';
import { type Instance, PARTITIONS } from '../house/house.ts';
import { sentTogether } from '../load/http-load.ts';
import { type Load, type LoadOptions, startLoad } from '../load/load.ts';
import { Observer } from '../load/observer.ts';
import { isServerPerson } from '../load/shop.ts';
import { standingOf, type Work, works } from './groups.ts';
import type { ScenarioContext } from './scenario.ts';

/** What playbook/playbook.yaml says of it. */
export const cartLeft: TimerRule = { triggerId: 'cart-left', withinMs: 5_000, graceMs: 1_000 };

const DRAINED_WITHIN_MS = 120_000;
/** After the last window: grace, collection, a tick. */
const SETTLE_MS = 3_000;

export interface LiveRun {
  readonly log: OpenLog;
  /** Where the enricher writes: how far time has come, and where it stood still. */
  readonly enriched: Observer;
  readonly proposed: Observer;
  readonly load: Load;
}

export interface LiveRunPlan {
  readonly instances: readonly Instance[];
  readonly env?: Readonly<Record<string, string>>;
  readonly load: Omit<LoadOptions, 'seed' | 'runId'>;
  /** The faults; begins when the first events are through. What it answers is added to the checker's findings. */
  during(run: LiveRun): Promise<readonly Promised[]>;
  /** Ends what else was sending, and says what was sent. */
  alsoSent?(): Promise<SentEvents | undefined>;
}

/** Services up, load on, faults, load off, drained, stopped in the order of the walk, and checked against the fold. */
export async function liveRun(context: ScenarioContext, plan: LiveRunPlan): Promise<readonly Promised[]> {
  const { house, say, phase, seed, runId } = context;
  phase('set up');
  say('emptying the house');
  await house.begin();
  say('starting the services');
  await house.startServices({ instances: plan.instances, ...(plan.env === undefined ? {} : { env: plan.env }) });
  const log = await house.openLog();
  const enriched = await Observer.open(await house.openLog(), 'events.enriched');
  const proposed = await Observer.open(await house.openLog(), 'messages.proposed');
  const load = await startLoad(await house.openLog(), { ...plan.load, seed, runId });
  const run: LiveRun = { log, enriched, proposed, load };
  try {
    await until('the first events are through', 60_000, () => proposed.records > 0);
    phase('faults');
    const own = await plan.during(run);
    phase('drain');
    say('waiting for the last events');
    const mine = await (plan.load.events === undefined ? load.stop() : load.done);
    const others = await plan.alsoSent?.();
    const sent = others === undefined ? mine : sentTogether(mine, others);
    const drained = await drain(context, run);
    await Promise.all([enriched.close(), proposed.close()]);
    // What is still on its way would be called lost.
    if (drained.findings.length > 0) return [...own, drained];
    phase('check');
    return [...own, drained, ...(await checked(context, sent))];
  } finally {
    await Promise.all([load.stop().catch(() => undefined), plan.alsoSent?.(), enriched.close(), proposed.close()]);
    await house.end();
  }
}

async function checked({ house, say }: ScenarioContext, sent: SentEvents): Promise<readonly Promised[]> {
  return await checkRun({
    log: await house.openLog(),
    redis: house.redis,
    partitions: PARTITIONS,
    sent,
    timers: cartLeft,
    isModelled: isServerPerson,
    say,
  });
}

/** Waits until all timers of the load have had their time, then ends the walk from its head, so that nothing is left in it. */
async function drain(context: ScenarioContext, run: LiveRun): Promise<Promised> {
  const findings = new Findings('drain');
  const endedMs = Date.now();
  let drainedMs = 0;
  try {
    await untilTimeHasPassed(context, run, endedMs + cartLeft.withinMs + cartLeft.graceMs + SETTLE_MS);
    drainedMs = Date.now() - endedMs;
    await stopFromHead(context, run);
  } catch (error) {
    findings.add('slow', String(error));
  }
  return {
    promise: 'the backlog is gone',
    findings: findings.all,
    figures: { 'drained after s': (drainedMs / 1000).toFixed(1) },
  };
}

async function untilTimeHasPassed({ say }: ScenarioContext, { proposed }: LiveRun, goalMs: number): Promise<void> {
  await until('time has passed the last window', DRAINED_WITHIN_MS, () => {
    say(`draining: time stands ${((goalMs - proposed.timeMs) / 1000).toFixed(1)} s before the goal`);
    return proposed.timeMs >= goalMs;
  });
}

async function stopFromHead({ house, say }: ScenarioContext, { log }: LiveRun): Promise<void> {
  for (const work of works) {
    const instances = house.services.list().map(({ instance }) => instance);
    const behind = works[works.indexOf(work) - 1];
    if (behind !== undefined) await untilNoLag(log, work, say);
    say(`stopping ${work.service}`);
    const mine = instances.filter((instance) => instance.split('#')[0] === work.service);
    await Promise.all(mine.map(async (instance) => await house.services.stopService(instance)));
  }
}

export async function untilNoLag({ kafka }: OpenLog, work: Work, say: (line: string) => void): Promise<void> {
  let lag = 0;
  await until(`${work.groupId} has read all`, DRAINED_WITHIN_MS, async () => {
    lag = (await standingOf(kafka, work)).lag;
    say(`waiting for ${work.groupId}: ${lag} records`);
    return lag === 0;
  });
}

/** Polls until it holds; throws when it does not in time. */
export async function until(what: string, withinMs: number, holds: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpMs = performance.now() + withinMs;
  for (;;) {
    if (await holds()) return;
    if (performance.now() > giveUpMs) throw new Error(`waited ${withinMs / 1000} s in vain until ${what}`);
    await delay(100);
  }
}
