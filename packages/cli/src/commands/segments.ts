import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { checkCondition } from '@kairos/decisions';
import { writeModel } from '@kairos/playbook';
import type { Command } from 'commander';
import { CliError, exitCodes } from '../exit.ts';
import { findHouse } from '../house/find.ts';
import { withLog } from '../house/log.ts';
import { drawModel } from '../segments/draw-svg.ts';
import { DEFAULT_FEATURES, FEATURE_FORM, readFeatures } from '../segments/feature-text.ts';
import { type FitReport, fit, MAX_TRAINED } from '../segments/fit.ts';
import { showNumber } from '../segments/fit-kmeans.ts';
import type { FitOptions } from '../segments/fit-types.ts';
import { type Person, personsOfFile, personsOfLog } from '../segments/persons.ts';
import { checkedModel, publishModel } from '../segments/publish-model.ts';
import { colours, openTerminal, type Terminal } from '../terminal.ts';

const HELP = `
A feature is ${FEATURE_FORM}.
Persons come from profiles.changed of the running house unless --from names a file with one {"personId", "profile"} per line.
The same persons, options and --seed give the same model. Above ${MAX_TRAINED.toLocaleString('en')} persons a sample is trained on.

Examples:
  kairos segments fit --kind kmeans --groups 4 --out playbook/models/shoppers.yaml --svg shoppers.svg
  kairos segments fit --kind kmeans --features 'views=profile.counters["Product Viewed"]:log, orders=profile.orderCount:log'
  kairos segments fit --kind tree --label profile.traits.churnRisk --id churn --depth 3
  kairos segments fit --kind tree --label segment:high-value --id big --features 'profile.orderCount, profile.eventCount' --publish`;

interface Flags {
  readonly kind: string;
  readonly id?: string;
  readonly features: string;
  readonly where: string;
  readonly groups: string;
  readonly label?: string;
  readonly depth: string;
  readonly seed: string;
  readonly at?: string;
  readonly from?: string;
  readonly out?: string;
  readonly svg?: string;
  readonly publish?: boolean;
  readonly json?: boolean;
}

export function registerSegments(program: Command): void {
  const command = program
    .command('segments')
    .description('segments that learn: k-means and decision trees over profiles');
  command
    .command('fit')
    .description('train a model on the read model, and say how good it is and who is in which group')
    .requiredOption('--kind <kind>', 'kmeans: persons who are alike; tree: questions that tell a label')
    .option('--id <id>', 'id of the model, and how its groups begin (shoppers, or likely for a tree)')
    .option('--features <list>', 'what is looked at', DEFAULT_FEATURES)
    .option('--where <condition>', 'who is grouped; empty for everybody', 'profile.orderCount > 0')
    .option('--groups <n>', 'how many groups k-means makes', '3')
    .option('--label <label>', 'what a tree learns: profile.traits.<name>, or segment:<id>')
    .option('--depth <n>', 'at most so many questions in a row', '3')
    .option('--seed <n>', 'of every random choice', '7')
    .option('--at <moment>', 'days count back from here, such as 2011-12-10T00:00:00Z; now unless given')
    .option('--from <file>', 'persons from a file instead of the running house')
    .option('--out <file>', 'write the model as YAML, for the playbook')
    .option('--svg <file>', 'draw it')
    .option('--publish', 'put it into the live playbook')
    .option('--json', 'as JSON')
    .addHelpText('after', HELP)
    .action(fitCommand);
}

async function fitCommand(flags: Flags): Promise<void> {
  const terminal = openTerminal(flags.json === true);
  const options = optionsOf(flags);
  const report = fit(await readPersons(flags, terminal), options);
  const yaml = writeModel(report.model);
  checkedModel(report.model, []);
  if (flags.out !== undefined) await write(flags.out, yaml, '--out');
  if (flags.svg !== undefined) await write(flags.svg, drawModel(report), '--svg');
  const version = flags.publish === true ? await withHouse((log) => publishModel(log, report.model)) : null;
  if (flags.json === true) {
    const { model, quality, trainedOn, asked, read, groups } = report;
    return terminal.data({ model, quality, trainedOn, asked, read, groups, published: version });
  }
  print(terminal, report);
  if (flags.out !== undefined)
    terminal.line(
      `The model is in ${flags.out}. Its groups are named by what sets them apart: give them the names that you use.`,
    );
  else if (version === null) terminal.line(`\n${yaml}`);
  if (flags.svg !== undefined) terminal.line(`Its picture is in ${flags.svg}.`);
  if (version !== null)
    terminal.line(`It is live in version ${version.slice(0, 12)}: each person enters a group with the next event.`);
}

const withHouse = async <T>(use: Parameters<typeof withLog<T>>[1]): Promise<T> => withLog(await findHouse(), use);

async function readPersons({ from }: Flags, terminal: Terminal): Promise<readonly Person[]> {
  const onRead = (persons: number) => {
    if (persons % 1_000 === 0) terminal.progress(`read ${persons.toLocaleString('en')} persons`);
  };
  const persons =
    from === undefined ? await withHouse((log) => personsOfLog(log, onRead)) : await personsOfFile(from, onRead);
  terminal.endProgress();
  return persons;
}

async function write(file: string, content: string, flag: string): Promise<void> {
  try {
    await mkdir(path.dirname(path.resolve(file)), { recursive: true });
    await writeFile(file, content);
  } catch (error) {
    throw new CliError(
      `${flag} ${file} could not be written (${String(error)}): name a file in a folder that you may write to.`,
    );
  }
}

const usage = (message: string): CliError => new CliError(message, exitCodes.usage);

function whole(flag: string, text: string, { from, to }: { readonly from: number; readonly to: number }): number {
  const number = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(number) && number >= from && number <= to) return number;
  throw usage(`${flag} is “${text}”: give a whole number from ${from} to ${to}.`);
}

export function optionsOf(flags: Flags, nowMs: number = Date.now()): FitOptions {
  const { kind, id, where, label, at } = flags;
  if (kind !== 'kmeans' && kind !== 'tree') throw usage(`--kind is “${kind}”: give kmeans or tree.`);
  if (kind === 'tree' && label === undefined) {
    throw usage(
      'A tree learns what somebody else knows: say what, as in --label profile.traits.plan or --label segment:high-value.',
    );
  }
  if (kind === 'kmeans' && label !== undefined)
    throw usage('--label is for --kind tree: k-means looks for groups by itself.');
  const name = id ?? (kind === 'kmeans' ? 'shoppers' : 'likely');
  if (!/^[a-z0-9][a-z0-9._-]{0,39}$/.test(name)) {
    throw usage(`--id is “${name}”: give lower case letters, digits, dots, hyphens, at most 40.`);
  }
  const [fault] = where === '' ? [] : checkCondition(where);
  if (fault !== undefined)
    throw usage(`--where “${where}”: ${fault.message}; see docs/reference/playbook.md, “Conditions”.`);
  const atMs = at === undefined ? nowMs : Date.parse(at);
  if (!Number.isFinite(atMs)) throw usage(`--at is “${at}”: give a moment such as 2011-12-10T00:00:00Z.`);
  return {
    kind,
    id: name,
    features: readFeatures(flags.features),
    where: where === '' ? null : where,
    groups: whole('--groups', flags.groups, { from: 2, to: 20 }),
    label: label ?? null,
    depth: whole('--depth', flags.depth, { from: 1, to: 10 }),
    seed: whole('--seed', flags.seed, { from: 0, to: 1_000_000 }),
    atMs,
  };
}

function print(terminal: Terminal, { model, quality, groups, trainedOn, asked, read, table }: FitReport): void {
  const sample = trainedOn < asked ? `, trained on a sample of ${trainedOn.toLocaleString('en')}` : '';
  terminal.line(
    `${colours.bold(model.id)}: ${asked.toLocaleString('en')} of ${read.toLocaleString('en')} persons${sample}`,
  );
  terminal.line(quality);
  for (const { id, persons, share, means } of groups) {
    terminal.line(`${colours.bold(id)}  ${persons.toLocaleString('en')} persons, ${(share * 100).toFixed(1)} %`);
    const words = table.features.map(
      ({ name, reads }) => `${name} ${showNumber(means[name] ?? 0)}${reads === 'daysSince' ? ' days' : ''}`,
    );
    terminal.line(colours.dim(`    on average ${words.join(', ')}`));
  }
}
