import type { Command } from 'commander';
import { askService, findHouse } from '../house/find.ts';
import { colours, openTerminal, type Terminal } from '../terminal.ts';

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
    readonly why: string | null;
    readonly traceId: string | null;
    readonly body: Record<string, unknown>;
  }[];
}

export function registerExplain(program: Command): void {
  program
    .command('explain <person>')
    .description('everything that happened to a person, every decision with its why')
    .option('--limit <n>', 'entries to show', '200')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  kairos explain user:42\n  kairos explain ada@example.com --json')
    .action(async (person: string, options: { limit: string; json?: boolean }) => {
      const terminal = openTerminal(options.json === true);
      const house = await findHouse();
      const path = `/v1/persons/${encodeURIComponent(person)}/timeline?limit=${encodeURIComponent(options.limit)}`;
      const explained = await askService<ExplainedPerson>(house, 'metrics', path);
      if (options.json === true) terminal.data(explained);
      else printTimeline(terminal, explained, person);
    });
}

const mark: Readonly<Record<string, (text: string) => string>> = {
  event: colours.dim,
  trigger: colours.cyan,
  decision: colours.bold,
  report: colours.green,
};

function printTimeline(terminal: Terminal, { person, personIds, entries }: ExplainedPerson, asked: string): void {
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
  for (const entry of entries.toReversed()) {
    const state = entry.body.fate ?? entry.body.outcome ?? '';
    const code = typeof entry.body.code === 'string' ? ` ${entry.body.code}` : '';
    const head = `${new Date(entry.atMs).toISOString()}  ${entry.kind.padEnd(8)} ${entry.title}`;
    terminal.line(`${(mark[entry.kind] ?? String)(head)}${state === '' ? '' : `  ${String(state)}${code}`}`);
    if (entry.why !== null) terminal.line(`${' '.repeat(26)}${entry.why}`);
  }
}
