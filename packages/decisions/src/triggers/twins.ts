import type { EnrichedEvent } from '@kairos/contracts';
import type { CompiledMatch, CompiledTrigger } from '../compile-types.ts';
import { noteThrown, takeFailure } from '../conditions/failure.ts';
import type { ConditionScope } from '../conditions/types.ts';
import { hashId } from '../hash-id.ts';
import { instanceKeyOf } from './instance-key.ts';
import { type Interest, interestOf, namesOf } from './interests.ts';
import { prune, rememberCancel } from './memory.ts';
import { firstSight, ownOf } from './profile-change/detect.ts';
import { watchedValue } from './profile-value.ts';
import { triggerTypes } from './registry.ts';
import type { Shared } from './shared-memory.ts';
import { EMPTY_TRIGGER, type TriggerState } from './state.ts';
import type { TriggerStates } from './trigger-states.ts';

/** Two triggers or more to which certain events are the same, as long as nothing else is remembered of them. */
export interface Twins {
  /** Names exactly these triggers. */
  readonly name: string;
  /** In order. */
  readonly ids: readonly string[];
  readonly members: ReadonlyMap<string, Interest>;
  /** To whom the event may be a goal, too, by condition: as long as nothing has fired nobody asks, but for whether it can be told. */
  readonly goals: readonly Goal[];
  /** What they remember of an event: that it cancels, for so long; or a value of the profile. */
  readonly of:
    | { readonly kind: 'cancel'; readonly trigger: CompiledTrigger; readonly windowMs: number }
    | { readonly kind: 'value'; readonly path: string };
}

interface Goal {
  readonly match: CompiledMatch;
  readonly interests: Interest[];
}

/** How an event meets twins. */
export interface Joint {
  readonly twins: Twins;
  /** What those remembered of whom nothing else was, and what they remember now. No fact comes of it. */
  readonly before: TriggerState;
  readonly after: TriggerState;
  /** Those that meet the event each by itself. */
  readonly apart: readonly Interest[];
}

export interface JointMoment {
  readonly event: EnrichedEvent;
  readonly scope: ConditionScope;
  readonly timeMs: number;
  readonly liveHorizonMs: number;
  /** Concerned by something else of the same event, too. */
  readonly others: readonly Interest[];
}

const NAME_LENGTH = 13;

function twinsOf(of: Twins['of'], interests: readonly Interest[]): Twins {
  const members = new Map(interests.map((interest) => [interest.trigger.definition.id, interest]));
  const ids = [...members.keys()].sort();
  const name = hashId('twins', of.kind, ...ids).slice(0, NAME_LENGTH);
  return { name, ids, members, goals: goalsOf(interests), of };
}

function goalsOf(interests: readonly Interest[]): readonly Goal[] {
  const byText = new Map<string, Goal>();
  for (const interest of interests) {
    for (const match of interest.goals) {
      if (match.condition === null) continue;
      const known = byText.get(match.condition.text);
      if (known === undefined) byText.set(match.condition.text, { match, interests: [interest] });
      else known.interests.push(interest);
    }
  }
  return [...byText.values()];
}

/** Types that look at nothing but events that they name. */
const NAMING: ReadonlySet<string> = new Set(['event', 'absence', 'count', 'sequence', 'unusual']);

/**
 * Triggers that the same events cancel, whatever these say, for which they need not look at anything else: by the name of
 * the event. A trigger has the same twins under all names.
 */
export function cancelTwins(
  triggers: readonly CompiledTrigger[],
  liveHorizonMs: number,
): ReadonlyMap<string, readonly Twins[]> {
  const alike = new Map<string, { readonly names: readonly string[]; readonly triggers: CompiledTrigger[] }>();
  for (const trigger of triggers) {
    const names = NAMING.has(trigger.when.type) ? [...new Set(namesOf(trigger))].sort() : [];
    const cancelledBy = names.filter((name) => isCancelOnly(trigger, name));
    if (cancelledBy.length === 0) continue;
    const keys = trigger.oncePer.map(({ path }) => path);
    const alikeBy = JSON.stringify([cancelledBy, keys, windowMsOf(trigger, liveHorizonMs)]);
    const known = alike.get(alikeBy);
    if (known === undefined) alike.set(alikeBy, { names: cancelledBy, triggers: [trigger] });
    else known.triggers.push(trigger);
  }
  const byName = new Map<string, Twins[]>();
  for (const { names: cancelledBy, triggers: alikes } of alike.values()) {
    const [trigger] = alikes;
    if (trigger === undefined || alikes.length < 2) continue;
    const of = { kind: 'cancel', trigger, windowMs: windowMsOf(trigger, liveHorizonMs) } as const;
    for (const name of cancelledBy) {
      const interests = alikes.flatMap((one) => interestOf(one, name, NONE_PAUSED) ?? []);
      byName.set(name, [...(byName.get(name) ?? []), twinsOf(of, interests)]);
    }
  }
  return byName;
}

const NONE_PAUSED: ReadonlyMap<string, CompiledTrigger> = new Map();

const windowMsOf = (trigger: CompiledTrigger, liveHorizonMs: number): number =>
  Math.max(triggerTypes[trigger.when.type].cancelWindowMs(trigger, liveHorizonMs), liveHorizonMs);

function isCancelOnly(trigger: CompiledTrigger, name: string): boolean {
  const interest = interestOf(trigger, name, NONE_PAUSED);
  if (interest === null || interest.startsByAny) return false;
  const { cancels, starts, suspends, resumes } = interest;
  const more = starts.length + suspends.length + resumes.length;
  return more === 0 && cancels.some(({ condition }) => condition === null);
}

/** Triggers that watch the same value of the profile. */
export function valueTwins(watchers: readonly Interest[]): ReadonlyMap<CompiledTrigger, Twins> {
  const byPath = new Map<string, Interest[]>();
  for (const interest of watchers) {
    const { when } = interest.trigger;
    if (when.type === 'profileChange') byPath.set(when.path, [...(byPath.get(when.path) ?? []), interest]);
  }
  const twins = new Map<CompiledTrigger, Twins>();
  for (const [path, interests] of byPath) {
    if (interests.length < 2) continue;
    const together = twinsOf({ kind: 'value', path }, interests);
    for (const { trigger } of interests) twins.set(trigger, together);
  }
  return twins;
}

/** What an event is to twins, of whom some may remember more than the others. */
export function meetJointly(twins: Twins, triggers: TriggerStates, moment: JointMoment): Joint {
  const before = triggers.shared.named(twins.name)?.state ?? EMPTY_TRIGGER;
  const { of } = twins;
  if (of.kind === 'cancel') {
    const { event, timeMs, liveHorizonMs, scope } = moment;
    const cancel = { event, timeMs, liveHorizonMs, key: instanceKeyOf(of.trigger, scope) };
    const after = prune(rememberCancel(before, cancel, of.windowMs), timeMs);
    return { twins, before, after, apart: apartFrom(twins, triggers, moment) };
  }
  const value = watchedValue(moment.scope.profile, of.path);
  const known = ownOf(before);
  const isKnown = known !== null && known.path === of.path && known.value === value;
  if (value === null || isKnown) return { twins, before, after: before, apart: apartFrom(twins, triggers, moment) };
  const after = firstSight({ path: of.path, value, sinceMs: moment.event.loggedAtMs });
  // Another value may fire: each looks at it.
  const apart = before === EMPTY_TRIGGER ? apartFrom(twins, triggers, moment) : [...twins.members.values()];
  return { twins, before, after, apart };
}

/** Those of whom something else is remembered, or whom the event concerns in another way, too; and whose goal cannot be told. */
function apartFrom(twins: Twins, triggers: TriggerStates, { others, scope }: JointMoment): readonly Interest[] {
  const { name, members, goals } = twins;
  const apart = new Set<Interest>();
  const note = (id: string): void => {
    const member = members.get(id);
    if (member !== undefined) apart.add(member);
  };
  for (const { trigger } of others) note(trigger.definition.id);
  for (const id of triggers.apartIds()) note(id);
  for (const shared of triggers.shared.list) {
    if (shared.name !== name) for (const member of alsoIn(shared, twins)) apart.add(member);
  }
  for (const { match, interests } of goals) if (fails(match, scope)) for (const one of interests) apart.add(one);
  return [...apart];
}

/** Whoever has this goal meets the event alone then, and says so. */
function fails(match: CompiledMatch, scope: ConditionScope): boolean {
  try {
    match.matches(scope);
  } catch (error) {
    noteThrown(error);
  }
  return takeFailure() !== null;
}

/** By the name of a memory, which says whose it is. */
const known = new WeakMap<Twins, Map<string, readonly Interest[]>>();

/** Who of twins is meant by another memory. A pure function of the two names: what is known of them changes no answer. */
function alsoIn(shared: Shared, twins: Twins): readonly Interest[] {
  if (shared.name === '') return membersAmong(shared, twins);
  const byName = known.get(twins) ?? new Map<string, readonly Interest[]>();
  known.set(twins, byName);
  const found = byName.get(shared.name) ?? membersAmong(shared, twins);
  byName.set(shared.name, found);
  return found;
}

const membersAmong = ({ ids }: Shared, { members }: Twins): readonly Interest[] =>
  ids.flatMap((id) => members.get(id) ?? []);
