import type { TopicName } from '@kairos/contracts';
import { replayDeadLetter } from '@kairos/stream-kit';
import type { Command } from 'commander';
import { CliError } from '../exit.ts';
import { assertReplayable, type Letter, readLetters } from '../house/dead-letters.ts';
import { findHouse } from '../house/find.ts';
import { type OpenLog, withLog } from '../house/log.ts';
import { colours, openTerminal } from '../terminal.ts';

interface JsonOption {
  readonly json?: boolean;
}

export function registerDeadLetters(program: Command): void {
  const command = program
    .command('dead-letters')
    .description('records that could not be processed: list, show, replay');
  command
    .command('list [topic]')
    .description('every letter with its reason')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  kairos dead-letters list\n  kairos dead-letters list events.collected --json')
    .action(list);
  command
    .command('show <id>')
    .description('one letter: where it came from, why, its headers and its value')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  kairos dead-letters show events.collected.dead-letters/3/0')
    .action(show);
  command
    .command('replay [ids...]')
    .description(
      'write records to their topic again, with the same key and ids; what took effect already is dropped as a repeat',
    )
    .option('--all <topic>', 'every letter of a topic')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  kairos dead-letters replay events.collected.dead-letters/3/0\n  kairos dead-letters replay --all events.collected',
    )
    .action(replay);
}

/** What `list` shows: everything but the bytes. */
const summaryOf = ({ id, letter }: Letter) => ({
  id,
  topic: letter.topic,
  partition: letter.originalPartition,
  offset: letter.originalOffset,
  code: letter.code,
  reason: letter.reason,
  attempts: letter.attempts,
  atMs: letter.buriedAtMs,
});

async function list(topic: string | undefined, options: JsonOption): Promise<void> {
  const terminal = openTerminal(options.json === true);
  const letters = await withLog(await findHouse(), (log) => readLetters(log, topic));
  if (options.json === true) return terminal.data(letters.map(summaryOf));
  for (const letter of letters.map(summaryOf)) {
    terminal.line(
      `${colours.bold(letter.id)}  ${new Date(letter.atMs).toISOString()}  ${letter.code} after ${letter.attempts} tries\n    ${letter.reason}`,
    );
  }
  terminal.line(letters.length === 0 ? 'No dead letters.' : `${letters.length} dead letters.`);
}

/** The topic of a letter id such as `events.collected.dead-letters/3/0`. */
function topicOf(id: string): string {
  const match = /^(.+)\.dead-letters\/\d+\/\d+$/.exec(id);
  if (match?.[1] === undefined)
    throw new CliError(
      `"${id}" is not the id of a letter: ids look like events.collected.dead-letters/3/0 (kairos dead-letters list).`,
    );
  return match[1];
}

async function findLetter(log: OpenLog, id: string): Promise<Letter> {
  const letter = (await readLetters(log, topicOf(id))).find((one) => one.id === id);
  if (letter === undefined)
    throw new CliError(`There is no letter ${id}: kairos dead-letters list shows which there are.`);
  return letter;
}

/** Avro of the topic, or the JSON of an event that the collector refused, or the bytes. */
async function decodedOf(log: OpenLog, { letter: { topic, value } }: Letter): Promise<unknown> {
  if (value === null) return null;
  try {
    return await log.serde.decode(topic as TopicName, value);
  } catch {
    return jsonOf(value) ?? { undecodable: value.toString('base64'), as: 'base64' };
  }
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

async function show(id: string, options: JsonOption): Promise<void> {
  const terminal = openTerminal(options.json === true);
  await withLog(await findHouse(), async (log) => {
    const found = await findLetter(log, id);
    const { headers, key } = found.letter;
    terminal.data({
      ...summaryOf(found),
      key: key?.toString('utf8') ?? null,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.toString('utf8')])),
      value: await decodedOf(log, found),
    });
  });
}

/** Each letter once, also when it is named twice. */
const findAll = (log: OpenLog, ids: readonly string[]): Promise<Letter[]> =>
  Promise.all([...new Set(ids)].map((id) => findLetter(log, id)));

async function replay(ids: readonly string[], options: JsonOption & { all?: string }): Promise<void> {
  const terminal = openTerminal(options.json === true);
  if (ids.length === 0 && options.all === undefined)
    throw new CliError('Say which: ids of letters, or --all <topic>.', 2);
  const replayed = await withLog(await findHouse(), async (log) => {
    const letters = options.all === undefined ? await findAll(log, ids) : await readLetters(log, options.all);
    for (const letter of letters) assertReplayable(letter);
    const producer = await log.kafka.producer();
    try {
      for (const { letter } of letters) await replayDeadLetter(producer, letter);
    } finally {
      await producer.close();
    }
    return letters;
  });
  if (options.json === true) terminal.data({ replayed: replayed.map(({ id }) => id) });
  else terminal.line(`${replayed.length} records are on their topics again.`);
}
