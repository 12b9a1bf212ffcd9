import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { benches } from './benches/index.ts';
import { baselineFile, joined, missedGates, readBaseline, toBaseline, writeJson } from './kit/baseline.ts';
import type { Bench } from './kit/bench.ts';
import { openContext } from './kit/context.ts';
import { writePlot } from './kit/plots.ts';
import { profilesAsText } from './kit/profile.ts';
import { jsonLine, readable } from './kit/report.ts';

interface CommonOptions {
  readonly json: boolean;
  readonly runs: number;
  readonly quick: boolean;
  readonly gate: boolean;
  readonly saveBaseline: boolean;
  readonly profile: boolean;
}

const exitCodes = { ok: 0, gateMissed: 1, failed: 1, usage: 2 };

const say = (text: string): void => void process.stderr.write(`bench: ${text}\n`);

const toRuns = (value: string): number => {
  const runs = Number(value);
  if (!Number.isInteger(runs) || runs < 1) throw new InvalidArgumentError('a whole number of at least 1');
  return runs;
};

const optionsOf = (bench: Bench, given: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(bench.options ?? {}).map(([name, about]) => [name, String(given[name] ?? about.default)]),
  );

/** Options that differ from their defaults, as a part of a file name. */
const variantOf = (bench: Bench, options: Readonly<Record<string, string>>): string =>
  Object.entries(bench.options ?? {})
    .filter(([name, about]) => options[name] !== about.default && about.choosesPart !== true)
    .map(([name]) => `${name}-${options[name]}`)
    .join('.');

const run = async (bench: Bench, common: CommonOptions, options: Record<string, string>): Promise<number> => {
  const runs = common.quick ? 1 : common.runs;
  const { context, profileTo, close } = openContext({ ...common, runs, options, say });
  const interrupted = (signal: NodeJS.Signals): void => {
    say(`${signal}: ending what was started`);
    void close().finally(() => process.exit(130));
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    const result = await bench.run(context);
    const file = baselineFile(bench.name, variantOf(bench, options));
    const report = { bench, result, runs, quick: common.quick, baseline: readBaseline(file) };
    process.stdout.write(`${common.json ? jsonLine(report) : readable(report)}\n`);
    if (profileTo !== undefined) say(`profiles in ${profileTo}\n${profilesAsText(profileTo)}`);
    if (common.saveBaseline && common.quick) say('not saved as a baseline: a quick run measures nothing');
    else if (common.saveBaseline) {
      writeJson(file, joined(toBaseline(bench, result, { runs, options }), report.baseline));
      for (const saved of [file, ...(result.plots ?? []).map(writePlot)]) say(`saved ${saved}`);
      say('npm run generate brings docs/performance.md up to date');
    }
    return common.gate && missedGates(result.figures, bench.figures).length > 0 ? exitCodes.gateMissed : exitCodes.ok;
  } finally {
    await close();
  }
};

const subcommand = (bench: Bench): Command => {
  const command = new Command(bench.name)
    .description(bench.about)
    .option('--json', 'one JSON line on stdout instead of the table', false)
    .option('--runs <n>', 'how often each variant runs', toRuns, 3)
    .option('--quick', 'small sizes, one run: shows that it works, measures nothing', false)
    .option('--gate', 'exit 1 when a ratio that is demanded is missed', false)
    .option('--save-baseline', 'keep the figures in tests/bench/baselines', false)
    .option('--profile', 'take a CPU profile of each work and print where the time went', false);
  for (const [name, { about, default: value }] of Object.entries(bench.options ?? {})) {
    command.option(`--${name} <value>`, `${about} (default: ${value})`);
  }
  const examples = ['', '--json', ...(bench.examples ?? [])].map((rest) =>
    `  pnpm bench ${bench.name} ${rest}`.trimEnd(),
  );
  const gates = Object.entries(bench.figures).map(([name, { about, better, gate }]) =>
    gate === undefined ? `  ${name}: ${about}` : `  ${name} ${better === 'lower' ? '≤' : '≥'} ${gate}: ${about}`,
  );
  return command
    .addHelpText('after', `\nFigures:\n${gates.join('\n')}\n\nExamples:\n${examples.join('\n')}`)
    .action(async (given: CommonOptions & Record<string, unknown>) => {
      process.exitCode = await run(bench, given, optionsOf(bench, given));
    });
};

const program = new Command('bench')
  .usage('<name> [--json] [--runs <n>] [--quick]')
  .description('What Kairos costs, as ratios against what one would use instead. Method: docs/performance.md')
  .showHelpAfterError('(see pnpm bench --help)')
  .showSuggestionAfterError()
  .addHelpText(
    'after',
    `
Examples:
  pnpm bench codec                     a table, with the stored baseline beside it
  pnpm bench client --json             one JSON line on stdout, progress on stderr
  pnpm bench timers --runs 5 --gate    medians of five; exit 1 when a demanded ratio is missed
  pnpm bench restore --quick           small sizes, to see that it works
  KAIROS_TEST_STACK=<stack.json> pnpm bench client    on a stack that runs already`,
  )
  .exitOverride();
for (const bench of benches) program.addCommand(subcommand(bench).exitOverride());

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  else {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = exitCodes.failed;
  }
}
// Clients that a bench has left open must not keep the figures waiting.
process.stdout.write('', () => process.exit());
