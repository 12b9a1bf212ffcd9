import { type EventMatch, mayHoldTogether, type TriggerDefinition } from '@kairos/decisions';
import { list, quote } from '../describe-words.ts';
import type { Book } from './book.ts';
import type { ConflictFinding } from './conflict.ts';
import { isMember, seenAtEnd } from './same-start.ts';

/** A condition that must hold when a trigger fires, with the words for it. */
interface Demand {
  readonly words: string;
  readonly text: string;
}

/** Triggers that fire only for persons who can't be in their audience: at the very moment one of their demands is false. */
export function findNeverFiring(book: Book): ConflictFinding[] {
  return book.triggers.flatMap((trigger) => {
    const always = demandsOf(trigger, book);
    const ways = waysOf(trigger);
    const dead = ways.every((way) => !mayHoldTogether([...always, ...way].map(({ text }) => text)));
    if (!dead) return [];
    const demands = [...always, ...(ways[0] ?? [])];
    const finding: ConflictFinding = {
      code: 'NEVER_FIRES',
      definition: trigger,
      path: trigger.audience === null ? ['when'] : ['audience'],
      value: trigger.audience ?? trigger.id,
      with: demands.flatMap(({ words }) => [...book.segments.values()].filter(({ id }) => words === segmentWords(id))),
      words: { what: list([...new Set(demands.map(({ words }) => words))], 'and') },
    };
    return [finding];
  });
}

const segmentWords = (id: string): string => `the segment ${quote(id)}`;

/** What holds of everybody for whom it fires. */
function demandsOf({ when, audience, pilot }: TriggerDefinition, { segments }: Book): readonly Demand[] {
  const demands: Demand[] = [];
  if (audience !== null) demands.push({ words: 'the audience', text: audience });
  if (pilot !== undefined) demands.push(...memberDemands(pilot, true, segments.get(pilot)?.where));
  if (when.type === 'segment') {
    demands.push(...memberDemands(when.segment, when.change === 'enters', segments.get(when.segment)?.where));
  }
  if (when.type === 'profileChange' && when.to !== null) demands.push({ words: '`to`', text: when.to });
  return demands;
}

/** Whoever is in, fulfils the segment's own condition: both follow the same profile. */
function memberDemands(id: string, isIn: boolean, where: string | undefined): readonly Demand[] {
  const not = (text: string) => (isIn ? text : `!(${text})`);
  const words = segmentWords(id);
  return [{ words, text: not(isMember(id)) }, ...(where === undefined ? [] : [{ words, text: not(where) }])];
}

/** What else holds, for each event by which it fires; what held when it was armed need not hold any more. */
function waysOf({ when }: TriggerDefinition): readonly (readonly Demand[])[] {
  const of = (events: readonly EventMatch[]) =>
    events.map(({ name, where }) =>
      where === null ? [] : [{ words: `what is asked of ${quote(name)}`, text: where }],
    );
  switch (when.type) {
    case 'event':
    case 'count':
      return of(when.events);
    case 'unusual':
      return seenAtEnd(when) ? [[]] : of(when.events);
    case 'sequence':
      return of(when.followedBy.slice(-1));
    default:
      return [[]];
  }
}
