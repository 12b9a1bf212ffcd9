import type { ContactEvent, EnrichedEvent, Feedback } from '@kairos/contracts';
import type { CompiledPlaybook } from '../compile-types.ts';
import type { ConditionScope } from '../conditions/types.ts';
import { parseObject } from '../profiles/json.ts';
import { type Concern, concernsOf, isConcerning } from './concerned.ts';
import { eventNotStarted } from './facts.ts';
import { instanceKeyOf } from './instance-key.ts';
import { prune, rememberCancel } from './memory.ts';
import { triggerTypes } from './registry.ts';
import { type DetectState, EMPTY_TRIGGER, isEmptyTrigger, type TriggerState } from './state.ts';
import type { EventMoment, Fact, Surroundings } from './trigger-type.ts';
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
 * order of their ids. Timers never fire here, only on time (`detectTime`).
 */
export function detect(state: DetectState | undefined, event: EnrichedEvent, at: DetectAt): DetectResult {
  if (!isConcerning(at.playbook, event.name)) return { state: refreshed(state, event), facts: [] };
  const scope = scopeOf(event);
  const facts: Fact[] = [];
  const triggers: Record<string, TriggerState> = { ...state?.triggers };
  for (const concern of concernsOf(at.playbook, event.name, scope)) {
    const { id } = concern.trigger.definition;
    const before = Object.hasOwn(triggers, id) ? (triggers[id] ?? EMPTY_TRIGGER) : EMPTY_TRIGGER;
    const after = prune(meet(before, concern, { event, scope, at, facts }), at.timeMs);
    if (isEmptyTrigger(after)) delete triggers[id];
    else triggers[id] = after;
  }
  const isRemembered = Object.keys(triggers).length > 0;
  const next = isRemembered ? { triggers, profile: event.profile, segments: event.segments } : undefined;
  return { state: next, facts };
}

const scopeOf = (event: EnrichedEvent): ConditionScope => ({
  event: {
    name: event.name,
    type: event.type,
    source: event.source,
    messageId: event.messageId,
    occurredAtMs: event.occurredAtMs,
  },
  properties: parseObject(event.properties) ?? {},
  profile: parseObject(event.profile) ?? {},
  segments: event.segments,
  now: event.loggedAtMs,
});

interface Meeting {
  readonly event: EnrichedEvent;
  readonly scope: ConditionScope;
  readonly at: DetectAt;
  readonly facts: Fact[];
}

/** One trigger meets the event; facts are added to the meeting's. */
function meet(state: TriggerState, concern: Concern, { event, scope, at, facts }: Meeting): TriggerState {
  const { trigger } = concern;
  const type = triggerTypes[trigger.when.type];
  const moment: EventMoment = {
    ...surroundings(at),
    trigger,
    event,
    scope,
    key: trigger.when.type === 'inactivity' ? '' : instanceKeyOf(trigger, scope),
    traceparent: at.traceparent,
    isActivity: concern.starts,
  };
  if (concern.isPaused) {
    facts.push(eventNotStarted(moment, 'TRIGGER_PAUSED'));
    return state;
  }
  const withdrawn = withdraw(state, moment, concern);
  facts.push(...withdrawn.facts);
  let next = withdrawn.state;
  if (concern.isCancel) {
    next = rememberCancel(type.cancel(next, moment), moment, type.cancelWindowMs(trigger));
  }
  if (!concern.starts) return next;
  const started = type.start(next, moment);
  facts.push(...started.facts);
  return started.state;
}

export const surroundings = ({ playbook, timeMs }: Omit<DetectAt, 'traceparent'>): Surroundings => ({
  timeMs,
  liveHorizonMs: playbook.company.liveHorizonMs,
  playbookVersion: playbook.version,
});

/** Timers see the profile as it stands, so it follows every event while something is remembered. */
function refreshed(state: DetectState | undefined, event: EnrichedEvent): DetectState | undefined {
  if (state === undefined || state.profile === event.profile) return state;
  return { ...state, profile: event.profile, segments: event.segments };
}

/** What we did with a proposal: afterwards there may be nothing left to take back. */
export function detectFeedback(state: DetectState | undefined, feedback: Feedback): DetectState | undefined {
  const id = feedback.triggerId;
  const known = state !== undefined && Object.hasOwn(state.triggers, id) ? state.triggers[id] : undefined;
  if (state === undefined || known === undefined) return state;
  const closed = closeFiring(known, feedback);
  return closed === known ? state : { ...state, triggers: { ...state.triggers, [id]: closed } };
}

/**
 * What arbitration must hear of an event: that addresses, zone or consent changed, or which blocking rules it sets off.
 * Null for all others.
 */
export function contactEventOf(event: EnrichedEvent, playbook: CompiledPlaybook | undefined): ContactEvent | null {
  const rules = playbook?.blockedBy.get(event.name) ?? [];
  const scope = rules.length === 0 ? {} : scopeOf(event);
  const blocks = rules.filter(({ match }) => match.matches(scope)).map(({ ruleId }) => ruleId);
  if (event.contact === null && blocks.length === 0) return null;
  return {
    personId: event.personId,
    name: event.name,
    messageId: event.messageId,
    // A complaint of last year, imported today, blocks from last year on.
    atMs: event.backfill ? event.occurredAtMs : event.loggedAtMs,
    contact: event.contact,
    blocks,
  };
}
