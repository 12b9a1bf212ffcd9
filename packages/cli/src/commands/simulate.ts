import { writeFile } from 'node:fs/promises';
import type { RehearsalReport } from '@kairos/contracts';
import { parsePlaybook, toPublished } from '@kairos/playbook';
import type { Command } from 'commander';
import { CliError, exitCodes } from '../exit.ts';
import { findHouse } from '../house/find.ts';
import { withLog } from '../house/log.ts';
import { readPlaybookFiles } from '../house/publish.ts';
import { readActivations } from '../replay/playbooks.ts';
import { handIn } from '../simulate/hand-in.ts';
import type { History } from '../simulate/history/history.ts';
import { openLogged, openPlaces, placesOf } from '../simulate/history/open-history.ts';
import type { CallSource } from '../simulate/history/parse-line.ts';
import type { TimeOf } from '../simulate/history/topic.ts';
import { printReport } from '../simulate/print.ts';
import { progressText } from '../simulate/progress.ts';
import { rehearse, type Side } from '../simulate/rehearse.ts';
import { defaultWorkers } from '../simulate/shares/threads.ts';
import { openTerminal, type Terminal } from '../terminal.ts';

interface SimulateFlags {
  readonly playbook: string;
  readonly against?: string;
  readonly events: readonly string[];
  readonly until?: string;
  readonly person?: readonly string[];
  readonly source: string;
  readonly time: string;
  readonly name?: string;
  readonly out?: string;
  readonly console?: boolean;
  readonly keepBackfill?: boolean;
  readonly everyoneReachable?: boolean;
  readonly workers?: string;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  kairos simulate --playbook playbook --events history.ndjson
  kairos simulate --playbook playbook --against playbook-next --events topic:events.collected@2026-05-01..2026-06-01
  kairos simulate --playbook playbook --against live --events log
  kairos simulate --playbook playbook --events till:receipts.csv
  kairos simulate --playbook playbook --events log --person user:42 --json
  kairos simulate --playbook playbook --events history.ndjson --workers 1`;

export function registerSimulate(program: Command): void {
  program
    .command('simulate')
    .description('rehearse a playbook, or two against each other, over events of the past: nothing is sent')
    .requiredOption('--playbook <folder>', 'the playbook to rehearse, or live: the one that the running house acts by')
    .option('--against <folder>', 'a second playbook, or live, compared with the first')
    .requiredOption(
      '--events <places...>',
      'files or folders with one event a line (.ndjson, .jsonl, .gz), <mapping>:<file> (rows as kairos import reads them), topic:events.collected[@from..to], or log (all customers’ events that the running house still has)',
    )
    .option(
      '--until <moment>',
      'end virtual time here (default: when nothing waits any more, at most 90 days after the last event)',
    )
    .option('--person <ids...>', 'tell the whole story of these persons')
    .option('--source <id>', 'the source that calls in files are taken to come from', 'server')
    .option('--time <of>', 'of events from a topic: log (when they came in) or occurred (when they happened)', 'log')
    .option('--keep-backfill', 'leave imported history as it is: it fills profiles and starts nothing')
    .option('--everyone-reachable', 'as if an e-mail address were known of every customer with an id')
    .option(
      '--workers <n>',
      'threads that walk through a history in files, each with persons who share no id with the others; the report is the same for any number, and 1 needs the least memory (default: one a core, at most 8, and 1 for a short history; what comes from a topic is walked through by one)',
    )
    .option('--name <name>', 'what the rehearsal is called')
    .option('--out <file>', 'also write the report as JSON')
    .option('--console', 'hand the report to the console of the running house, where others can look at it')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', EXAMPLES)
    .action(simulate);
}

async function simulate(flags: SimulateFlags): Promise<void> {
  const terminal = openTerminal(flags.json === true);
  const report = await withHistory(flags, (history, sides) => run(flags, { terminal, history, sides }));
  terminal.endProgress();
  if (flags.out !== undefined) await writeFile(flags.out, `${JSON.stringify(report)}\n`);
  if (flags.console === true) {
    const address = await handIn(await findHouse(), report);
    terminal.line(`The report is in the console: ${address}`);
  }
  if (flags.json === true) terminal.data(report);
  else printReport(terminal, report);
}

async function withHistory(
  flags: SimulateFlags,
  use: (history: History, sides: readonly Side[]) => Promise<RehearsalReport>,
): Promise<RehearsalReport> {
  const time = timeOf(flags.time);
  const folders = [flags.playbook, ...(flags.against === undefined ? [] : [flags.against])];
  const sides = await Promise.all(folders.map(readSide));
  const places = placesOf(flags.events);
  if (places.kind === 'files') {
    const history = await openPlaces(places.places, sourceOf(flags.source, sides));
    return use(history, sides);
  }
  return withLog(await findHouse(), async (log) => use(await openLogged(log, places, time), sides));
}

async function run(
  flags: SimulateFlags,
  { terminal, history, sides }: { terminal: Terminal; history: History; sides: readonly Side[] },
): Promise<RehearsalReport> {
  const report = await rehearse({
    name: flags.name ?? sides.map(({ from }) => from).join(' against '),
    history,
    sides,
    untilMs: momentOf(flags.until),
    ...(flags.person === undefined ? {} : { persons: flags.person }),
    keepBackfill: flags.keepBackfill === true,
    everyoneReachable: flags.everyoneReachable === true,
    workers: workersOf(flags.workers) ?? defaultWorkers(history),
    now: Date.now,
    onProgress: (progress) => terminal.progress(progressText(progress)),
  });
  for (const problem of history.problems) process.stderr.write(`${problem}\n`);
  if (report.events.count === 0) throw new CliError(`${history.from} holds no event: nothing could be rehearsed.`);
  return report;
}

async function readSide(folder: string): Promise<Side> {
  return folder === 'live' ? readLive() : readFolder(folder);
}

/** The playbook that was made live last. */
async function readLive(): Promise<Side> {
  const activations = await withLog(await findHouse(), readActivations);
  const published = activations.at(-1)?.published;
  if (published === undefined)
    throw new CliError('No playbook is live: publish one with kairos playbook publish <folder>.');
  const { timeScale } = published;
  return { from: timeScale === 1 ? 'live' : `live, ${timeScale} times faster`, published };
}

async function readFolder(folder: string): Promise<Side> {
  const { definitions, issues } = parsePlaybook(await readPlaybookFiles(folder));
  const faults = issues.filter(({ severity }) => severity === 'error').length;
  if (faults > 0) throw new CliError(`${folder} has ${faults} faults: see kairos playbook lint ${folder}.`);
  return { from: folder, published: toPublished(definitions, { offset: 0, timeScale: 1 }) };
}

/** What a source may say is written in the playbook. */
function sourceOf(id: string, sides: readonly Side[]): CallSource {
  const sources = sides.flatMap(({ published }) => published.definitions).filter((one) => one.kind === 'Source');
  const found = sources.find((one) => one.id === id);
  if (found !== undefined) return { id, kind: found.sourceKind };
  const known = [...new Set(sources.map((one) => one.id))].join(', ');
  throw new CliError(`--source ${id}: the playbook has no such source; it has ${known || 'none'}.`, exitCodes.usage);
}

function timeOf(text: string): TimeOf {
  if (text === 'log' || text === 'occurred') return text;
  throw new CliError(`--time ${text}: give log or occurred.`, exitCodes.usage);
}

const MOST_WORKERS = 64;

function workersOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const workers = Number(text);
  if (Number.isInteger(workers) && workers >= 1 && workers <= MOST_WORKERS) return workers;
  throw new CliError(
    `--workers ${text}: give a whole number from 1 to ${MOST_WORKERS}, such as --workers 2.`,
    exitCodes.usage,
  );
}

function momentOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new CliError(`--until ${text}: give a date, such as 2026-12-31.`, exitCodes.usage);
  return ms;
}
