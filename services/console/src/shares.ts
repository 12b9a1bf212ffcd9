import type { JourneyDefinition } from '@kairos/decisions';
import { type Counted, type Listed, messagesOf } from './numbers.ts';

/** A count as metrics tell it per value of a dimension; `all` rows are answers of everybody. */
export interface Shared extends Omit<Counted, 'code'> {
  readonly by: string;
  readonly value: string;
}

/** How a trigger or journey fares among the persons of one value; null = everybody. */
export interface ShareRow {
  readonly value: string | null;
  readonly started: number;
  readonly sent: number;
  readonly clicked: number;
  readonly dropped: number;
  readonly goals: number;
}

interface Said {
  readonly counts: readonly Counted[];
  readonly shares: readonly Shared[];
  readonly goals: readonly { readonly value: string | null; readonly n: number }[];
}

/** Everybody first, then the values with the most starts. A person in two segments is in both rows. */
export function shareRows(definition: Listed, { counts, shares, goals }: Said): readonly ShareRow[] {
  const of = countedOf(definition);
  const values = [...new Set(shares.filter(({ by }) => by !== 'all').map(({ value }) => value))];
  const goalsOf = (value: string | null): number => sum(goals.filter((one) => one.value === value));
  const everybody = {
    value: null,
    ...of([...counts, ...shares.filter(({ by }) => by === 'all')]),
    goals: goalsOf(null),
  };
  const rows = values.map((value) => ({
    value,
    ...of(shares.filter((one) => one.by !== 'all' && one.value === value)),
    goals: goalsOf(value),
  }));
  const isShown = ({ started, sent, clicked, dropped, goals: n }: ShareRow) =>
    started + sent + clicked + dropped + n > 0;
  return [everybody, ...rows.filter(isShown).sort((a, b) => b.started - a.started || (a.value < b.value ? -1 : 1))];
}

type Kept = Pick<Counted, 'kind' | 'subject' | 'messageId' | 'outcome' | 'n'>;

function countedOf(definition: Listed): (counts: readonly Kept[]) => Omit<ShareRow, 'value' | 'goals'> {
  const isJourney = definition.kind === 'Journey';
  const trigger = isJourney ? definition.startsWith : definition.id;
  const messages = isJourney ? new Set(messagesOf((definition as JourneyDefinition).steps)) : null;
  return (counts) => {
    const about = counts.filter(({ subject, messageId }) => subject === trigger && (messages?.has(messageId) ?? true));
    const told = (kind: string, isMeant: (outcome: string) => boolean) =>
      sum(about.filter((one) => one.kind === kind && isMeant(one.outcome)));
    return {
      started: sum(
        counts.filter(
          ({ kind, subject, outcome }) =>
            kind === 'trigger' && subject === definition.id && outcome === (isJourney ? 'journeyStarted' : 'fired'),
        ),
      ),
      sent: told('report', (outcome) => outcome === 'accepted'),
      clicked: told('answer', (outcome) => outcome.endsWith('Clicked')),
      dropped: told('decision', (outcome) => outcome === 'dropped'),
    };
  };
}

const sum = (counts: readonly { readonly n: number }[]): number => counts.reduce((all, { n }) => all + n, 0);
