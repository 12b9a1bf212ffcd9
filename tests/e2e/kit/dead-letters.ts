import { expect } from '@jest/globals';
import { eventually, kairos, timelineOf } from './house.ts';

/** A dead letter as `kairos dead-letters list --json` tells it. */
export interface Letter {
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly code: string;
  readonly reason: string;
}

const lettersOf = async (topic: string): Promise<readonly Letter[]> => {
  const { code, stdout, stderr } = await kairos(['dead-letters', 'list', topic, '--json']);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as readonly Letter[];
};

let known: readonly Letter[] = [];

/** The letter on events.collected that fits, once it is there. */
export const letterWith = (what: string, fits: (letter: Letter) => boolean): Promise<Letter> =>
  eventually(`the dead letter of ${what}`, async () => {
    const found = known.find(fits);
    if (found !== undefined) return found;
    known = await lettersOf('events.collected');
    return known.find(fits);
  });

/** Waits for an event in the person's timeline. */
export const arrives = (userId: string, event: string) =>
  eventually(`${event} of ${userId}`, async () =>
    (await timelineOf(`user:${userId}`)).some(({ title }) => title === event),
  );
