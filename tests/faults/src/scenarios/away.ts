import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceName } from '@kairos/cli';
import { Findings, type Promised } from '../checker/findings.ts';
import { HttpLoad } from '../load/http-load.ts';
import { isCaughtUp, standingOf, type Work, works } from './groups.ts';
import { type LiveRun, liveRun, until } from './live-run.ts';
import type { Scenario, ScenarioContext } from './scenario.ts';

/** Services that are away at the same time. */
interface Wave {
  /** They do not lean on each other; so every one of them is away for its full time. */
  readonly services: readonly ServiceName[];
  /** Goes a little later, and stays away as long: before, it is seen to keep its promise without the others. */
  readonly later?: ServiceName;
}

const WAVES: readonly Wave[] = [
  { services: ['profile-enricher', 'console'] },
  { services: ['trigger-detector', 'channel-dispatchers'] },
  { services: ['arbitration', 'metrics'], later: 'collector' },
];
const membersOf = ({ services, later }: Wave): readonly ServiceName[] =>
  later === undefined ? services : [...services, later];
const EVERYBODY: readonly ServiceName[] = WAVES.flatMap(membersOf);
const BACKLOG_GONE_MS = 120_000;

/** Each service is stopped for a minute; the others keep their promises, and afterwards its backlog goes. */
export const away: Scenario = {
  name: 'away',
  about: 'each service stopped for 60 s in turn (short: 8 s)',
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
        const absence = new Absence(context, run, http);
        const promises: Promised[] = [];
        for (const wave of WAVES) promises.push(await absence.of(wave, short ? 8_000 : 60_000));
        return promises;
      },
    });
  },
};

class Absence {
  readonly #context: ScenarioContext;
  readonly #run: LiveRun;
  readonly #http: HttpLoad;

  constructor(context: ScenarioContext, run: LiveRun, http: HttpLoad) {
    this.#context = context;
    this.#run = run;
    this.#http = http;
  }

  async of(wave: Wave, ms: number): Promise<Promised> {
    const { house, say } = this.#context;
    const gone = membersOf(wave);
    const names = gone.join(', ');
    const findings = new Findings(names);
    say(`${names} away for ${ms / 1_000} s`);
    this.#http.take();
    const restarts = this.#restarts();
    await this.#stop(wave.services);
    const standing = await this.#standings();
    let accepted = 0;
    if (wave.later !== undefined) {
      await delay(ms / 6);
      accepted = this.#judgeCollector(findings, names);
      await this.#stop([wave.later]);
    }
    await delay(ms);
    if (wave.later === undefined) accepted = this.#judgeCollector(findings, names);
    await this.#judgeOthers(findings, gone, { standing, restarts });
    const backMs = Date.now();
    await Promise.all(gone.map(async (service) => await house.services.startService(service)));
    const readyMs = Date.now();
    const { kafka } = this.#run.log;
    await until(`the backlog of ${names} is gone`, BACKLOG_GONE_MS, async () => await isCaughtUp(kafka, gone));
    this.#http.take();
    return {
      promise: `${names} away for ${ms / 1_000} s: the others go on, and the backlog is gone in 120 s`,
      findings: findings.all,
      figures: {
        'ready after s': ((readyMs - backMs) / 1_000).toFixed(1),
        'backlog gone after s': ((Date.now() - backMs) / 1_000).toFixed(1),
        'requests accepted meanwhile': accepted,
      },
    };
  }

  async #stop(services: readonly ServiceName[]): Promise<void> {
    const { house } = this.#context;
    await Promise.all(services.map(async (service) => await house.services.stopService(service)));
  }

  #restarts(): ReadonlyMap<string, number> {
    return new Map(this.#context.house.services.list().map(({ instance, restarts }) => [instance, restarts]));
  }

  async #standings(): Promise<ReadonlyMap<Work, number>> {
    const standing = new Map<Work, number>();
    for (const work of works) standing.set(work, (await standingOf(this.#run.log.kafka, work)).committed);
    return standing;
  }

  /** Every request since the last look was accepted. */
  #judgeCollector(findings: Findings, names: string): number {
    const { ok, later, none, other } = this.#http.take();
    const bad = later + none + other.length;
    if (bad > 0 || ok === 0)
      findings.add('unacknowledged', `of ${ok + bad} requests the collector accepted ${ok} while ${names} was away`);
    return ok;
  }

  /** The stages before the first that is away worked on, and nobody of those who stayed had to be restarted. */
  async #judgeOthers(
    findings: Findings,
    gone: readonly ServiceName[],
    before: { readonly standing: ReadonlyMap<Work, number>; readonly restarts: ReadonlyMap<string, number> },
  ): Promise<void> {
    for (const work of stagesThatGoOn(gone)) {
      const { committed } = await standingOf(this.#run.log.kafka, work);
      if (committed <= (before.standing.get(work) ?? 0)) findings.add('slow', `${work.service} stood still`);
    }
    const stayed = this.#context.house.services.list().filter(({ instance }) => !gone.some((one) => one === instance));
    for (const { instance, url, restarts } of stayed) {
      if (restarts > (before.restarts.get(instance) ?? 0)) findings.add('slow', `${instance} ended itself meanwhile`);
      const { status } = await fetch(`${url}/readyz`);
      if (status !== 200) findings.add('slow', `${instance} was not ready meanwhile: ${status}`);
    }
  }
}

/** A stage before the first one that is away has its input, and must work on; those behind it still have time's ticks at most. */
function stagesThatGoOn(gone: readonly ServiceName[]): readonly Work[] {
  const first = works.findIndex(({ service }) => gone.includes(service));
  return first === -1 ? works : works.slice(0, first);
}
