import { readOptions, usage } from './options.ts';
import { say } from './progress.ts';
import { linesOf, type ScenarioReport, totalsOf } from './report.ts';
import { runHere } from './run-here.ts';
import { runLanes } from './run-lanes.ts';
import { longRounds } from './scenarios/index.ts';

/** In a lane: reports go to the process that has started it, which prints them. */
const toParent = process.send === undefined ? undefined : process.send.bind(process);

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
  const startedMs = performance.now();
  const reports: ScenarioReport[] = [];
  const onReport = (report: ScenarioReport): void => {
    reports.push(report);
    if (toParent !== undefined) toParent(report);
    else for (const line of linesOf(report)) say(line);
  };
  if (options.lanes) for (const lanes of longRounds) await runLanes(lanes, options, onReport);
  else await runHere(options, onReport);
  const { passed, failed } = totalsOf(reports);
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  const { seed, short } = options;
  if (options.json) process.stdout.write(`${JSON.stringify({ seed, short, seconds, reports })}\n`);
  if (toParent === undefined) say(`${seconds} s in all`);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

process.exit(await main());
