import { deadLettersOf, headers as names, type TopicName, topics } from '@kairos/contracts';
import type { IncomingRecord, OutgoingRecord } from '@kairos/stream-kit';
import { CliError } from '../exit.ts';
import type { OpenLog } from './log.ts';

/** A record that could not be processed, as the command line shows it. */
export interface Letter {
  /** Where the letter lies: `<topic>/<partition>/<offset>` of the dead-letter topic. */
  readonly id: string;
  readonly topic: string;
  /** Where the record had come from. */
  readonly partition: number;
  readonly offset: number;
  readonly code: string;
  readonly reason: string;
  readonly attempts: number;
  readonly atMs: number;
  readonly record: IncomingRecord;
}

const text = (record: IncomingRecord, name: string): string => record.headers[name]?.toString('utf8') ?? '';

function toLetter(record: IncomingRecord): Letter {
  return {
    id: `${record.topic}/${record.partition}/${record.offset}`,
    topic: text(record, names.deadTopic),
    partition: Number(text(record, names.deadPartition) || -1),
    offset: Number(text(record, names.deadOffset) || -1),
    code: text(record, names.deadCode),
    reason: text(record, names.deadReason),
    attempts: Number(text(record, names.deadAttempts) || 0),
    atMs: Number(text(record, names.deadAtMs) || record.logTimeMs),
    record,
  };
}

/** All letters of a topic, or of every topic, oldest first. */
export async function readLetters({ kafka }: OpenLog, topic?: string): Promise<Letter[]> {
  if (topic !== undefined && !Object.hasOwn(topics, topic)) {
    throw new CliError(`There is no topic ${topic}; there are ${Object.keys(topics).join(', ')}.`);
  }
  const wanted = topic === undefined ? (Object.keys(topics) as TopicName[]) : [topic as TopicName];
  const letters: Letter[] = [];
  for (const name of wanted) {
    const dead = deadLettersOf(name);
    const count = await kafka.partitionCount(dead).catch(() => 0);
    if (count === 0) continue;
    const partitions = Array.from({ length: count }, (_, partition) => partition);
    const reader = await kafka.read({
      topic: dead,
      partitions,
      onRecords: (records) => void letters.push(...records.map(toLetter)),
    });
    await reader.done;
  }
  return letters.sort((a, b) => a.atMs - b.atMs);
}

const deadHeaders: ReadonlySet<string> = new Set([
  names.deadCode,
  names.deadReason,
  names.deadTopic,
  names.deadPartition,
  names.deadOffset,
  names.deadAttempts,
  names.deadAtMs,
]);

/** The record as it first came, to be written to its topic again: same key, same bytes, same ids. */
export const toReplay = ({ topic, record }: Letter): OutgoingRecord => ({
  topic,
  key: record.key,
  value: record.value,
  headers: Object.fromEntries(Object.entries(record.headers).filter(([name]) => !deadHeaders.has(name))),
});
