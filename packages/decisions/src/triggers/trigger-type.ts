import type { EnrichedEvent, Proposal, ReasonCode, TriggerDetected, Withdrawal } from '@kairos/contracts';
import type { CompiledTrigger } from '../compile-types.ts';
import type { ConditionScope } from '../conditions/types.ts';
import type { When } from '../definitions.ts';
import type { Pair } from './merge-types.ts';
import type { Own, TriggerState } from './state.ts';

/** What detection says of a person, in order. `traceparent` is the arming event's, for what a timer fired. */
export type Fact =
  | {
      readonly kind: 'detected';
      readonly detected: TriggerDetected;
      readonly traceparent: string | null;
      /** Of a firing: when the last of the events that made it fire happened. */
      readonly lastAtMs?: number;
      /** Of a journey: the first fact of the same move, with which it may be told (`factsOf`). */
      readonly follows?: TriggerDetected;
    }
  | { readonly kind: 'proposed'; readonly proposal: Proposal; readonly traceparent: string | null }
  | { readonly kind: 'withdrawn'; readonly withdrawal: Withdrawal }
  /** A journey sets what is known of the person: an event of the house, through the door. */
  | { readonly kind: 'set'; readonly set: SetOfPerson };

export interface SetOfPerson {
  readonly personId: string;
  /** Hash of instance and step. */
  readonly messageId: string;
  /** JSON object. */
  readonly traits: string;
  readonly atMs: number;
}

/** Describes a trigger type: docs and lint come from it. */
export interface TriggerTypeSpec {
  readonly type: When['type'];
  readonly summary: string;
  readonly fields: readonly {
    readonly name: string;
    readonly meaning: string;
    readonly default: string | null;
  }[];
  /** A definition as a marketer writes it (YAML). */
  readonly example: string;
  /** How it can hurt. */
  readonly hazards: readonly string[];
}

/** What holds for all triggers at one point of the log. */
export interface Surroundings {
  /** Watermark, UTC ms; -1 before there is time. */
  readonly timeMs: number;
  readonly liveHorizonMs: number;
  readonly playbookVersion: string;
}

/** An event meets a trigger that it concerns. */
export interface EventMoment extends Surroundings {
  readonly trigger: CompiledTrigger;
  readonly event: EnrichedEvent;
  readonly scope: ConditionScope;
  /** Value of `oncePer`; '' when the event lacks it. */
  readonly key: string;
  readonly traceparent: string | null;
  /** The event counts as activity for an inactivity trigger. */
  readonly isActivity?: boolean;
}

/** Time meets a trigger of which something is due. */
export interface TimerMoment extends Surroundings {
  readonly trigger: CompiledTrigger;
  readonly personId: string;
  /** The projection as JSON text, frozen into the proposal. */
  readonly profileText: string;
  readonly profile: Readonly<Record<string, unknown>>;
  readonly segments: readonly string[];
}

export interface TypeStep {
  readonly state: TriggerState;
  readonly facts: readonly Fact[];
}

/** Something due, with the moment that orders it among all that is due. */
export interface DueItem {
  readonly dueAtMs: number;
  readonly key: string;
}

/**
 * A trigger type as a value. All functions are pure; states are values. Matches were looked up by the caller, withdrawals
 * are common to all types and done by the caller.
 */
export interface TriggerType {
  readonly spec: TriggerTypeSpec;
  /** The event matches what starts the trigger (for inactivity: counts as activity). */
  start(state: TriggerState, moment: EventMoment): TypeStep;
  /** The event cancels: pending instances go. The caller puts it into the cancel memory. */
  cancel(state: TriggerState, moment: EventMoment): TriggerState;
  /** How long a cancelling event concerns arming events from before it, ms. */
  cancelWindowMs(trigger: CompiledTrigger, liveHorizonMs: number): number;
  /** Earliest time at which `fire` has something to do. */
  dueAtMs(state: TriggerState): number | undefined;
  /** What is due at `timeMs`, for the order among triggers. */
  dueItems(state: TriggerState, timeMs: number): readonly DueItem[];
  /** Deals with one due item; afterwards it is not due any more. */
  fire(state: TriggerState, item: DueItem, moment: TimerMoment): TypeStep;
  /** Lets one due item go because its trigger is gone or paused; answers what armed it. */
  drop(state: TriggerState, item: DueItem): { readonly state: TriggerState; readonly armedBy: string };
  /** Makes one of what it keeps of its own of two persons who are one; at least one side has some, both are of this type. */
  mergeOwn?(pair: Pair): Own | null;
}

export type StartCode = Extract<
  ReasonCode,
  | 'BACKFILL'
  | 'EVENT_TOO_OLD'
  | 'NOT_IN_AUDIENCE'
  | 'REENTRY_WAIT'
  | 'ALREADY_ACTIVE'
  | 'TOO_MANY_INSTANCES'
  | 'OUTSIDE_SCHEDULE'
  | 'TRIGGER_PAUSED'
  | 'EXITED'
  | 'BLOCKED'
  | 'DEFINITION_FAILED'
>;
