import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseObject } from '@kairos/decisions';
import { CliError } from '../exit.ts';
import type { OpenLog } from '../house/log.ts';

/** A person of the read model, as training sees it. */
export interface Person {
  readonly personId: string;
  readonly profile: Readonly<Record<string, unknown>>;
  readonly segments: readonly string[];
}

/** Everybody in `profiles.changed` as they stand, in order of id, so that partitions and their count change nothing. */
export async function personsOfLog(
  { kafka, serde }: OpenLog,
  onRead: (persons: number) => void,
): Promise<readonly Person[]> {
  const topic = 'profiles.changed';
  const latest = new Map<string, Person | null>();
  const partitions = Array.from({ length: await kafka.partitionCount(topic) }, (_, partition) => partition);
  let waiting: Promise<void> = Promise.resolve();
  const reader = await kafka.read({
    topic,
    partitions,
    onRecords: (batch) => {
      waiting = waiting.then(async () => {
        for (const { key, value } of batch) {
          const personId = key?.toString('utf8') ?? '';
          // Null is an erased person; one who has moved is known under another name.
          const changed = value === null ? null : await serde.decode(topic, value);
          const profile = changed === null || changed.movedTo !== null ? null : parseObject(changed.profile);
          latest.set(personId, profile === null ? null : { personId, profile, segments: changed?.segments ?? [] });
        }
        onRead(latest.size);
      });
    },
  });
  await reader.done;
  await waiting;
  return inOrder([...latest.values()].filter((one) => one !== null));
}

/** One JSON object a line: `{ "personId": "user:1", "profile": { … }, "segments": [] }`, as metrics and exports write it. */
export async function personsOfFile(file: string, onRead: (persons: number) => void): Promise<readonly Person[]> {
  const persons: Person[] = [];
  let line = 0;
  const fail = (what: string) => new CliError(`${file}:${line} ${what}: give one {"personId", "profile"} per line.`);
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  try {
    for await (const text of lines) {
      line += 1;
      if (text.trim() === '') continue;
      const value = parseObject(text);
      if (value === null) throw fail('is no JSON object');
      const { personId, segments } = value;
      const profile = typeof value.profile === 'string' ? parseObject(value.profile) : value.profile;
      if (typeof personId !== 'string') throw fail('has no personId');
      if (typeof profile !== 'object' || profile === null || Array.isArray(profile)) throw fail('has no profile');
      const ids = Array.isArray(segments) ? segments.filter((one) => typeof one === 'string') : [];
      persons.push({ personId, profile: profile as Person['profile'], segments: ids });
      onRead(persons.length);
    }
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`${file} could not be read (${String(error)}): name a file with one person a line.`);
  }
  return inOrder(persons);
}

const inOrder = (persons: readonly Person[]): readonly Person[] =>
  [...persons].sort((a, b) => (a.personId < b.personId ? -1 : a.personId > b.personId ? 1 : 0));
