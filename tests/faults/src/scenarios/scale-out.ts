import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SERVICE_NODE_ARGS } from '@kairos/local-stack';
import type { KafkaPort } from '@kairos/stream-kit';
import { Findings, type Promised } from '../checker/findings.ts';
import { ConsoleFlow } from '../house/console-flow.ts';
import { PARTITIONS } from '../house/house.ts';
import { type Owners, ownedBy, ownersOf } from '../house/owners.ts';
import { lastedMs, StallWatch } from '../load/stalls.ts';
import { workOf } from './groups.ts';
import { type LiveRun, liveRun, until } from './live-run.ts';
import type { Scenario, ScenarioContext } from './scenario.ts';

const main = path.resolve(import.meta.dirname, '../../../../services/trigger-detector/dist/main.js');
const HAND_OVER_MS = 10_000;
const work = workOf('trigger-detector');

/** A second and a third detector come under load, and go again. */
export const scaleOut: Scenario = {
  name: 'scale-out',
  about: 'a second and a third detector by the README’s command, then away again',
  async run(context) {
    const { short, events } = context;
    return await liveRun(context, {
      instances: ['profile-enricher', 'trigger-detector', 'arbitration', 'console'],
      load: {
        persons: short ? 400 : 2_000,
        eventsPerS: short ? 150 : 500,
        ...(events === undefined ? {} : { events }),
      },
      during: async (run) => [await comeAndGo(context, run)],
    });
  },
};

interface Further {
  readonly url: string;
  readonly child: ChildProcess;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** As the README says it: three keys, nothing else. */
async function start({ house }: ScenarioContext): Promise<Further> {
  const port = await freePort();
  const env = {
    PATH: process.env['PATH'],
    KAFKA_BROKERS: house.stack.address('kafka'),
    SCHEMA_REGISTRY_URL: house.stack.address('registry'),
    HTTP_PORT: String(port),
  };
  return {
    url: `http://127.0.0.1:${port}`,
    child: spawn(process.execPath, [...SERVICE_NODE_ARGS, main], { env, stdio: 'ignore' }),
  };
}

async function stop({ child }: Further): Promise<number> {
  const startedMs = Date.now();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  if (child.exitCode === null && child.kill('SIGTERM')) await ended;
  return Date.now() - startedMs;
}

const isSame = (a: readonly number[], b: readonly number[]): boolean => a.toSorted().join() === b.toSorted().join();

async function comeAndGo(context: ScenarioContext, { log }: LiveRun): Promise<Promised> {
  const { services, secrets } = context.house;
  const shown = await ConsoleFlow.open(services.url('console'), secrets.consoleAdminPassword);
  const settling = new Settling(context, shown, log.kafka);
  const further: Further[] = [];
  let slowestStopMs = 0;
  const settled = async (): Promise<void> => {
    await settling.until([services.url('trigger-detector'), ...further.map(({ url }) => url)]);
  };
  try {
    await settled();
    for (let more = 0; more < 2; more += 1) {
      further.push(await start(context));
      await settled();
    }
    for (let going = further.pop(); going !== undefined; going = further.pop()) {
      slowestStopMs = Math.max(slowestStopMs, await stop(going));
      await settled();
    }
  } finally {
    await Promise.all(further.map(stop));
    await settling.close();
  }
  return {
    promise: 'partitions move to further detectors and back, each within 10 s, and the console shows it',
    findings: settling.findings.all,
    figures: { ...settling.figures, 'slowest stop ms': slowestStopMs },
  };
}

/** Waits until some detectors share the partitions and the console says so, and looks at how long each stood still. */
class Settling {
  readonly findings = new Findings('scale-out');
  readonly #context: ScenarioContext;
  readonly #shown: ConsoleFlow;
  readonly #watch: StallWatch;
  readonly #sizes: string[] = [];
  #slowestMs = 0;
  #shownAfterMs = 0;

  constructor(context: ScenarioContext, shown: ConsoleFlow, kafka: KafkaPort) {
    this.#context = context;
    this.#shown = shown;
    this.#watch = new StallWatch(kafka, work);
  }

  get figures(): Readonly<Record<string, string | number>> {
    return {
      'partitions of each': this.#sizes.join(' → '),
      'worst stall ms': this.#slowestMs,
      'shown by the console after ms': this.#shownAfterMs,
    };
  }

  async until(urls: readonly string[]): Promise<void> {
    const fromMs = Date.now();
    const count = urls.length;
    this.#context.say(`waiting until ${count} detectors share the partitions`);
    let now: Owners = new Map();
    await until(`${count} detectors share the partitions`, 60_000, async () => {
      now = await ownersOf(work.task, urls);
      return now.size === PARTITIONS && new Set(now.values()).size === count;
    });
    await this.#untilShown(urls.map((url) => ownedBy(now, url).length));
    await delay(2_000);
    for (const stall of this.#watch.longest(fromMs, Date.now())) {
      const ms = lastedMs(stall);
      this.#slowestMs = Math.max(this.#slowestMs, ms);
      if (ms > HAND_OVER_MS)
        this.findings.add('slow', `${work.topic}/${stall.partition} stood still for ${ms} ms with ${count} detectors`);
    }
  }

  async #untilShown(shares: readonly number[]): Promise<void> {
    const sharedMs = Date.now();
    await until(`the console shows ${shares.join('+')}`, HAND_OVER_MS, async () => {
      const processes = await this.#shown.processesOf('detected');
      return isSame(
        shares,
        processes.map(({ partitions }) => partitions),
      );
    });
    this.#sizes.push(shares.join('+'));
    this.#shownAfterMs = Math.max(this.#shownAfterMs, Date.now() - sharedMs);
  }

  async close(): Promise<void> {
    await this.#watch.close();
  }
}
