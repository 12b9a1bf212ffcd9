import type { EnrichedEvent, Feedback } from '@kairos/contracts';
import type { CompiledPlaybook } from '../compile-types.ts';
import { hasFailed, noteThrown, takeFailure } from '../conditions/failure.ts';
import { FlatObject } from '../conditions/flat-object.ts';
import type { ConditionScope } from '../conditions/types.ts';
import { fieldOf } from '../conditions/values.ts';
import { parseObject } from '../profiles/json.ts';
import { isSameList } from '../same-list.ts';
import { caresNobody, concernedBy, type DetectPlan, detectPlanOf, isActivity } from './concerned.ts';
import type { DetectState } from './detect-state.ts';
import { eventNotStarted } from './facts.ts';
import { failureFact } from './failed.ts';
import { instanceKeyOf } from './instance-key.ts';
import { type Concern, concernOf, type Interest } from './interests.ts';
import { prune, rememberCancel } from './memory.ts';
import { triggerTypes } from './registry.ts';
import { remembersSame, sharedBy } from './shared-memory.ts';
import { EMPTY_TRIGGER, type TriggerState } from './state.ts';
import { rememberSuspension } from './suspension.ts';
import { TriggerStates, type Triggers } from './trigger-states.ts';
import type { EventMoment, Fact } from './trigger-type.ts';
import type { Joint } from './twins.ts';
import { closeFiring, withdraw } from './withdraw.ts';

export interface DetectResult {
  /** undefined = nothing need be remembered. */
  readonly state: DetectState | undefined;
  readonly facts: readonly Fact[];
}

/** Where in the log an event meets the detector. */
export interface DetectAt {
  readonly playbook: CompiledPlaybook;
  /** Watermark, UTC ms; -1 before there is time. */
  readonly timeMs: number;
  readonly traceparent: string | null;
}

/**
 * Patterns over time: folds an enriched event into what is remembered of the person. Ends come before starts, triggers in
 * order of their ids. Timers never fire here, only on time (`detectTime`). What changes nothing answers the same state.
 */
export function detect(state: DetectState | undefined, event: EnrichedEvent, at: DetectAt): DetectResult {
  const plan = detectPlanOf(at.playbook);
  const scope = new EventScope(event);
  // What others have left is not of these triggers.
  takeFailure();
  const { timeMs, playbook } = at;
  const { liveHorizonMs } = playbook.company;
  const { alone, joint } = concernedBy(plan, { event, scope, timeMs, liveHorizonMs }, state);
  const before = TriggerStates.of(state?.triggers);
  let triggers = isActivity(plan, event) ? before.activeBy(event, at.traceparent, plan.anyActivity) : before;
  for (const one of joint) triggers = metJointly(triggers, one);
  if (alone.length === 0 && triggers === before) return { state: withProfile(state, event, plan), facts: NO_FACTS };
  const facts: Fact[] = [];
  const meeting: Meeting = { event, scope, at, facts };
  for (const interest of alone) {
    const concern = concernAlone(interest, scope);
    if (hasFailed()) tellFailure(interest, meeting);
    const { id } = interest.trigger.definition;
    const isClock = plan.anyActivity.has(id);
    if (concern === null && !isClock) continue;
    const known = before.get(id) ?? EMPTY_TRIGGER;
    const after = concern === null ? known : meetAlone(known, concern, meeting);
    if (hasFailed()) tellFailure(interest, meeting);
    const twins = joint.find((one) => one.twins.members.has(id));
    if (twins !== undefined) triggers = metApart(triggers, { before, id, known, after, twins });
    else if (!isClock) triggers = after === known ? triggers : triggers.with(id, after);
    // It may stay where it was while the others have moved on.
    else if (after !== known || triggers.active !== before.active) triggers = triggers.counting(id, after);
  }
  if (triggers === before) return { state: withProfile(state, event, plan), facts };
  return { state: triggers.isEmpty ? undefined : rememberedWith(triggers, event, plan), facts };
}

/** Whether an event changes nothing, whatever is remembered of the person, and arbitration need not hear of it. */
export function concernsNobody(event: EnrichedEvent, playbook: CompiledPlaybook): boolean {
  if (event.contact !== null || playbook.blockingEvents.has(event.name)) return false;
  const plan = detectPlanOf(playbook);
  return !plan.followsProfile && caresNobody(plan, event);
}

/** Whether `concernsNobody` asks for no more of an event than its name and its contact. */
export function namesSuffice(playbook: CompiledPlaybook): boolean {
  const { followsProfile, watching } = detectPlanOf(playbook);
  return !followsProfile && watching === null;
}

/** What twins remember of the event; those of them that meet it by themselves come after. */
function metJointly(triggers: TriggerStates, { twins: { name, ids }, before, after }: Joint): TriggerStates {
  return after === before ? triggers : triggers.sharing(sharedBy(name, ids, after));
}

interface Apart {
  readonly before: TriggerStates;
  readonly id: string;
  readonly known: TriggerState;
  readonly after: TriggerState;
  readonly twins: Joint;
}

/** What one of twins remembers that met the event by itself: perhaps the same as the others after all. */
function metApart(triggers: TriggerStates, { before, id, known, after, twins }: Apart): TriggerStates {
  const isShared = triggers.shared.named(twins.twins.name) !== undefined;
  if (isShared && remembersSame(after, twins.after)) return triggers.joining(id, twins.twins.name);
  return after === known && before.isApart(id) ? triggers : triggers.with(id, after);
}

const NO_FACTS: readonly Fact[] = [];
const NO_SEGMENTS: readonly string[] = [];

function rememberedWith(
  triggers: Triggers,
  event: EnrichedEvent,
  { remembersProfile, watching }: DetectPlan,
): DetectState {
  if (!remembersProfile) return { triggers, profile: '{}', segments: NO_SEGMENTS };
  const { profile, segments } = event;
  // Whoever watches values of the profile has seen this one.
  return watching === null || watching.name === ''
    ? { triggers, profile, segments }
    : { triggers, profile, segments, watchedBy: watching.name };
}

/** Timers see the profile as it stands, so it follows every event while something is remembered and anything asks for it. */
function withProfile(state: DetectState | undefined, event: EnrichedEvent, plan: DetectPlan): DetectState | undefined {
  if (state === undefined || !plan.remembersProfile) return state;
  const isSeen = (state.watchedBy ?? '') === (plan.watching?.name ?? '');
  if (isSeen && state.profile === event.profile && isSameList(state.segments, event.segments)) return state;
  return rememberedWith(state.triggers, event, plan);
}

const said = new FlatObject();

/** What conditions see of an event. JSON is parsed when it is first asked for: most events are told apart by name. */
export class EventScope implements ConditionScope {
  readonly segments: readonly string[];
  readonly now: number;
  readonly #of: EnrichedEvent;
  #properties: Readonly<Record<string, unknown>> | undefined;
  #profile: Readonly<Record<string, unknown>> | undefined;

  constructor(event: EnrichedEvent) {
    this.#of = event;
    this.segments = event.segments;
    this.now = event.loggedAtMs;
  }

  get event(): Readonly<Record<string, unknown>> {
    const { name, type, source, messageId, occurredAtMs } = this.#of;
    return { name, type, source, messageId, occurredAtMs };
  }

  get properties(): Readonly<Record<string, unknown>> {
    this.#properties ??= parseObject(this.#of.properties) ?? {};
    return this.#properties;
  }

  /** Most conditions ask for one or two of the properties, and most events meet no condition that holds. */
  property(name: string): unknown {
    const { properties } = this.#of;
    return this.#properties === undefined && said.isFlat(properties)
      ? said.valueOf(name)
      : fieldOf(this.properties, name);
  }

  get profile(): Readonly<Record<string, unknown>> {
    this.#profile ??= parseObject(this.#of.profile) ?? {};
    return this.#profile;
  }
}

interface Meeting {
  readonly event: EnrichedEvent;
  readonly scope: ConditionScope;
  readonly at: DetectAt;
  readonly facts: Fact[];
}

/** What throws concerns nobody, and its neighbours are asked all the same. */
function concernAlone(interest: Interest, scope: ConditionScope): Concern | null {
  try {
    return concernOf(interest, scope);
  } catch (error) {
    noteThrown(error);
    return null;
  }
}

/** A definition that throws is as if it had not met the event: nothing of what it began is kept. */
function meetAlone(known: TriggerState, concern: Concern, meeting: Meeting): TriggerState {
  const told = meeting.facts.length;
  try {
    return prune(meet(known, concern, meeting), meeting.at.timeMs);
  } catch (error) {
    noteThrown(error);
    meeting.facts.length = told;
    return known;
  }
}

function tellFailure({ trigger }: Interest, { event, at, facts }: Meeting): void {
  const failure = failureFact({
    triggerId: trigger.definition.id,
    personId: event.personId,
    key: '',
    atMs: event.loggedAtMs,
    dueAtMs: null,
    cause: event.messageId,
    playbookVersion: at.playbook.version,
    traceparent: null,
  });
  if (failure !== null) facts.push(failure);
}

/** The moment at which an event meets a trigger. Spelled out: it is made for every event that concerns one. */
export function momentOf({ trigger, starts }: Concern, { event, scope, at }: Omit<Meeting, 'facts'>): EventMoment {
  const { playbook, timeMs } = at;
  return {
    timeMs,
    liveHorizonMs: playbook.company.liveHorizonMs,
    playbookVersion: playbook.version,
    trigger,
    event,
    scope,
    key: trigger.when.type === 'inactivity' ? '' : instanceKeyOf(trigger, scope),
    traceparent: at.traceparent,
    isActivity: starts,
  };
}

/** What the event suspends, resumes or cancels, once its proposals are taken back and before it starts anything. */
export function afterEnds(state: TriggerState, moment: EventMoment, concern: Concern): TriggerState {
  const next = concern.suspends || concern.resumes ? rememberSuspension(state, moment, concern) : state;
  if (!concern.isCancel) return next;
  const { trigger, liveHorizonMs } = moment;
  const type = triggerTypes[trigger.when.type];
  return rememberCancel(type.cancel(next, moment), moment, type.cancelWindowMs(trigger, liveHorizonMs));
}

/** One trigger meets the event; facts are added to the meeting's. */
function meet(state: TriggerState, concern: Concern, meeting: Meeting): TriggerState {
  const { facts } = meeting;
  const moment = momentOf(concern, meeting);
  if (concern.isPaused) {
    facts.push(eventNotStarted(moment, 'TRIGGER_PAUSED'));
    return state;
  }
  const withdrawn = withdraw(state, moment, concern);
  for (const fact of withdrawn.facts) facts.push(fact);
  const next = afterEnds(withdrawn.state, moment, concern);
  if (!concern.starts) return next;
  const started = triggerTypes[moment.trigger.when.type].start(next, moment);
  for (const fact of started.facts) facts.push(fact);
  return started.state;
}

/** What we did with a proposal: afterwards there may be nothing left to take back. */
export function detectFeedback(state: DetectState | undefined, feedback: Feedback): DetectState | undefined {
  const id = feedback.triggerId;
  const triggers = TriggerStates.of(state?.triggers);
  const known = triggers.get(id);
  if (state === undefined || known === undefined) return state;
  const closed = closeFiring(known, feedback);
  return closed === known ? state : { ...state, triggers: triggers.with(id, closed) };
}
