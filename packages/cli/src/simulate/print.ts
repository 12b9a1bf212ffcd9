import {
  type CodeCounts,
  explainReason,
  type RehearsalReport,
  type RehearsedRun,
  type RehearsedTimeline,
  type RehearsedTrigger,
} from '@kairos/contracts';
import { colours, type Terminal } from '../terminal.ts';

const number = (n: number): string => n.toLocaleString('en');
const share = (part: number, whole: number): string => (whole === 0 ? '' : ` (${((100 * part) / whole).toFixed(1)} %)`);
const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
const codesText = (counts: CodeCounts): string =>
  Object.entries(counts)
    .map(([code, n]) => `${code} ${number(n)}`)
    .join(', ');

/** A report as people read it on a terminal. */
export function printReport(terminal: Terminal, report: RehearsalReport): void {
  const { events, end, runs, difference } = report;
  terminal.line(colours.bold(report.name));
  terminal.line(
    `${number(events.count)} events from ${events.from}, ${dateOf(events.firstAtMs)} to ${dateOf(events.lastAtMs)}, rehearsed to ${dateOf(end.atMs)} in ${(report.tookMs / 1000).toFixed(1)} s.`,
  );
  if (events.unreadable > 0) terminal.line(colours.yellow(`${number(events.unreadable)} lines were no events.`));
  if (events.late > 0) {
    terminal.line(
      colours.yellow(`${number(events.late)} events stood too far behind others and were taken as late news.`),
    );
  }
  if (!end.isQuiet)
    terminal.line(colours.dim('Something was still waiting when virtual time ended; --until takes it on.'));
  for (const run of runs) printRun(terminal, run, { currency: report.currency, isOne: runs.length === 1 });
  if (difference !== null) printDifference(terminal, report, difference);
  else for (const timeline of runs[0]?.timelines.slice(0, 3) ?? []) printTimeline(terminal, timeline);
  terminal.line();
  for (const [code, sentence] of codesOf(report)) terminal.line(colours.dim(`${code}: ${sentence}`));
}

function printRun(
  terminal: Terminal,
  { label, playbook, version, persons, totals, triggers, messagesPerPerson, refused }: RehearsedRun,
  { currency, isOne }: { readonly currency: string; readonly isOne: boolean },
): void {
  terminal.line();
  terminal.line(`${isOne ? '' : `${colours.bold(label)}  `}${playbook}, version ${version.slice(0, 12)}`);
  const cost = totals.cost === 0 ? '' : `, ${totals.cost.toFixed(2)} ${currency}`;
  terminal.line(
    `${number(totals.fired)} fired, ${number(totals.proposed)} proposed, ${number(totals.chosen)} chosen${cost}, ${number(totals.dropped)} dropped, ${number(totals.withdrawn)} withdrawn, ${number(totals.waiting)} still waiting; put off ${number(totals.deferred)} times.`,
  );
  terminal.line(
    `${number(persons.all)} persons: ${number(persons.reached)} reached${share(persons.reached, persons.all)}, ${number(persons.leftWithout)} left without any message though one was proposed.`,
  );
  const spread = messagesPerPerson.map(({ messages, persons: n }) => `${messages}: ${number(n)}`).join(', ');
  terminal.line(`Messages per person: ${spread}`);
  if (Object.keys(refused).length > 0) terminal.line(colours.yellow(`Refused by the stages: ${codesText(refused)}`));
  terminal.line();
  for (const line of table(triggers)) terminal.line(line);
}

const columns = ['trigger', 'channel', 'fired', 'proposed', 'chosen', 'cost', 'what stood in the way'] as const;

function table(triggers: readonly RehearsedTrigger[]): string[] {
  const rows = triggers.flatMap(rowsOf);
  const widths = columns.map((name, at) => Math.max(name.length, ...rows.map((row) => (row[at] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) =>
        at >= 2 && at <= 5 ? cell.padStart(widths[at] ?? 0) : at === 6 ? cell : cell.padEnd(widths[at] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [colours.dim(line(columns)), ...rows.map(line)];
}

function rowsOf({ triggerId, fired, notStarted, proposed, channels }: RehearsedTrigger): string[][] {
  const held = Object.keys(notStarted).length === 0 ? '' : `not started: ${codesText(notStarted)}`;
  const head = [triggerId, '', number(fired), number(proposed), '', '', held];
  const below = channels.map((one) => {
    const ways = [
      ['put off', one.deferred],
      ['dropped', one.dropped],
      ['withdrawn', one.withdrawn],
      ['displaced by', one.displacedBy],
    ] as const;
    const said = ways.filter(([, counts]) => Object.keys(counts).length > 0);
    const why = said.map(([word, counts]) => `${word}: ${codesText(counts)}`).join('; ');
    return ['', one.channel ?? '—', '', '', number(one.chosen), one.cost === 0 ? '' : one.cost.toFixed(2), why];
  });
  return [head, ...below];
}

/** Every code that a report names, with its sentence. */
function codesOf({ runs }: RehearsalReport): ReadonlyMap<string, string> {
  const codes = new Set<string>();
  const add = (counts: CodeCounts): void => {
    for (const code of Object.keys(counts)) codes.add(code);
  };
  for (const { triggers } of runs) {
    for (const { notStarted, channels } of triggers) {
      add(notStarted);
      for (const { deferred, dropped, withdrawn } of channels)
        for (const one of [deferred, dropped, withdrawn]) add(one);
    }
  }
  return new Map([...codes].sort().map((code) => [code, explainReason(code)]));
}

function printDifference(
  terminal: Terminal,
  { runs: [a, b], currency }: RehearsalReport,
  difference: NonNullable<RehearsalReport['difference']>,
): void {
  if (a === undefined || b === undefined) return;
  terminal.line();
  terminal.line(colours.bold(`${number(difference.persons)} persons meet another fate under B.`));
  const rows = differenceRows(a, b);
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, one, other] of rows) {
    const more = other - one;
    const change = more === 0 ? '' : more > 0 ? colours.green(`+${number(more)}`) : colours.red(number(more));
    terminal.line(`${name.padEnd(width)}  ${number(one).padStart(12)}  ${number(other).padStart(12)}  ${change}`);
  }
  terminal.line(colours.dim(`(${currency} where money; A before B)`));
  for (const { personId, a: one, b: other } of difference.samples.slice(0, 3)) {
    terminal.line();
    terminal.line(colours.bold(personId));
    for (const [label, story] of [
      ['A', one],
      ['B', other],
    ] as const) {
      terminal.line(`  ${label}${story === null ? ': nothing was decided, or the story was not kept' : ''}`);
      for (const { atMs, text } of story?.moments ?? []) terminal.line(`    ${new Date(atMs).toISOString()}  ${text}`);
    }
  }
}

/** Totals and each trigger's messages, under A and under B. */
export function differenceRows(a: RehearsedRun, b: RehearsedRun): readonly (readonly [string, number, number])[] {
  const chosenOf = ({ triggers }: RehearsedRun, id: string): number =>
    triggers.find(({ triggerId }) => triggerId === id)?.channels.reduce((sum, { chosen }) => sum + chosen, 0) ?? 0;
  const ids = [...new Set([...a.triggers, ...b.triggers].map(({ triggerId }) => triggerId))].sort();
  const totals = ['fired', 'proposed', 'chosen', 'deferred', 'dropped', 'withdrawn', 'cost'] as const;
  return [
    ...totals.map((name) => [name, a.totals[name], b.totals[name]] as const),
    ['persons reached', a.persons.reached, b.persons.reached],
    ['persons left without', a.persons.leftWithout, b.persons.leftWithout],
    ...ids.map((id) => [`chosen of ${id}`, chosenOf(a, id), chosenOf(b, id)] as const),
  ];
}

function printTimeline(terminal: Terminal, { personId, moments, more }: RehearsedTimeline): void {
  terminal.line();
  terminal.line(colours.bold(personId));
  for (const { atMs, text } of moments) terminal.line(`  ${new Date(atMs).toISOString()}  ${text}`);
  if (more > 0) terminal.line(colours.dim(`  and ${number(more)} more`));
}
