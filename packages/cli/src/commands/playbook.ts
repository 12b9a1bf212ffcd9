import {
  describe,
  findConflicts,
  formatIssue,
  type LintIssue,
  parsePlaybook,
  runPlaybookTests,
  type TestResult,
} from '@kairos/playbook';
import type { Command } from 'commander';
import { CliError, exitCodes } from '../exit.ts';
import { findHouse } from '../house/find.ts';
import { withLog } from '../house/log.ts';
import { publishPlaybook, readPlaybookFiles } from '../house/publish.ts';
import { openTestHouse } from '../playbook/test-house.ts';
import { colours, openTerminal, type Terminal } from '../terminal.ts';

export function registerPlaybook(program: Command): void {
  const command = program
    .command('playbook')
    .description('the rules that marketers own: lint, test, describe, publish');
  command
    .command('lint <folder>')
    .description('every fault with file, line, value and remedy')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  kairos playbook lint playbook')
    .action(lint);
  command
    .command('test <folder>')
    .description('run the *.test.yaml beside the rules, in virtual time, through the real stages')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  kairos playbook test playbook')
    .action(test);
  command
    .command('describe <folder> [ids...]')
    .description('each definition as one sentence that a business user can sign')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  kairos playbook describe playbook\n  kairos playbook describe playbook cart-left',
    )
    .action(describeAll);
  command
    .command('conflicts <folder>')
    .description('where rules stand in each other’s way, or one in its own')
    .option('--drafts', 'look at drafts, too')
    .option('--strict', 'fail for warnings, too')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nAn error is certain, a warning may happen. Ends with 1 for errors (with --strict also for warnings) and for faults of lint.\n\nExamples:\n  kairos playbook conflicts playbook\n  kairos playbook conflicts playbook --drafts --json',
    )
    .action(conflicts);
  command
    .command('publish <folder>')
    .description('make the folder live in every stage, without a restart')
    .option('--time-scale <n>', 'divide every duration by n (demo only)', Number, 1)
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  kairos playbook publish playbook\n  kairos playbook publish playbook --time-scale 60',
    )
    .action(publish);
}

interface JsonOption {
  readonly json?: boolean;
}

async function lint(folder: string, options: JsonOption): Promise<void> {
  const terminal = openTerminal(options.json === true);
  const { definitions, issues } = parsePlaybook(await readPlaybookFiles(folder));
  const faults = issues.filter((issue) => issue.severity === 'error');
  if (options.json === true) terminal.data({ definitions: definitions.length, issues });
  else
    printIssues(
      terminal,
      issues,
      `${definitions.length} definitions, ${faults.length} faults, ${issues.length - faults.length} warnings`,
    );
  if (faults.length > 0) process.exitCode = exitCodes.failure;
}

function printIssues(terminal: Terminal, issues: readonly LintIssue[], summary: string): void {
  for (const issue of issues)
    terminal.line((issue.severity === 'error' ? colours.red : colours.yellow)(formatIssue(issue)));
  terminal.line(summary);
}

interface ConflictFlags extends JsonOption {
  readonly drafts?: boolean;
  readonly strict?: boolean;
}

async function conflicts(folder: string, options: ConflictFlags): Promise<void> {
  const terminal = openTerminal(options.json === true);
  const parsed = parsePlaybook(await readPlaybookFiles(folder));
  const statuses = ['live', 'paused', ...(options.drafts === true ? ['draft' as const] : [])] as const;
  const found = findConflicts(parsed, { statuses });
  const errors = found.filter(({ severity }) => severity === 'error');
  // Of what lint refuses nothing is known; the rest is looked at all the same. Lint refuses endless loops, too.
  const isFound = ({ path, message, file }: LintIssue) =>
    found.some((one) => one.file === file && one.path === path && one.message === message);
  const faults = parsed.issues.filter((issue) => issue.severity === 'error' && !isFound(issue));
  if (options.json === true)
    terminal.data({ definitions: parsed.definitions.length, issues: faults, conflicts: found });
  else {
    printIssues(
      terminal,
      [...faults, ...found.map((one) => ({ ...one, message: `${one.code} ${one.message}` }))],
      `${parsed.definitions.length} definitions, ${faults.length} faults, ${errors.length} conflicts, ${found.length - errors.length} possible ones`,
    );
  }
  const isBad = errors.length + faults.length > 0 || (options.strict === true && found.length > 0);
  if (isBad) process.exitCode = exitCodes.failure;
}

async function test(folder: string, options: JsonOption): Promise<void> {
  const terminal = openTerminal(options.json === true);
  const { results, issues } = await runPlaybookTests(await readPlaybookFiles(folder), openTestHouse);
  const failed = results.filter((result) => result.failures.length > 0);
  const faults = issues.filter((issue) => issue.severity === 'error');
  if (options.json === true)
    terminal.data({ passed: results.length - failed.length, failed: failed.length, results, issues });
  else {
    for (const result of results) printResult(terminal, result);
    printIssues(terminal, issues, `${results.length - failed.length} passed, ${failed.length} failed`);
  }
  if (results.length === 0 && faults.length === 0)
    throw new CliError(`${folder} holds no *.test.yaml: put one beside a rule.`);
  if (failed.length + faults.length > 0) process.exitCode = exitCodes.failure;
}

function printResult(terminal: Terminal, { failures, file, line, name, facts }: TestResult): void {
  terminal.line(`${failures.length === 0 ? colours.green('✓') : colours.red('✗')} ${file}:${line} ${name}`);
  for (const failure of failures) terminal.line(`    ${failure}`);
  if (failures.length > 0) for (const fact of facts) terminal.line(colours.dim(`    ${fact}`));
}

async function describeAll(folder: string, ids: readonly string[], options: JsonOption): Promise<void> {
  const terminal = openTerminal(options.json === true);
  const { definitions } = parsePlaybook(await readPlaybookFiles(folder));
  const missing = ids.filter((id) => !definitions.some((definition) => definition.id === id));
  if (missing.length > 0)
    throw new CliError(
      `${folder} has no definition ${missing.join(', ')}; it has ${definitions.map(({ id }) => id).join(', ')}.`,
    );
  const wanted = definitions.filter(({ id }) => ids.length === 0 || ids.includes(id));
  const described = wanted.map((definition) => ({
    kind: definition.kind,
    id: definition.id,
    sentence: describe(definition, definitions),
  }));
  if (options.json === true) return terminal.data(described);
  for (const { kind, id, sentence } of described)
    terminal.line(`${colours.bold(id)} ${colours.dim(kind)}\n  ${sentence}`);
}

async function publish(folder: string, options: JsonOption & { timeScale: number }): Promise<void> {
  const terminal = openTerminal(options.json === true);
  if (!(options.timeScale > 0)) throw new CliError('--time-scale takes a number above 0, such as 60.', exitCodes.usage);
  const house = await findHouse();
  const published = await withLog(house, (log) =>
    publishPlaybook(log, { folder, timeScale: options.timeScale, publishedBy: 'kairos playbook publish' }),
  );
  if (options.json === true) return terminal.data(published);
  terminal.line(
    `${published.definitions} definitions are live as version ${published.version.slice(0, 12)}; every stage switches within seconds.`,
  );
}
