import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { answerKey, compareWithKey } from '../demo/answer-key.ts';
import { collectFacts, markStarts, type RunFacts } from '../demo/facts.ts';
import { compareWithFold, foldOffline } from '../demo/offline-fold.ts';
import { type DemoPlan, planDemo } from '../demo/plan.ts';
import { compareWithRehearsal, rehearseRun } from '../demo/rehearsed-run.ts';
import { type DemoSummary, summarise } from '../demo/summary.ts';
import { CliError, exitCodes } from '../exit.ts';
import { askService, type FoundHouse, findHouse } from '../house/find.ts';
import { type OpenLog, withLog } from '../house/log.ts';
import { livePlaybook } from '../house/publish.ts';
import { CollectorClient } from '../house/send.ts';
import { playForever, playStory, type ShopClients } from '../shop/live.ts';
import { steadyZones } from '../shop/people.ts';
import { openTerminal, type Terminal } from '../terminal.ts';

interface DemoOptions {
  readonly once?: boolean;
  readonly seed: number;
  readonly customers: number;
  readonly json?: boolean;
}

/** Bounded runs need the hour of the playbook to pass in a minute or so. */
const SLOWEST_TIME_SCALE = 30;
const SPREAD_MS = 15_000;

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('simulated customers for the running house; --once: a bounded run that checks itself')
    .option(
      '--once',
      'a bounded run: send, drain, compare with the answer key, the offline fold and a rehearsal, print a summary',
    )
    .option('--seed <n>', 'seed of the customers', Number, 7)
    .option('--customers <n>', 'customers of a bounded run', Number, 150)
    .option('--json', 'print the summary as JSON')
    .addHelpText('after', '\nExamples:\n  kairos demo\n  kairos demo --once --seed 7 --json')
    .action(async (options: DemoOptions) => {
      const terminal = openTerminal(options.json === true);
      const house = await findHouse();
      await withLog(house, async (log) => {
        const live = await livePlaybook(log.kafka, log.serde);
        if (live === null) throw new CliError('No playbook is live: kairos playbook publish playbook --time-scale 60');
        const hourMs = 3_600_000 / live.timeScale;
        if (options.once !== true) return await stream(house, { ...options, hourMs, terminal });
        if (live.timeScale < SLOWEST_TIME_SCALE) {
          throw new CliError(
            `The live playbook runs at time scale ${live.timeScale}, so an hour takes ${hourMs / 60_000} min: publish it with --time-scale 60 first.`,
            exitCodes.usage,
          );
        }
        await once({ house, log, terminal, hourMs, options });
      });
    });
}

const newRunId = (seed: number): string => `demo${seed}${Date.now().toString(36)}${randomInt(1296).toString(36)}`;

const openClients = (house: FoundHouse): ShopClients => ({
  server: new CollectorClient(house.url('collector'), house.secrets.writeKeys.demo, { connections: 16 }),
  browser: new CollectorClient(house.url('collector'), house.secrets.writeKeys.browser, { connections: 16 }),
});

async function stream(house: FoundHouse, options: DemoOptions & { hourMs: number; terminal: Terminal }): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  let customers = 0;
  options.terminal.line('Customers come until Ctrl-C.');
  await playForever(openClients(house), {
    seed: options.seed,
    runId: newRunId(options.seed),
    hourMs: options.hourMs,
    everyMs: 1_000,
    signal: stop.signal,
    onStory: (kind) => options.terminal.progress(`${++customers} customers, the last one ${kind}`),
    onProblem: (problem) => options.terminal.line(`a customer was lost on the way: ${String(problem)}`),
  });
  options.terminal.endProgress();
}

/** `expiresAfter` of the reminders in the starter playbook, the longest that night may stop. */
const MESSAGE_LIFE_HOURS = 18;

interface Once {
  readonly house: FoundHouse;
  readonly log: OpenLog;
  readonly terminal: Terminal;
  readonly hourMs: number;
  readonly options: DemoOptions;
}

async function once({ house, log, terminal, hourMs, options }: Once): Promise<void> {
  const runId = newRunId(options.seed);
  const nowMs = Date.now();
  // Past the last moment and its draining, with an hour of the playbook for carts that wait, and past the life of what is
  // proposed last: where morning comes within it, a message waits for the morning instead of being dropped by the night.
  const zones = steadyZones(nowMs - 60_000, nowMs + (2 + MESSAGE_LIFE_HOURS) * hourMs + 3 * 60_000);
  const plan = planDemo({
    seed: options.seed,
    customers: options.customers,
    runId,
    hourMs,
    spreadMs: SPREAD_MS,
    zones,
  });
  const isOurs = (personId: string): boolean => personId.includes(`:${runId}-`);
  const starts = await markStarts(log);
  const messageIds = await play(house, plan, terminal);
  const drainedMs = await drain(house, plan.endAtMs(), terminal);
  const facts = await settle(() => collectFacts(log, starts, isOurs), terminal);
  const rehearsed = await rehearseRun(log, { isOurs, untilMs: drainedMs + REHEARSED_BEYOND_MS });
  const differences = [
    ...compareWithKey(answerKey(plan.stories, plan.startedAtMs()), facts),
    ...compareWithFold(await foldOffline(log), facts, isOurs),
    ...compareWithRehearsal(rehearsed, facts, drainedMs - TICK_MS),
  ];
  const summary = {
    ...summarise(facts, { customers: plan.stories.length, messageIds }),
    rehearsed: rehearsed.decided.length,
  };
  terminal.endProgress();
  report(terminal, { summary, differences });
  if (differences.length > 0 || summary.unexplained > 0 || summary.lost > 0) process.exitCode = exitCodes.failure;
}

/** Plays all stories at once and answers the ids of all accepted events. */
async function play(house: FoundHouse, plan: DemoPlan, terminal: Terminal): Promise<string[]> {
  const clients = openClients(house);
  plan.begin(Date.now());
  let over = 0;
  const played = await Promise.all(
    plan.stories.map(async (story) => {
      const calls = await playStory(story, clients, { startedAtMs: plan.startedAtMs() });
      terminal.progress(`${++over} of ${plan.stories.length} customers have done what they came for`);
      return calls.map(({ messageId }) => messageId);
    }),
  );
  await Promise.all([clients.server.close(), clients.browser.close()]);
  return played.flat();
}

/** Beyond the last moment: grace, ticks, collection window, deferred hand-overs. */
const SETTLE_MS = 8_000;
/** What comes due later than this before the end of draining is decided by a tick that may still be on its way. */
const TICK_MS = 3_000;
/** The house goes on deciding while its facts are read. */
const REHEARSED_BEYOND_MS = 60_000;

/** Waits until time in the log has passed the last scripted moment everywhere; answers how far it has come. */
async function drain(house: FoundHouse, lastMomentMs: number, terminal: Terminal): Promise<number> {
  const goalMs = lastMomentMs + SETTLE_MS;
  const giveUpMs = goalMs + 120_000;
  for (;;) {
    const { watermarks } = await askService<{ watermarks: readonly { timeMs: number }[] }>(
      house,
      'metrics',
      '/v1/watermarks',
    );
    const watermarkMs = Math.min(...watermarks.map(({ timeMs }) => timeMs));
    if (watermarks.length > 0 && watermarkMs >= goalMs) return watermarkMs;
    if (Date.now() > giveUpMs)
      throw new CliError(
        `Time in the log stands at ${new Date(watermarkMs).toISOString()} and does not reach ${new Date(goalMs).toISOString()}: see kairos status.`,
      );
    terminal.progress(
      `draining: the log is ${Math.max(0, Math.round((goalMs - watermarkMs) / 1000))} s before the last moment`,
    );
    await delay(500);
  }
}

/** Reads the facts until two readings agree: hand-overs end a moment after the last tick. */
async function settle(read: () => Promise<RunFacts>, terminal: Terminal): Promise<RunFacts> {
  const size = (facts: RunFacts): string => [facts.fired.length, facts.decisions.length, facts.reports.size].join(' ');
  let before = await read();
  for (let attempt = 0; attempt < 20; attempt++) {
    await delay(1_500);
    const now = await read();
    if (size(now) === size(before)) return now;
    before = now;
    terminal.progress('waiting for the last hand-overs');
  }
  return before;
}

function report(
  terminal: Terminal,
  { summary, differences }: { summary: DemoSummary; differences: readonly string[] },
): void {
  if (terminal.json) terminal.data(summary);
  else
    for (const [name, value] of Object.entries(summary))
      terminal.line(`${name.padEnd(12)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
  for (const difference of differences) process.stderr.write(`${difference}\n`);
  if (differences.length === 0)
    terminal.line(
      'The run equals the shop’s answer key, the offline fold of the recorded log, and the rehearsal of its events.',
    );
}
