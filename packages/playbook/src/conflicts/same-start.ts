import { type EventMatch, formatDuration, mayHoldTogether, type TriggerDefinition, type When } from '@kairos/decisions';
import { list, quote } from '../describe-words.ts';
import type { Book } from './book.ts';
import type { ConflictFinding } from './conflict.ts';
import { type Proposing, proposalsOf } from './proposals.ts';

/** One way in which a trigger comes to fire. */
interface Moment {
  /** Equal keys can fall together. */
  readonly key: string;
  readonly words: string;
  /** What must hold of that very moment. */
  readonly where: string | null;
}

interface Starter {
  readonly trigger: TriggerDefinition;
  readonly moments: readonly Moment[];
  readonly proposals: readonly Proposing[];
}

/** Triggers that may speak to one person on one channel because of the same thing. */
export function findSameStarts(book: Book): ConflictFinding[] {
  const byKey = new Map<string, Starter[]>();
  const findings: ConflictFinding[] = [];
  for (const trigger of book.triggers) {
    const starter: Starter = {
      trigger,
      moments: momentsOf(trigger.when),
      // What comes after a wait meets nobody by this.
      proposals: proposalsOf(trigger, book).filter(({ isAtOnce, isToStaff }) => isAtOnce && !isToStaff),
    };
    if (starter.proposals.length === 0) continue;
    findings.push(...meetings(starter, byKey));
    for (const { key } of starter.moments) byKey.set(key, [...(byKey.get(key) ?? []), starter]);
  }
  return findings;
}

/** One finding however many it meets: a thousand triggers on one event would otherwise make half a million. */
function meetings(starter: Starter, byKey: ReadonlyMap<string, readonly Starter[]>): ConflictFinding[] {
  const { trigger, moments, proposals } = starter;
  const met = new Set<TriggerDefinition>();
  const channels = new Set<string>();
  let words = '';
  for (const moment of moments) {
    for (const other of byKey.get(moment.key) ?? []) {
      const shared = sharedChannels(proposals, other.proposals);
      if (shared.length === 0 || !mayMeet(starter, moment, other)) continue;
      met.add(other.trigger);
      for (const channel of shared) channels.add(channel);
      words ||= moment.words;
    }
  }
  if (met.size === 0) return [];
  const others = [...met].map(({ id }) => quote(id));
  const shown = others.length > 5 ? [...others.slice(0, 5), `${others.length - 5} more`] : others;
  const finding: ConflictFinding = {
    code: 'SAME_START',
    definition: trigger,
    path: ['when'],
    value: trigger.id,
    with: [...met],
    words: { others: list(shown, 'and'), channels: list([...channels], 'or'), moment: words },
  };
  return [finding];
}

function sharedChannels(a: readonly Proposing[], b: readonly Proposing[]): readonly string[] {
  const taken = new Set(b.flatMap(({ channels }) => channels));
  return a.flatMap(({ channels }) => channels.filter((channel) => taken.has(channel)));
}

function mayMeet({ trigger }: Starter, moment: Moment, other: Starter): boolean {
  if (!overlap(trigger, other.trigger)) return false;
  return other.moments
    .filter(({ key }) => key === moment.key)
    .some(({ where }) => mayHoldTogether([moment.where, where, ...peopleOf(trigger), ...peopleOf(other.trigger)]));
}

/** Conditions of the person that a trigger asks when it fires. */
export const peopleOf = ({ audience, pilot }: TriggerDefinition): readonly (string | null)[] => [
  audience,
  pilot === undefined ? null : isMember(pilot),
];

export const isMember = (segment: string): string => `${JSON.stringify(segment)} in segments`;

/** Whether both are active at some time. */
const overlap = (a: TriggerDefinition, b: TriggerDefinition): boolean =>
  (a.activeToMs === null || b.activeFromMs === null || b.activeFromMs < a.activeToMs) &&
  (b.activeToMs === null || a.activeFromMs === null || a.activeFromMs < b.activeToMs);

const atEvents = (events: readonly EventMatch[]): readonly Moment[] =>
  events.map(({ name, where }) => ({ key: `event:${name}`, words: `at ${quote(name)}`, where }));

/** Whether it is told when a period ends, and by no event. */
export const seenAtEnd = ({ per, direction }: Extract<When, { type: 'unusual' }>): boolean =>
  per !== null && direction === 'below';

/** Periods of the calendar end at the same time; those of a length when they began with the same event. */
const atEndOfPeriod = ({ per, events }: Extract<When, { type: 'unusual' }>): readonly Moment[] =>
  per?.kind === 'calendar'
    ? [{ key: `end:${per.per}:${per.zone}`, words: `at the end of the ${per.per}`, where: null }]
    : events.map(({ name }) => ({
        key: `end:${per?.ms}:${name}`,
        words: `at the end of the same period of ${quote(name)}`,
        where: null,
      }));

function momentsOf(when: When): readonly Moment[] {
  switch (when.type) {
    case 'event':
    case 'count':
      return atEvents(when.events);
    case 'unusual':
      return seenAtEnd(when) ? atEndOfPeriod(when) : atEvents(when.events);
    case 'sequence':
      return atEvents(when.followedBy.slice(-1));
    case 'absence':
      // What held of the first event need not hold any more.
      return when.events.map(({ name }) => ({
        key: `absence:${when.withinMs}:${name}`,
        words: `${formatDuration(when.withinMs)} after ${quote(name)}`,
        where: null,
      }));
    case 'inactivity':
      return (when.events ?? [{ name: '*' }]).map(({ name }) => ({
        key: `inactivity:${when.forMs}:${name}`,
        words: `${formatDuration(when.forMs)} after the last ${name === '*' ? 'event' : quote(name)}`,
        where: null,
      }));
    case 'segment':
      return [
        {
          key: `segment:${when.change}:${when.segment}`,
          words: `when somebody ${when.change} ${quote(when.segment)}`,
          where: null,
        },
      ];
    case 'profileChange':
      return [{ key: `change:${when.path}`, words: `when profile.${when.path} changes`, where: when.to }];
    case 'date':
      return [
        {
          key: `date:${when.of}.${when.path}:${when.offsetDays}:${when.atWallMs}`,
          words: `at the same time of ${when.of}.${when.path}`,
          where: null,
        },
      ];
  }
}
