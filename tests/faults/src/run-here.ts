import { loadavg } from 'node:os';
import { Random } from '@kairos/cli';
import { House } from './house/house.ts';
import type { Options } from './options.ts';
import { progress, say } from './progress.ts';
import type { ScenarioReport } from './report.ts';
import { scenarios } from './scenarios/index.ts';
import type { Phase, Scenario } from './scenarios/scenario.ts';

/** Runs the scenarios one after the other in one house; `onReport` sees each as it ends. */
export async function runHere(options: Options, onReport: (report: ScenarioReport) => void): Promise<void> {
  const house = await House.open();
  let ending = false;
  // A terminal tells the whole group, and whoever started us passes it on: it may come twice.
  const onSignal = (): void => {
    if (ending) return;
    ending = true;
    say('ending what was started …');
    house.close({ keep: false }).finally(() => process.exit(130));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    for (const name of options.only) {
      const scenario = scenarios.find((one) => one.name === name);
      if (scenario === undefined) continue;
      say(`▸ ${scenario.name}  ${scenario.about}`);
      onReport(await runScenario(scenario, house, options));
    }
  } finally {
    if (options.keep) say(`the stack is left up in ${house.home}; end it with KAIROS_HOME=${house.home} kairos down`);
    await house.close({ keep: options.keep });
  }
}

async function runScenario(scenario: Scenario, house: House, options: Options): Promise<ScenarioReport> {
  const { seed, short, events } = options;
  const watch = new PhaseWatch();
  const runId = `${scenario.name}${Date.now().toString(36)}`;
  const { phase } = watch;
  const random = new Random(seed);
  try {
    return watch.report(
      scenario.name,
      await scenario.run({ house, seed, short, events, runId, random, say: progress, phase }),
    );
  } catch (error) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const findings = [{ fault: 'slow', where: scenario.name, what }] as const;
    return watch.report(scenario.name, [{ promise: 'the run comes to its end', findings }]);
  } finally {
    progress('');
    await house.end().catch((error: unknown) => say(`ending ${scenario.name}: ${String(error)}`));
  }
}

const minuteLoad = (): number => loadavg()[0] ?? 0;

/** How the time of a scenario goes. */
class PhaseWatch {
  readonly #startedMs = performance.now();
  readonly #load = minuteLoad();
  readonly #began: { readonly name: Phase; readonly atMs: number }[] = [];

  readonly phase = (name: Phase): void => {
    this.#began.push({ name, atMs: performance.now() });
  };

  report(name: string, promises: ScenarioReport['promises']): ScenarioReport {
    const nowMs = performance.now();
    const took = this.#began.map(({ name: phase, atMs }, at) => {
      const seconds = ((this.#began[at + 1]?.atMs ?? nowMs) - atMs) / 1_000;
      return [phase, Math.round(seconds)];
    });
    return {
      name,
      seconds: Math.round((nowMs - this.#startedMs) / 1_000),
      phases: Object.fromEntries(took),
      load: [this.#load, minuteLoad()],
      promises,
    };
  }
}
