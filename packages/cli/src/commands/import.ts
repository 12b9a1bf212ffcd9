import type { Command } from 'commander';
import { CliError, exitCodes } from '../exit.ts';
import { findHouse } from '../house/find.ts';
import { CollectorClient } from '../house/send.ts';
import { fingerprintOf, Journal } from '../import/journal.ts';
import { type ReadMapping, readMapping } from '../import/mapping/read-mapping.ts';
import { refusalReasons } from '../import/refusal.ts';
import { findFiles } from '../import/rows/find-files.ts';
import { checkHeader } from '../import/rows/read-rows.ts';
import { type ImportOutcome, runImport } from '../import/run-import.ts';
import { LANES } from '../import/send-window.ts';
import { openTerminal, type Terminal } from '../terminal.ts';

interface ImportFlags {
  readonly check?: boolean;
  readonly backfill?: boolean;
  readonly fromStart?: boolean;
  readonly report?: string;
  readonly journal?: string;
  readonly collector?: string;
  readonly json?: boolean;
}

const help = `
<mapping> is a YAML file that says what the columns mean, or the name of one that comes with Kairos: till, call-centre,
store-visit, print-response, social-mention, online-retail. Files may be CSV or NDJSON, each also as .gz; a folder means
the files in it.

An import that was stopped goes on where it stopped when the same command is given again. Refused rows are listed in
<file>.refused.csv with line, field, value, reason and remedy; all others are sent.

Examples:
  kairos import --check till.yaml receipts.csv          read everything, send nothing
  kairos import till.yaml receipts.csv
  kairos import till receipts-2024.csv.gz receipts-2025.csv.gz --backfill
  kairos import online-retail ./online-retail
  KAIROS_WRITE_KEY=… kairos import till.yaml receipts.csv --collector https://events.shop.example

Exit code 1: rows were refused. How to write a mapping: docs/guides/bring-offline-touchpoints.md`;

export function registerImport(program: Command): void {
  program
    .command('import <mapping> <files...>')
    .description('bring in what a file tells, through the collector')
    .option('--check', 'a dry run: read and map every row, report what would be refused, send nothing')
    .option('--backfill', 'send as history, which starts no conversation, whatever the mapping says')
    .option('--from-start', 'send every row again; what the house has had within a week takes no effect twice')
    .option('--report <file>', 'where refused rows are listed (default: <file>.refused.csv)')
    .option('--journal <file>', 'where it is kept how far the import has come (default: <file>.import.json)')
    .option('--collector <url>', 'another collector than that of the house here; its write key is KAIROS_WRITE_KEY')
    .option('--json', 'print the outcome as JSON')
    .addHelpText('after', help)
    .action(importFiles);
}

async function importFiles(mappingName: string, given: readonly string[], flags: ImportFlags): Promise<void> {
  const terminal = openTerminal(flags.json === true);
  const read = await readMapping(mappingName);
  const files = await findFiles(given, read.mapping.file.names);
  const unread = await unreadColumns(read, files);
  const client = flags.check === true ? null : await openClient(read, flags);
  const isBackfill = flags.backfill === true || read.mapping.backfill;
  const beside = (given[0] ?? '').replace(/[\\/]+$/, '');
  const journal = new Journal(flags.journal ?? `${beside}.import.json`);
  const reportFile = flags.report ?? `${beside}.refused.csv`;
  const startedMs = performance.now();
  const outcome = await runImport({
    items: { mapping: read.mapping, files, isBackfill, nowMs: Date.now(), counts: { rows: 0, skipped: 0 } },
    fingerprint: await fingerprintOf(read.text, files, { isBackfill }),
    client,
    journal,
    reportFile,
    fromStart: flags.fromStart === true,
    onProgress: ({ rows, items, refused }) => terminal.progress(progressLine(rows, items, refused)),
  }).finally(() => client?.close());
  terminal.endProgress();
  const seconds = (performance.now() - startedMs) / 1000;
  if (outcome.refused > 0) process.exitCode = exitCodes.failure;
  if (flags.json === true) terminal.data(asJson(outcome, { seconds, files, journal, reportFile }));
  else tell(terminal, outcome, { seconds, isCheck: client === null, unread, reportFile });
}

const shown = (count: number): string => count.toLocaleString('en');

const progressLine = (rows: number, items: number, refused: number): string =>
  `read ${shown(rows)} rows, done ${shown(items)} events${refused === 0 ? '' : `, ${shown(refused)} refused`}`;

async function unreadColumns(read: ReadMapping, files: readonly string[]): Promise<readonly string[]> {
  const unread = new Set<string>();
  for (const file of files) for (const column of await checkHeader(read, file)) unread.add(column);
  return [...unread];
}

async function openClient({ mapping }: ReadMapping, { collector }: ImportFlags): Promise<CollectorClient> {
  if (collector === undefined) {
    const house = await findHouse();
    return new CollectorClient(house.url('collector'), house.secrets.writeKeys[mapping.source], { connections: LANES });
  }
  const key = process.env['KAIROS_WRITE_KEY'] ?? '';
  if (key !== '') return new CollectorClient(collector, key, { connections: LANES });
  throw new CliError(
    `KAIROS_WRITE_KEY is not set: give the write key of the source ${mapping.source} at ${collector}.`,
    exitCodes.badConfig,
  );
}

function asJson(
  { firstRefusals: _, ...outcome }: ImportOutcome,
  about: { seconds: number; files: readonly string[]; journal: Journal; reportFile: string },
): object {
  const seconds = Math.round(about.seconds * 10) / 10;
  return {
    ...outcome,
    files: about.files.length,
    seconds,
    rowsPerSecond: Math.round(outcome.rows / about.seconds),
    peakMemoryMb: Math.round(process.resourceUsage().maxRSS / 1024),
    journal: about.journal.file,
    report: outcome.refused > 0 ? about.reportFile : null,
  };
}

function tell(
  terminal: Terminal,
  outcome: ImportOutcome,
  about: { seconds: number; isCheck: boolean; unread: readonly string[]; reportFile: string },
): void {
  const { rows, skipped, sent, refused, continuedAfter, events } = outcome;
  const planned = Object.values(events).reduce((sum, count) => sum + count, 0);
  if (continuedAfter > 0) terminal.line(`Goes on after ${shown(continuedAfter)} events of an earlier run.`);
  const what = about.isCheck ? `${shown(planned)} events would be sent` : `${shown(sent)} events sent`;
  terminal.line(`${shown(rows)} rows, ${what}, ${shown(refused)} refused, in ${about.seconds.toFixed(1)} s.`);
  for (const [name, count] of Object.entries(events)) terminal.line(`  ${shown(count).padStart(9)}  ${name}`);
  if (skipped > 0) terminal.line(`  ${shown(skipped).padStart(9)}  rows left out by “skip”`);
  if (about.unread.length > 0) terminal.line(`Columns that the mapping does not read: ${about.unread.join(', ')}.`);
  if (refused > 0) tellRefusals(terminal, outcome, about);
}

function tellRefusals(
  terminal: Terminal,
  { reasons, firstRefusals }: ImportOutcome,
  about: { isCheck: boolean; reportFile: string },
): void {
  terminal.line('Refused:');
  for (const [reason, count] of Object.entries(reasons)) {
    const sentence = Object.hasOwn(refusalReasons, reason)
      ? refusalReasons[reason as keyof typeof refusalReasons]
      : 'The collector refused it.';
    terminal.line(`  ${shown(count).padStart(9)}  ${reason}: ${sentence}`);
  }
  for (const { file, line, field, value, remedy } of firstRefusals) {
    const where = field === '' ? '' : ` ${field}`;
    terminal.line(`  ${file}:${line}${where} “${value.slice(0, 60)}”: ${remedy}`);
  }
  if (!about.isCheck) terminal.line(`All of them: ${about.reportFile}`);
}
