import type { EnrichedEvent } from '@kairos/contracts';
import type { CompiledPlaybook, CompiledTrigger } from '../compile-types.ts';
import type { CompiledCondition, ConditionScope, Reads } from '../conditions/types.ts';
import type { When } from '../definitions.ts';
import { PROFILE_SET } from '../profile-set.ts';
import { PROVIDER_NEWS } from '../provider-news.ts';
import { ConditionIndex } from './condition-index.ts';
import type { DetectState } from './detect-state.ts';
import { type Interest, interestOf, matchesOf, namesOf, nothing, startsByAny, watchingInterest } from './interests.ts';
import { TriggerStates } from './trigger-states.ts';
import { cancelTwins, type Joint, type JointMoment, meetJointly, type Twins, valueTwins } from './twins.ts';
import { together, type Watching, watchersOf, watchingOf } from './watching.ts';

/** The triggers that may care for events of one name, in order of id. */
interface Named {
  readonly interests: readonly Interest[];
  /** Those that care for any event of the name, but for `activity`. */
  readonly always: readonly Interest[];
  /** Those whom it cancels together; they are in neither of the others. */
  readonly twins: readonly Twins[];
  /** Those to whom it is a sign that the person was active, and nothing else. */
  readonly activity: readonly Interest[];
  readonly isActivity: boolean;
  /** Places of the others, by the conditions of which one must hold. */
  readonly asked: ConditionIndex<number> | null;
}

/** What the detector asks of a playbook, worked out once per version. */
export interface DetectPlan {
  /** By the name of an event, whom it may concern. */
  readonly byName: ReadonlyMap<string, Named>;
  /** For events that no trigger names. */
  readonly others: Named;
  /** Triggers to which any event of the customer counts as activity. */
  readonly anyActivity: ReadonlySet<string>;
  /** Of triggers that watch the same value of the profile, which these are. */
  readonly valueTwins: ReadonlyMap<CompiledTrigger, Twins>;
  /** Triggers that any event may concern; null = none. */
  readonly watching: Watching<Interest> | null;
  /** A timer's audience or message may ask for the profile as it stands then: what is remembered follows every event. */
  readonly followsProfile: boolean;
  /** The profile is remembered with what is, so that the next event can be compared with it. */
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

/** Whether no trigger can care for such an event, by its name and what it brings: the case of most. */
export function caresNobody({ byName, others, watching }: DetectPlan, event: EnrichedEvent): boolean {
  if ((byName.get(event.name) ?? others).interests.length > 0) return false;
  return watching === null || watchersOf(watching, event, undefined) === null;
}

/** Whom an event concerns. */
export interface Met {
  /** Each by itself, in order of id. */
  readonly alone: readonly Interest[];
  readonly joint: readonly Joint[];
}

const NO_JOINT: readonly Joint[] = [];

/** The triggers that care for an event of a person of whom `state` is remembered; for most events none. */
export function concernedBy(
  { byName, others, watching, valueTwins }: DetectPlan,
  moment: Omit<JointMoment, 'others'>,
  state: DetectState | undefined,
): Met {
  const { event, scope } = moment;
  const of = byName.get(event.name) ?? others;
  const known = TriggerStates.of(state?.triggers);
  const named = withNewClocks(met(of, scope), of, known);
  const found = watching === null ? null : watchersOf(watching, event, state);
  if (found === null && of.twins.length === 0) return { alone: named, joint: NO_JOINT };
  const twins = new Set(of.twins);
  const apart: Interest[] = [];
  for (const interest of found ?? []) {
    const itsTwins = valueTwins.get(interest.trigger);
    if (itsTwins === undefined) apart.push(interest);
    else twins.add(itsTwins);
  }
  const joint = [...twins].map((one) => meetJointly(one, known, { ...moment, others: named }));
  for (const one of joint) for (const interest of one.apart) apart.push(interest);
  return { alone: apart.length === 0 ? named : together(named, apart), joint };
}

/** Whether an event is a sign that the person was active, by its name. */
export const isActivity = ({ byName, others }: DetectPlan, { name }: EnrichedEvent): boolean =>
  (byName.get(name) ?? others).isActivity;

/** With those to whom it is activity and whose clock does not count with the others: these need be looked at. */
function withNewClocks(named: readonly Interest[], { activity }: Named, known: TriggerStates): readonly Interest[] {
  if (activity.length === 0) return named;
  const apart = activity.filter(({ trigger }) => !known.counts(trigger.definition.id));
  return apart.length === 0 ? named : [...named, ...apart].sort(byId);
}

/** All triggers that look at such an event, also those of which no condition holds, in order of id: for who asks why. */
export function interestsNamed(
  { byName, others, watching }: DetectPlan,
  event: EnrichedEvent,
  state: DetectState | undefined,
): readonly Interest[] {
  const { interests } = byName.get(event.name) ?? others;
  const found = watching === null ? null : watchersOf(watching, event, state);
  return found === null ? interests : together(interests, found);
}

/** Those of a name of which a condition holds, or that have none. */
function met({ interests, always, asked }: Named, scope: ConditionScope): readonly Interest[] {
  const places = asked?.matching(scope) ?? null;
  if (places === null) return always;
  const found = new Set(always);
  for (const place of places) found.add(interests[place] as Interest);
  return found.size === 1 ? [...found] : [...found].sort(byId);
}

const byId = (a: Interest, b: Interest): number => (a.trigger.definition.id < b.trigger.definition.id ? -1 : 1);

function makePlan(playbook: CompiledPlaybook): DetectPlan {
  const { triggers, pausedTriggers } = playbook;
  const all = [...triggers.values(), ...pausedTriggers.values()].sort((a, b) =>
    a.definition.id < b.definition.id ? -1 : 1,
  );
  const live = [...triggers.values()];
  const byAny = live.filter(startsByAny);
  // What a provider tells, or a journey sets, is named, too, or it would be one of the others and so activity.
  const names = new Set([PROFILE_SET, ...PROVIDER_NEWS, ...all.flatMap((trigger) => namesOf(trigger))]);
  const byName = new Map<string, Named>();
  const cancelled = cancelTwins(live, playbook.company.liveHorizonMs);
  for (const name of names) {
    const interests = all.map((trigger) => interestOf(trigger, name, pausedTriggers)).filter(isThere);
    byName.set(name, namedOf(interests, cancelled.get(name)));
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
  const followsProfile =
    hasJourneys ||
    live.some(({ when }) => when.type === 'date') ||
    live.some((trigger) => waits(trigger) && asks(trigger));
  // What is remembered must be there to be remembered.
  const isAsked = followsProfile || live.some(asks);
  const readsProfile = isAsked || everywhere.some(({ profile }) => profile.length > 0);
  const readsSegments = isAsked || everywhere.some(({ segments }) => segments);
  const watching = watchingOf(all, (trigger) => watchingInterest(trigger, pausedTriggers));
  const readsEvent = hasJourneys || everywhere.some(({ event }) => event.length > 0);
  return {
    byName,
    watching,
    valueTwins: valueTwins(live.flatMap((trigger) => watchingInterest(trigger, pausedTriggers) ?? [])),
    anyActivity: new Set(byAny.map(({ definition }) => definition.id)),
    others: namedOf(byAny.map((trigger) => ({ ...nothing(trigger), startsByAny: true }))),
    followsProfile,
    // Whether a watched value has changed is seen from the profile that was seen before.
    remembersProfile: followsProfile || (watching !== null && watching.values.length > 0),
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

const isThere = (interest: Interest | null): interest is Interest => interest !== null;

function namedOf(interests: readonly Interest[], twins: readonly Twins[] = []): Named {
  const inTwins = new Set(twins.flatMap(({ ids }) => ids));
  const always: Interest[] = [];
  const activity: Interest[] = [];
  const conditions: (readonly [CompiledCondition, number])[] = [];
  for (const [place, interest] of interests.entries()) {
    const { cancels, goals, starts, suspends, resumes, pausedStarts, startsByAny, pausedByAny } = interest;
    const matches = [...cancels, ...goals, ...starts, ...suspends, ...resumes, ...pausedStarts];
    if (inTwins.has(interest.trigger.definition.id)) continue;
    if (startsByAny && matches.length === 0) activity.push(interest);
    else if (startsByAny || pausedByAny || matches.some(({ condition }) => condition === null)) always.push(interest);
    else for (const { condition } of matches) if (condition !== null) conditions.push([condition, place]);
  }
  const asked = conditions.length === 0 ? null : new ConditionIndex(conditions);
  return { interests, always, twins, activity, asked, isActivity: interests.some((interest) => interest.startsByAny) };
}

/** Types that wait for time. */
const WAITING: ReadonlySet<When['type']> = new Set<When['type']>(['absence', 'inactivity', 'date']);
/** Whether it waits for time: of the unusual only what is seen when a period ends. */
const waits = ({ when }: CompiledTrigger): boolean =>
  WAITING.has(when.type) || (when.type === 'unusual' && when.per !== null && when.direction === 'below');
/** What a type reads beside the conditions of its events. */
function ownReadsOf({ when }: CompiledTrigger): readonly Reads[] {
  if (when.type === 'date') return readsOf([], when.of === 'profile' ? when.path : 'zone');
  if (when.type === 'profileChange') return readsOf([when.from, when.to], when.path);
  if (when.type !== 'count' && when.type !== 'unusual') return [];
  const ofValue = when.value === null ? [] : [when.value.reads];
  const window = when.type === 'count' ? when.window : when.per;
  return window?.kind === 'calendar' && window.zone === 'person' ? [...ofValue, ...readsOf([], 'zone')] : ofValue;
}

/** What conditions read, and a path of the profile. */
const readsOf = (conditions: readonly (CompiledCondition | null)[], path: string): readonly Reads[] => [
  ...conditions.flatMap((condition) => (condition === null ? [] : [condition.reads])),
  { event: [], properties: [], profile: [path], history: [], segments: false, now: false, evidence: [], sends: [] },
];
