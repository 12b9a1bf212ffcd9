import { Random } from '@kairos/cli';
import { House } from './house/house.ts';
import { type Options, readOptions, usage } from './options.ts';
import { linesOf, type ScenarioReport, totalsOf } from './report.ts';
import { scenarios } from './scenarios/index.ts';
import type { Scenario } from './scenarios/scenario.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const QUIET_MS = 10_000;
let lastSaidMs = 0;

/** One line that is written over on a terminal; elsewhere a line now and then, so that logs stay short. */
function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K  ${line.slice(0, 110)}`);
  else if (line !== '' && performance.now() - lastSaidMs > QUIET_MS) {
    lastSaidMs = performance.now();
    say(`  … ${line}`);
  }
}

async function runScenario(scenario: Scenario, house: House, options: Options): Promise<ScenarioReport> {
  const startedMs = performance.now();
  const { seed, short, events } = options;
  const runId = `${scenario.name}${Date.now().toString(36)}`;
  const report = (promises: ScenarioReport['promises']): ScenarioReport => ({
    name: scenario.name,
    seconds: (performance.now() - startedMs) / 1_000,
    promises,
  });
  try {
    return report(await scenario.run({ house, seed, short, events, runId, random: new Random(seed), say: progress }));
  } catch (error) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return report([{ promise: 'the run comes to its end', findings: [{ fault: 'slow', where: scenario.name, what }] }]);
  } finally {
    progress('');
    await house.end().catch((error: unknown) => say(`ending ${scenario.name}: ${String(error)}`));
  }
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(`${usage()}\n`);
    return 0;
  }
  if ('fault' in options) {
    say(`${options.fault}\nSee --help.`);
    return 2;
  }
  const house = await House.open();
  const reports: ScenarioReport[] = [];
  const onSignal = (): void => {
    say('ending what was started …');
    house.close({ keep: false }).finally(() => process.exit(130));
  };
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    for (const scenario of scenarios.filter(({ name }) => options.only.includes(name))) {
      say(`▸ ${scenario.name}  ${scenario.about}`);
      const report = await runScenario(scenario, house, options);
      reports.push(report);
      for (const line of linesOf(report)) say(line);
    }
  } finally {
    if (options.keep) say(`the stack is left up in ${house.home}; end it with KAIROS_HOME=${house.home} kairos down`);
    await house.close({ keep: options.keep });
  }
  const { passed, failed } = totalsOf(reports);
  if (options.json) process.stdout.write(`${JSON.stringify({ seed: options.seed, short: options.short, reports })}\n`);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

process.exit(await main());
