import {
  type CompiledPlaybook,
  type PersonTrace,
  parseDurationMs,
  type TraceEntry,
  type TraceNow,
} from '@kairos/decisions';
import type { FollowProgress, PlaybookReader } from '@kairos/stream-kit';
import type { Command } from 'commander';
import { CliError, exitCodes } from '../exit.ts';
import { askService, type FoundHouse, findHouse } from '../house/find.ts';
import { withLog } from '../house/log.ts';
import { colours, openTerminal, type Terminal } from '../terminal.ts';
import { aboutTrigger, linesOf, linesOfNow, linesOfPending } from '../watch/show-entry.ts';
import { readPlaybooks, watchPerson } from '../watch/watch-person.ts';

interface WatchFlags {
  readonly from: string;
  readonly follow: boolean;
  readonly trigger?: string;
  readonly json?: boolean;
}

export function registerWatch(program: Command): void {
  program
    .command('watch <person>')
    .description('per event: which triggers looked, which condition failed with its values, and what waits until when')
    .option('--from <time>', 'how far back to show: a duration such as 24h or 7d, or all', '24h')
    .option('--no-follow', 'end where the log ends, instead of going on with what comes')
    .option('--trigger <id>', 'only what one trigger did')
    .option('--json', 'one JSON object per line: entries, and at the end of the log one of kind "now"')
    .addHelpText(
      'after',
      '\nThe detector is not touched: its decisions are derived again from the person’s log.\n' +
        '\nExamples:\n  kairos watch user:42\n  kairos watch ada@example.com --trigger welcome --from 7d' +
        '\n  kairos watch user:42 --no-follow --json | jq .looks',
    )
    .action(watch);
}

async function watch(asked: string, flags: WatchFlags): Promise<void> {
  const terminal = openTerminal(flags.json === true);
  const fromMs = fromOf(flags.from);
  const house = await findHouse();
  const personId = await findPerson(house, asked, terminal);
  await withLog(house, async (log) => {
    let failed: Error | undefined;
    const playbooks = await readPlaybooks(log, (error) => {
      failed = error;
    });
    try {
      assertTrigger(playbooks, flags.trigger);
      const screen = new Screen(terminal, { flags, fromMs, personId });
      const reading = await watchPerson(log, playbooks, {
        personId,
        follow: flags.follow,
        onEntry: (entry) => screen.show(entry),
        onProgress: (progress) => screen.progress(progress),
        onCaughtUp: (trace) => screen.caughtUp(trace),
      });
      // Ctrl-C is how one stops watching, and no failure.
      const stop = (): void => void reading.close();
      process.once('SIGINT', stop).once('SIGTERM', stop);
      await reading.done;
      process.off('SIGINT', stop).off('SIGTERM', stop);
      if (failed !== undefined) throw failed;
    } finally {
      await playbooks.close();
    }
  });
}

/** From when on entries are shown, UTC ms. */
function fromOf(text: string): number {
  if (text === 'all') return Number.NEGATIVE_INFINITY;
  const ms = parseDurationMs(text);
  if (ms === null) throw new CliError(`--from ${text} is no duration: write 30m, 24h or 7d, or all.`, exitCodes.usage);
  return Date.now() - ms;
}

function assertTrigger(playbooks: PlaybookReader<CompiledPlaybook>, id: string | undefined): void {
  if (id === undefined) return;
  const playbook = playbooks.latest()?.playbook;
  const known = [...(playbook?.triggers.keys() ?? []), ...(playbook?.pausedTriggers.keys() ?? [])];
  if (!known.includes(id))
    throw new CliError(
      `No trigger ${id} is live${known.length === 0 ? ': publish a playbook first (kairos playbook publish playbook).' : `; there are ${known.join(', ')}.`}`,
    );
}

interface Found {
  readonly person: { readonly personId: string } | null;
  readonly personIds: readonly string[];
  readonly entries: readonly unknown[];
}

const IS_PERSON_ID = /^(?:user|anon|email|phone|card):./;

/** Who is meant by an id, an address or an older id. */
async function findPerson(house: FoundHouse, asked: string, terminal: Terminal): Promise<string> {
  const path = `/v1/persons/${encodeURIComponent(asked)}/timeline?limit=1`;
  let found: Found;
  try {
    found = await askService<Found>(house, 'metrics', path);
  } catch (error) {
    if (!IS_PERSON_ID.test(asked)) throw error;
    terminal.line(colours.yellow(`Metrics does not answer: ${asked} is taken as it is, older ids are not looked up.`));
    return asked;
  }
  const { person, personIds, entries } = found;
  if (person !== null) return person.personId;
  if (entries.length === 0)
    throw new CliError(
      `Nobody is known as ${asked}. Ids look like user:42 or anon:…; an e-mail address works, too. Somebody new is known a second or two after the first event.`,
    );
  return personIds[0] ?? asked;
}

interface Showing {
  readonly flags: WatchFlags;
  readonly fromMs: number;
  readonly personId: string;
}

/** What the command says, in order: how far reading is, the entries, and what waits. */
class Screen {
  readonly #terminal: Terminal;
  readonly #showing: Showing;
  #pending = '';
  #entries = 0;
  #isLive = false;
  #startOffset = 0;

  constructor(terminal: Terminal, showing: Showing) {
    this.#terminal = terminal;
    this.#showing = showing;
    if (showing.flags.json !== true) terminal.line(colours.bold(showing.personId));
  }

  show(entry: TraceEntry): void {
    const { flags, fromMs } = this.#showing;
    const shown = flags.trigger === undefined ? entry : aboutTrigger(entry, flags.trigger);
    if (shown === null || entry.atMs < fromMs) return;
    this.#entries += 1;
    if (flags.json === true) this.#terminal.data(shown);
    else this.#print(shown);
  }

  #print(entry: TraceEntry): void {
    for (const line of linesOf(entry)) this.#terminal.line(line);
    this.#waits(entry);
  }

  progress({ startOffset, nextOffset, endOffset }: FollowProgress): void {
    this.#startOffset = startOffset;
    const whole = endOffset - startOffset;
    if (this.#isLive || whole <= 0) return;
    const percent = Math.min(100, Math.floor(((nextOffset - startOffset) / whole) * 100));
    this.#terminal.progress(`reading the log of the partition: ${percent} % of ${whole} records`);
  }

  caughtUp({ now }: PersonTrace): void {
    this.#isLive = true;
    if (this.#showing.flags.json === true) this.#terminal.data({ kind: 'now', ...now });
    else this.#printNow(now);
  }

  #printNow(now: TraceNow): void {
    const { flags } = this.#showing;
    if (this.#entries === 0) this.#terminal.line(this.#nothing());
    if (this.#startOffset > 0)
      this.#terminal.line(colours.yellow('Older records are gone from the log: what waited before them is not known.'));
    const pending = now.pending.filter(
      ({ kind, id }) => flags.trigger === undefined || (kind === 'trigger' && id === flags.trigger),
    );
    for (const line of linesOfNow({ ...now, pending }, Date.now())) this.#terminal.line(line);
    if (flags.follow) this.#terminal.line(colours.dim('Following; Ctrl-C ends it.'));
  }

  #nothing(): string {
    const { from, trigger } = this.#showing.flags;
    const what = trigger === undefined ? 'Nothing happened' : `Nothing happened that ${trigger} looks at`;
    return from === 'all'
      ? `${what} that the log still holds.`
      : `${what} within ${from}; --from all shows everything.`;
  }

  /** Only when it has changed: most events change nothing of it. Before the end of the log only the end counts. */
  #waits({ pending, zone }: TraceEntry): void {
    const text = JSON.stringify(pending);
    if (text === this.#pending) return;
    this.#pending = text;
    if (!this.#isLive) return;
    for (const line of linesOfPending(pending, { nowMs: Date.now(), zone })) this.#terminal.line(line);
    if (pending.length === 0) this.#terminal.line(colours.dim('    nothing waits any more'));
  }
}
