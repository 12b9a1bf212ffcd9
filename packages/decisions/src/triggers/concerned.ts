import type { EnrichedEvent } from '@kairos/contracts';
import type { CompiledMatch, CompiledPlaybook, CompiledTrigger } from '../compile-types.ts';
import type { CompiledCondition, ConditionScope, Reads } from '../conditions/types.ts';
import type { When } from '../definitions.ts';
import { PROFILE_SET } from '../profile-set.ts';
import { PROVIDER_NEWS } from '../provider-news.ts';
import { type Watching, watchingOf, withWatching } from './watching.ts';

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

/** What the detector asks of a playbook, worked out once per version. */
export interface DetectPlan {
  /** Triggers in order of id, by the name of an event that may concern them. */
  readonly byName: ReadonlyMap<string, readonly Interest[]>;
  /** For events that no trigger names. */
  readonly others: readonly Interest[];
  /** Triggers that any event may concern; null = none. */
  readonly watching: Watching<Interest> | null;
  /** A timer's audience or message may ask for the profile: it is remembered with what waits. */
  readonly remembersProfile: boolean;
  /** Fields of an event that nothing asks for which is live: they need not be decoded. */
  readonly unread: readonly (keyof EnrichedEvent)[];
}

/** Detection asks for none of these, whatever the playbook. */
const NEVER_READ = ['sourceKind', 'context', 'faults'] as const;

const plans = new WeakMap<CompiledPlaybook, DetectPlan>();

/** The plan of a compiled playbook. A pure function of it: the cache changes no answer. */
export function detectPlanOf(playbook: CompiledPlaybook): DetectPlan {
  const known = plans.get(playbook);
  if (known !== undefined) return known;
  const plan = makePlan(playbook);
  plans.set(playbook, plan);
  return plan;
}

/** The triggers that may care for events of this name; for most names none. */
export function interestsIn({ byName, others, watching }: DetectPlan, event: EnrichedEvent): readonly Interest[] {
  const named = byName.get(event.name) ?? others;
  return watching === null ? named : withWatching(named, watching, event);
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

function makePlan(playbook: CompiledPlaybook): DetectPlan {
  const { triggers, pausedTriggers } = playbook;
  const all = [...triggers.values(), ...pausedTriggers.values()].sort((a, b) =>
    a.definition.id < b.definition.id ? -1 : 1,
  );
  const live = [...triggers.values()];
  const byAny = live.filter(startsByAny);
  // What a provider tells, or a journey sets, is named, too, or it would be one of the others and so activity.
  const names = new Set([PROFILE_SET, ...PROVIDER_NEWS, ...all.flatMap((trigger) => namesOf(trigger))]);
  const byName = new Map<string, readonly Interest[]>();
  for (const name of names) {
    byName.set(
      name,
      all.map((trigger) => interestOf(trigger, name, pausedTriggers)).filter((one) => one !== null),
    );
  }
  const ruleMatches = playbook.contactRules.flatMap(({ afterEvents }) => afterEvents);
  const matches = [...all.flatMap(matchesOf), ...ruleMatches];
  const inMatches = matches.flatMap(({ condition }) => (condition === null ? [] : [condition.reads]));
  const inAudiences = live.flatMap(({ audience }) => (audience === null ? [] : [audience.reads]));
  const everywhere = [...inMatches, ...inAudiences, ...all.flatMap(ownReadsOf)];
  const asks = (trigger: CompiledTrigger): boolean =>
    trigger.definition.send !== null ||
    (trigger.audience?.reads.profile.length ?? 0) > 0 ||
    trigger.audience?.reads.segments === true;
  // Whoever is on a journey may be asked anything by its next step.
  const hasJourneys = !playbook.journeys.isEmpty;
  const remembersProfile =
    hasJourneys ||
    live.some(({ when }) => when.type === 'date') ||
    live.some((trigger) => WAITING.has(trigger.when.type) && asks(trigger));
  // What is remembered must be there to be remembered.
  const isAsked = remembersProfile || live.some(asks);
  const readsProfile = isAsked || everywhere.some(({ profile }) => profile.length > 0);
  const readsSegments = isAsked || everywhere.some(({ segments }) => segments);
  const watching = watchingOf(all, (trigger) => watchingInterest(trigger, pausedTriggers));
  const readsEvent = hasJourneys || everywhere.some(({ event }) => event.length > 0);
  return {
    byName,
    watching,
    others: byAny.map((trigger) => ({ ...nothing(trigger), startsByAny: true })),
    remembersProfile,
    unread: [
      ...NEVER_READ,
      ...(hasJourneys ? [] : (['candidateId'] as const)),
      ...(watching?.readsSegmentChanges === true ? [] : (['segmentsEntered', 'segmentsLeft'] as const)),
      ...(readsProfile ? [] : (['profile'] as const)),
      ...(readsSegments ? [] : (['segments'] as const)),
      ...(readsEvent ? [] : (['type', 'source'] as const)),
    ],
  };
}

/** Types that wait for time. */
const WAITING: ReadonlySet<When['type']> = new Set<When['type']>(['absence', 'inactivity', 'date']);
/** Types of which a single event can be told while they are paused; a pattern has none. */
const TELLING: ReadonlySet<When['type']> = new Set<When['type']>(['event', 'absence', 'segment']);

/** What a type reads beside the conditions of its events. */
function ownReadsOf({ when }: CompiledTrigger): readonly Reads[] {
  if (when.type === 'date') return readsOf([], when.of === 'profile' ? when.path : 'zone');
  if (when.type === 'profileChange') return readsOf([when.from, when.to], when.path);
  if (when.type !== 'count' && when.type !== 'unusual') return [];
  const ofValue = when.value === null ? [] : [when.value.reads];
  return when.type === 'count' && when.window.kind === 'calendar' && when.window.zone === 'person'
    ? [...ofValue, ...readsOf([], 'zone')]
    : ofValue;
}

/** What conditions read, and a path of the profile. */
const readsOf = (conditions: readonly (CompiledCondition | null)[], path: string): readonly Reads[] => [
  ...conditions.flatMap((condition) => (condition === null ? [] : [condition.reads])),
  { event: [], properties: [], profile: [path], history: [], segments: false, now: false, evidence: [], sends: [] },
];

const startsByAny = ({ when }: CompiledTrigger): boolean => when.type === 'inactivity' && when.events === null;

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

const matchesOf = (trigger: CompiledTrigger): readonly CompiledMatch[] => [
  ...startsOf(trigger),
  ...cancelsOf(trigger),
  ...goalsOf(trigger),
  ...(trigger.unless?.events ?? []),
  ...(trigger.unless?.until ?? []),
];

const namesOf = (trigger: CompiledTrigger): readonly string[] => matchesOf(trigger).map(({ name }) => name);

const nothing = (trigger: CompiledTrigger): Interest => ({
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
function watchingInterest(trigger: CompiledTrigger, paused: ReadonlyMap<string, CompiledTrigger>): Interest | null {
  if (paused.get(trigger.definition.id) !== trigger) return { ...nothing(trigger), startsByAny: true };
  return TELLING.has(trigger.when.type) ? { ...nothing(trigger), pausedByAny: true } : null;
}

function interestOf(
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
