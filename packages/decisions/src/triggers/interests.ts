import type { CompiledMatch, CompiledTrigger } from '../compile-types.ts';
import type { ConditionScope } from '../conditions/types.ts';
import type { When } from '../definitions.ts';
import { PROFILE_SET } from '../profile-set.ts';
import { PROVIDER_NEWS } from '../provider-news.ts';

/** All that an event is to one trigger. */
export interface Concern {
  readonly trigger: CompiledTrigger;
  readonly isCancel: boolean;
  readonly isGoal: boolean;
  /** It matches what starts the trigger, or counts as activity. */
  readonly starts: boolean;
  readonly isPaused: boolean;
  /** It suspends the trigger for the person, or ends that. */
  readonly suspends: boolean;
  readonly resumes: boolean;
}

/** What events of one name may be to one trigger; an empty list is never asked. */
export interface Interest {
  readonly trigger: CompiledTrigger;
  readonly cancels: readonly CompiledMatch[];
  readonly goals: readonly CompiledMatch[];
  readonly starts: readonly CompiledMatch[];
  readonly suspends: readonly CompiledMatch[];
  readonly resumes: readonly CompiledMatch[];
  /** Any event of the customer counts as activity. */
  readonly startsByAny: boolean;
  readonly pausedStarts: readonly CompiledMatch[];
  /** Paused; it would start by what the event brings. */
  readonly pausedByAny: boolean;
}

/** What an event is to a trigger that may care for it; null when no condition holds. */
export function concernOf(interest: Interest, scope: ConditionScope): Concern | null {
  const isCancel = matchesAny(interest.cancels, scope);
  const isGoal = matchesAny(interest.goals, scope);
  const starts = interest.startsByAny || matchesAny(interest.starts, scope);
  const isPaused = interest.pausedByAny || matchesAny(interest.pausedStarts, scope);
  const suspends = matchesAny(interest.suspends, scope);
  const resumes = matchesAny(interest.resumes, scope);
  if (!isCancel && !isGoal && !starts && !isPaused && !suspends && !resumes) return null;
  return { trigger: interest.trigger, isCancel, isGoal, starts, isPaused, suspends, resumes };
}

function matchesAny(matches: readonly CompiledMatch[], scope: ConditionScope): boolean {
  for (const match of matches) if (match.matches(scope)) return true;
  return false;
}

/** Types of which a single event can be told while they are paused; a pattern has none. */
const TELLING: ReadonlySet<When['type']> = new Set<When['type']>(['event', 'absence', 'segment']);

export const startsByAny = ({ when }: CompiledTrigger): boolean => when.type === 'inactivity' && when.events === null;

/** Of a sequence all its parts: it knows itself what an event is to it. */
const startsOf = ({ when }: CompiledTrigger): readonly CompiledMatch[] =>
  when.type === 'sequence'
    ? [...when.events, ...when.followedBy, ...when.butNot]
    : 'events' in when
      ? (when.events ?? [])
      : [];

const cancelsOf = ({ when, cancelOn }: CompiledTrigger): readonly CompiledMatch[] =>
  when.type === 'absence' ? [...when.butNot, ...cancelOn] : cancelOn;

const goalsOf = ({ goal }: CompiledTrigger): readonly CompiledMatch[] => (goal === null ? [] : [goal.match]);

export const matchesOf = (trigger: CompiledTrigger): readonly CompiledMatch[] => [
  ...startsOf(trigger),
  ...cancelsOf(trigger),
  ...goalsOf(trigger),
  ...(trigger.unless?.events ?? []),
  ...(trigger.unless?.until ?? []),
];

export const namesOf = (trigger: CompiledTrigger): readonly string[] => matchesOf(trigger).map(({ name }) => name);

export const nothing = (trigger: CompiledTrigger): Interest => ({
  trigger,
  cancels: [],
  goals: [],
  starts: [],
  suspends: [],
  resumes: [],
  startsByAny: false,
  pausedStarts: [],
  pausedByAny: false,
});

/** What a trigger that any event may concern is interested in, once it does; null for a paused one of which no single event can be told. */
export function watchingInterest(
  trigger: CompiledTrigger,
  paused: ReadonlyMap<string, CompiledTrigger>,
): Interest | null {
  if (paused.get(trigger.definition.id) !== trigger) return { ...nothing(trigger), startsByAny: true };
  return TELLING.has(trigger.when.type) ? { ...nothing(trigger), pausedByAny: true } : null;
}

export function interestOf(
  trigger: CompiledTrigger,
  name: string,
  paused: ReadonlyMap<string, CompiledTrigger>,
): Interest | null {
  const of = (matches: readonly CompiledMatch[]) => matches.filter((match) => match.name === name);
  if (paused.get(trigger.definition.id) === trigger) {
    const pausedStarts = TELLING.has(trigger.when.type) ? of(startsOf(trigger)) : [];
    return pausedStarts.length === 0 ? null : { ...nothing(trigger), pausedStarts };
  }
  const interest: Interest = {
    trigger,
    cancels: of(cancelsOf(trigger)),
    goals: of(goalsOf(trigger)),
    starts: of(startsOf(trigger)),
    suspends: of(trigger.unless?.events ?? []),
    resumes: of(trigger.unless?.until ?? []),
    startsByAny: startsByAny(trigger) && name !== PROFILE_SET && !PROVIDER_NEWS.has(name),
    pausedStarts: [],
    pausedByAny: false,
  };
  const { cancels, goals, starts, suspends, resumes } = interest;
  const count = cancels.length + goals.length + starts.length + suspends.length + resumes.length;
  return interest.startsByAny || count > 0 ? interest : null;
}
