import type { RehearsalReport } from '@kairos/contracts';
import { sampleRank } from './fates.ts';
import type { Tally } from './tally.ts';

const MAX_SAMPLES = 10;

/** Persons whose fate is another one under the second playbook, and the two stories of some of them. */
export function differenceOf(a: Tally, b: Tally): NonNullable<RehearsalReport['difference']> {
  const different: string[] = [];
  for (const [personId, { mark }] of a.persons) if (b.persons.markOf(personId) !== mark) different.push(personId);
  for (const [personId, { mark }] of b.persons) {
    if (mark !== 0 && !a.persons.has(personId)) different.push(personId);
  }
  const storyOf = (personId: string) => ({ personId, a: a.timelines.of(personId), b: b.timelines.of(personId) });
  const isTold = (personId: string): boolean => a.timelines.of(personId) !== null || b.timelines.of(personId) !== null;
  const ranked = [...different].sort((one, other) => sampleRank(one) - sampleRank(other) || (one < other ? -1 : 1));
  const told = ranked.filter(isTold);
  const samples = [...told, ...ranked.filter((one) => !isTold(one))].slice(0, MAX_SAMPLES);
  return { persons: different.length, samples: samples.map(storyOf) };
}
