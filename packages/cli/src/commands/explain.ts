import type { Command } from 'commander';
import { CliError, exitCodes } from '../exit.ts';
import { askService, findHouse } from '../house/find.ts';
import { withLog } from '../house/log.ts';
import { findDecision } from '../replay/find-decision.ts';
import { replayDecision } from '../replay/replay-decision.ts';
import { linesOfReplay } from '../replay/show-replay.ts';
import { colours, openTerminal, type Terminal } from '../terminal.ts';
import { linesOfConsent, linesOfPreferences } from './show-consent.ts';

/** What metrics answers for a person. */
interface ExplainedPerson {
  readonly person: {
    readonly personId: string;
    readonly profile: Record<string, unknown>;
    readonly segments: readonly string[];
  } | null;
  readonly personIds: readonly string[];
  readonly entries: readonly {
    readonly atMs: number;
    readonly kind: 'event' | 'trigger' | 'decision' | 'report';
    readonly title: string;
    readonly entryId: string;
    readonly why: string | null;
    readonly traceId: string | null;
    readonly body: Record<string, unknown>;
  }[];
}

interface ExplainFlags {
  readonly limit: string;
  readonly replay?: string;
  readonly consent?: boolean;
  readonly json?: boolean;
}

export function registerExplain(program: Command): void {
  program
    .command('explain [person]')
    .description(
      'everything that happened to a person, every decision with its why; --replay: a decision derived again',
    )
    .option('--limit <n>', 'entries to show', '200')
    .option('--replay <decision>', 'derive this recorded decision from the log again, and compare every field')
    .option('--consent', 'every change of consent with its source and event, and what the person has stated')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nA replay ends with 1 when the log leads to another decision.\n\nExamples:\n  kairos explain user:42\n  kairos explain user:42 --consent\n  kairos explain ada@example.com --json\n  kairos explain --replay 2f1c0a5e-6f0d-5c3e-9d59-0d3b0b8c7a11',
    )
    .action(async (person: string | undefined, options: ExplainFlags) => {
      const terminal = openTerminal(options.json === true);
      if (options.replay !== undefined) return await explainAgain(options.replay, terminal);
      if (person === undefined) {
        throw new CliError(
          'Say of whom: kairos explain user:42, or --replay with the id of a decision.',
          exitCodes.usage,
        );
      }
      const house = await findHouse();
      const path = `/v1/persons/${encodeURIComponent(person)}/timeline?limit=${encodeURIComponent(options.limit)}`;
      const explained = await askService<ExplainedPerson>(house, 'metrics', path);
      if (options.json === true) terminal.data(explained);
      else printTimeline(terminal, explained, { asked: person, showsConsent: options.consent === true });
    });
}

/** Derives a decision from the log again; ends with 1 when the log leads elsewhere. */
async function explainAgain(decisionId: string, terminal: Terminal): Promise<void> {
  const replay = await withLog(await findHouse(), async (log) => {
    const found = await findDecision(log, decisionId);
    if (found === null) {
      throw new CliError(
        `messages.decided holds no decision ${decisionId}. Decisions are kept for 400 days; kairos explain <person> --json shows each as entryId.`,
      );
    }
    return replayDecision(log, found);
  });
  if (terminal.json) terminal.data(replay);
  else for (const line of linesOfReplay(replay)) terminal.line(line);
  if (replay.verdict === 'different' || replay.verdict === 'missing') process.exitCode = exitCodes.failure;
}

const mark: Readonly<Record<string, (text: string) => string>> = {
  event: colours.dim,
  trigger: colours.cyan,
  decision: colours.bold,
  report: colours.green,
};

interface Asked {
  readonly asked: string;
  /** Instead of what happened. */
  readonly showsConsent: boolean;
}

function printTimeline(
  terminal: Terminal,
  { person, personIds, entries }: ExplainedPerson,
  { asked, showsConsent }: Asked,
): void {
  if (person === null && entries.length === 0) {
    terminal.line(`Nobody is known as ${asked}. Ids look like user:42 or anon:…; an e-mail address works, too.`);
    return;
  }
  const profile = person?.profile ?? {};
  const name = [profile.firstName, profile.lastName].filter(Boolean).join(' ');
  terminal.line(
    `${colours.bold(person?.personId ?? asked)}${name === '' ? '' : ` ${name}`}${personIds.length > 1 ? ` (also ${personIds.slice(1).join(', ')})` : ''}`,
  );
  if ((person?.segments.length ?? 0) > 0) terminal.line(`in ${person?.segments.join(', ')}`);
  if (showsConsent) {
    for (const line of [...linesOfConsent(profile), ...linesOfPreferences(profile)]) terminal.line(line);
    return;
  }
  for (const entry of entries.toReversed()) {
    const state = entry.body.fate ?? entry.body.outcome ?? '';
    const code = typeof entry.body.code === 'string' ? ` ${entry.body.code}` : '';
    const head = `${new Date(entry.atMs).toISOString()}  ${entry.kind.padEnd(8)} ${entry.title}`;
    terminal.line(`${(mark[entry.kind] ?? String)(head)}${state === '' ? '' : `  ${String(state)}${code}`}`);
    if (entry.why !== null) terminal.line(`${' '.repeat(26)}${entry.why}`);
    if (entry.kind === 'decision') terminal.line(colours.dim(`${' '.repeat(26)}decision ${entry.entryId}`));
  }
}
