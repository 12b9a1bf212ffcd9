import { type ComputedTraitDefinition, formatDuration } from '@kairos/decisions';
import { conditionWords, events, valueWords } from './describe-condition.ts';
import { quote } from './describe-words.ts';

const ways: Readonly<Record<ComputedTraitDefinition['compute'], string>> = {
  count: 'how often a person did',
  sum: 'the sum of',
  average: 'the average of',
  min: 'the smallest of',
  max: 'the largest of',
  first: 'the first of',
  last: 'the last of',
  distinct: 'the number of different values of',
  top: 'the most frequent of',
};

export function describeComputedTrait(trait: ComputedTraitDefinition): string {
  const { id, events: counted, where, compute, value, withinMs } = trait;
  const of = value === null ? '' : ` ${valueWords(value)} over all`;
  const only = where === null ? '' : ` where ${conditionWords(where)}`;
  const when = withinMs === null ? 'since this was published' : `in the last ${formatDuration(withinMs)}`;
  return `${quote(id)} is ${ways[compute]}${of} ${events(counted)}${only} ${when}.`;
}
