import {
  type Channel,
  compileCondition,
  type Definition,
  type EventMatch,
  mayHoldTogether,
  PROFILE_SET,
  type TriggerDefinition,
} from '@kairos/decisions';
import { quote } from '../describe-words.ts';
import type { Path } from '../yaml-source.ts';
import type { Book } from './book.ts';
import { proposalsOf, settingsOf } from './proposals.ts';
import { isMember, peopleOf } from './same-start.ts';

/** Something that a trigger brings about and by which another one, or the same, may start. */
export interface Effect {
  readonly from: TriggerDefinition;
  readonly to: TriggerDefinition;
  /** Where it is said what brings it about. */
  readonly definition: Definition;
  readonly path: Path;
  readonly words: string;
  /** Nobody need do anything, and no time passes. */
  readonly isAtOnce: boolean;
  /** The trait whose value must become another one each time; null where it need not. */
  readonly changes: string | null;
}

/** All ways in which triggers may start each other. */
export function effectsOf(book: Book): readonly Effect[] {
  // Who may not start twice is in no circle.
  const targets = book.triggers.filter(({ reentry }) => reentry.kind !== 'never');
  const hearing = targets.filter((to) =>
    startsOf(to).some(({ name }) => ABOUT.some(([pattern]) => pattern.test(name))),
  );
  return book.triggers.flatMap((from) => [
    ...settingsOf(from, book).flatMap(({ traits, ...of }) =>
      Object.entries(traits).flatMap(([name, value]) =>
        targets.flatMap((to) => bySetting({ ...of, from, to, name, value }, book)),
      ),
    ),
    ...proposalsOf(from, book).flatMap(({ channels, definition, path, isAtOnce }) =>
      hearing.flatMap((to) => byNews({ from, to, definition, path, isAtOnce }, channels)),
    ),
  ]);
}

type Cause = Pick<Effect, 'from' | 'to' | 'definition' | 'path' | 'isAtOnce'>;

function bySetting(cause: Cause & { readonly name: string; readonly value: unknown }, book: Book): readonly Effect[] {
  const { name, value, ...of } = cause;
  const { to } = of;
  const { when } = to;
  const fact = `profile.traits[${JSON.stringify(name)}] == ${JSON.stringify(value)}`;
  const effect = (changes: string | null): Effect => ({
    ...of,
    words: `${quote(of.from.id)} sets traits.${name}`,
    isAtOnce: of.isAtOnce && startsAtOnce(to),
    changes,
  });
  if (!mayHoldTogether([fact, ...peopleOf(to)])) return [];
  if (when.type === 'profileChange') {
    return when.path === `traits.${name}` && mayHoldTogether([fact, when.to]) ? [effect(name)] : [];
  }
  if (when.type === 'segment') {
    const where = book.segments.get(when.segment)?.where;
    if (where === undefined || !readsTrait(where, name)) return [];
    const isIn = when.change === 'enters';
    const holds = [isIn ? where : `!(${where})`, isIn ? isMember(when.segment) : null, fact, ...peopleOf(to)];
    return mayHoldTogether(holds) ? [effect(name)] : [];
  }
  return startsOf(to).some((event) => event.name === PROFILE_SET) ? [effect(null)] : [];
}

function readsTrait(condition: string, name: string): boolean {
  try {
    const { profile } = compileCondition(condition).reads;
    return profile.some((path) => path === '*' || path === 'traits' || path === `traits.${name}`);
  } catch {
    return false;
  }
}

/** Names of events that tell of a message, by channel: the dispatcher and senders of all kinds use them. */
const ABOUT: readonly (readonly [RegExp, Channel | null])[] = [
  [/^Email /, 'email'],
  [/^(?:Sms|SMS) /, 'sms'],
  [/^(?:Onsite|In-App) /, 'onsite'],
  [/^Task /, 'task'],
  [/^Call /, 'webhook'],
  [/^Message /, null],
];
/** They come without anybody doing anything. */
const BY_ITSELF = /(?:Sent|Delivered|Undelivered|Failed|Bounced)$/;

function byNews(cause: Cause, channels: readonly Channel[]): readonly Effect[] {
  const news = startsOf(cause.to).find(({ name }) =>
    ABOUT.some(([pattern, channel]) => pattern.test(name) && (channel === null || channels.includes(channel))),
  );
  if (news === undefined) return [];
  const isAtOnce = cause.isAtOnce && BY_ITSELF.test(news.name) && startsAtOnce(cause.to);
  return [
    { ...cause, words: `${quote(cause.from.id)} sends, of which ${quote(news.name)} tells`, isAtOnce, changes: null },
  ];
}

/** Events of which one starts it. */
const startsOf = ({ when }: TriggerDefinition): readonly EventMatch[] =>
  when.type === 'sequence' ? [...when.events, ...when.followedBy] : 'events' in when ? (when.events ?? []) : [];

/** Whether a single event fires it, each time and without time passing. */
function startsAtOnce({ when, reentry }: TriggerDefinition): boolean {
  if (reentry.kind !== 'always') return false;
  if (when.type === 'count') return when.of === 'count' && when.atLeast <= 1;
  return when.type === 'event' || when.type === 'profileChange' || when.type === 'segment';
}
