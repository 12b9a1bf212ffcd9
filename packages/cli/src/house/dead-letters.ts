import { deadLettersOf, type TopicName, topics } from '@kairos/contracts';
import { type DeadLetter, readDeadLetters } from '@kairos/stream-kit';
import { CliError } from '../exit.ts';
import type { OpenLog } from './log.ts';

/** A dead letter with the id under which the command line speaks of it. */
export interface Letter {
  /** `<dead-letter topic>/<partition>/<offset>`. */
  readonly id: string;
  readonly letter: DeadLetter;
}

/** All letters of a topic, or of every topic, oldest first. */
export async function readLetters({ kafka }: OpenLog, topic?: string): Promise<Letter[]> {
  if (topic !== undefined && !Object.hasOwn(topics, topic)) {
    throw new CliError(`There is no topic ${topic}; there are ${Object.keys(topics).join(', ')}.`);
  }
  const letters: Letter[] = [];
  for (const name of topic === undefined ? (Object.keys(topics) as TopicName[]) : [topic as TopicName]) {
    const dead = deadLettersOf(name);
    // Changelogs have no dead letters.
    if ((await kafka.partitionCount(dead).catch(() => 0)) === 0) continue;
    for (const letter of await readDeadLetters(kafka, name)) {
      letters.push({ id: `${dead}/${letter.partition}/${letter.offset}`, letter });
    }
  }
  return letters.sort((a, b) => a.letter.buriedAtMs - b.letter.buriedAtMs);
}

/** Refuses what can't be put back: an event that the collector refused was never a record. */
export function assertReplayable({ id, letter }: Letter): void {
  if (letter.originalOffset >= 0) return;
  throw new CliError(
    `${id} was refused at the door (${letter.code}: ${letter.reason}): correct the event and send it to the collector again.`,
  );
}
