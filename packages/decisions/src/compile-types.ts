import type { CompiledComputedTraits } from './computed/types.ts';
import type { CompiledCondition, CompiledExpression, ConditionFault, ConditionScope } from './conditions/types.ts';
import type {
  Channel,
  CompanyDefinition,
  ContactRuleDefinition,
  CountWindow,
  MessageDefinition,
  SegmentDefinition,
  SourceDefinition,
  TriggerDefinition,
} from './definitions.ts';
import type { JourneyDefinition, LocalMoment } from './journeys/definition.ts';
import type { SendOutcome } from './journeys/outcomes.ts';
import type { CompiledModel } from './models/compiled-model.ts';
import type { CompiledTracking } from './tracking/compile-tracking.ts';

/** An event by name, with its condition compiled. */
export interface CompiledMatch {
  readonly name: string;
  readonly condition: CompiledCondition | null;
  /** Whether the event of the scope is meant. The caller looked it up by name; only the condition is evaluated. */
  matches(scope: ConditionScope): boolean;
}

/** One alternative of `oncePer`: `properties.cart_id`, or `person`. */
export interface CompiledKey {
  readonly path: string;
  /** The value as text; '' for `person`; null when the event lacks it. */
  read(scope: ConditionScope): string | null;
}

export type CompiledWhen =
  | { readonly type: 'event'; readonly events: readonly CompiledMatch[] }
  | {
      readonly type: 'absence';
      readonly events: readonly CompiledMatch[];
      readonly butNot: readonly CompiledMatch[];
      readonly withinMs: number;
      readonly clock: 'restartsOnRepeat' | 'startsOnFirst';
      readonly atLatestAfterMs: number | null;
      readonly graceMs: number;
    }
  | {
      readonly type: 'inactivity';
      /** null = any event of the customer. */
      readonly events: readonly CompiledMatch[] | null;
      readonly forMs: number;
    }
  | {
      readonly type: 'count';
      readonly events: readonly CompiledMatch[];
      readonly of: 'count' | 'sum' | 'distinct';
      readonly value: CompiledExpression | null;
      readonly atLeast: number;
      readonly window: CountWindow;
      readonly companyZone: string;
    }
  | {
      readonly type: 'sequence';
      readonly events: readonly CompiledMatch[];
      readonly followedBy: readonly CompiledMatch[];
      readonly butNot: readonly CompiledMatch[];
      readonly withinMs: number;
    }
  | {
      readonly type: 'unusual';
      readonly events: readonly CompiledMatch[];
      readonly value: CompiledExpression | null;
      readonly per: CountWindow | null;
      readonly companyZone: string;
      readonly times: number | null;
      readonly spreads: number | null;
      readonly direction: 'above' | 'below';
      readonly afterAtLeast: number;
    }
  | { readonly type: 'segment'; readonly segment: string; readonly change: 'enters' | 'leaves' }
  | {
      readonly type: 'profileChange';
      readonly path: string;
      readonly from: CompiledCondition | null;
      readonly to: CompiledCondition | null;
    }
  | {
      readonly type: 'date';
      readonly of: 'profile' | 'properties';
      readonly path: string;
      readonly events: readonly CompiledMatch[];
      readonly yearly: boolean;
      readonly offsetDays: number;
      readonly atWallMs: number;
      readonly companyZone: string;
    };

export interface CompiledTrigger {
  readonly definition: TriggerDefinition;
  readonly when: CompiledWhen;
  /** The audience, and the segment of the pilot if there is one. */
  readonly audience: CompiledCondition | null;
  readonly unless: {
    readonly events: readonly CompiledMatch[];
    readonly until: readonly CompiledMatch[];
    readonly atMostMs: number;
  } | null;
  /** Alternatives in order. */
  readonly oncePer: readonly CompiledKey[];
  readonly cancelOn: readonly CompiledMatch[];
  readonly goal: {
    readonly match: CompiledMatch;
    readonly withinMs: number;
    readonly value: CompiledExpression | null;
  } | null;
}

/** A trigger together with the match that named the event, so that its condition need not be looked up again. */
export interface TriggerMatch {
  readonly trigger: CompiledTrigger;
  readonly match: CompiledMatch;
}

/**
 * A journey as a flat program: steps in the order in which they are written, inner ones behind the step that holds them.
 * Every way on from a step leads to a higher index, so no step comes twice and every instance ends.
 */
export interface CompiledJourney {
  readonly definition: JourneyDefinition;
  /** The trigger of the version with which the person entered: its goal and what cancels it end the journey too. */
  readonly trigger: CompiledTrigger;
  readonly exitWhen: readonly CompiledMatch[];
  readonly program: readonly CompiledStep[];
}

export type CompiledAwaited =
  | { readonly kind: 'event'; readonly match: CompiledMatch }
  | { readonly kind: 'outcome'; readonly message: string; readonly outcome: SendOutcome };

/** One way on, by the index at which it begins. */
interface Way {
  readonly name: string;
  readonly to: number;
}

export type CompiledStep = {
  /** Where in the definition, such as `steps[1].otherwise[0]`. */
  readonly path: string;
  /** The index after this step and all that is inside it; the length of the program = the end. */
  readonly next: number;
} & (
  | {
      readonly does: 'send' | 'task' | 'call';
      readonly message: string;
      readonly channel: Channel | null;
      /** `customer`, or `staff:<role>`. */
      readonly audience: string;
      readonly expiresAfterMs: number;
    }
  | { readonly does: 'wait'; readonly forMs: number; readonly until: LocalMoment | null }
  | {
      readonly does: 'waitFor';
      readonly anyOf: readonly CompiledAwaited[];
      readonly atMostMs: number;
      readonly otherwise: number;
    }
  | {
      readonly does: 'branch';
      readonly branches: readonly (Way & { readonly condition: CompiledCondition | null })[];
      readonly otherwise: number;
    }
  | {
      readonly does: 'split';
      readonly id: string;
      /** `upTo` is the sum of percents up to and with the way. */
      readonly ways: readonly (Way & { readonly upTo: number })[];
    }
  /** `traits` as JSON text. */
  | { readonly does: 'set'; readonly traits: string }
  | { readonly does: 'exit' }
);

export type CompiledStepOf<Does extends CompiledStep['does']> = Extract<CompiledStep, { does: Does }>;

/** By which versions an instance finds what it runs on. */
export interface JourneyReference {
  readonly journeyId: string;
  readonly journeyVersion: string;
  readonly triggerVersion: string;
}

/** The journeys of a playbook, and those of earlier ones on which somebody may still be. */
export interface CompiledJourneys {
  /** Neither now nor ever before a journey. */
  readonly isEmpty: boolean;
  /** Live journeys by the trigger that starts them, in order of id. */
  readonly startedBy: ReadonlyMap<string, readonly CompiledJourney[]>;
  /** Paused ones, likewise: they start nothing. */
  readonly pausedStartedBy: ReadonlyMap<string, readonly CompiledJourney[]>;
  isPaused(journeyId: string): boolean;
  /** Whether an event of this name may be anything to somebody who is on one, of whatever version. */
  hears(eventName: string): boolean;
  /** The journey of the version that was entered; undefined when its definition is gone. */
  find(reference: JourneyReference): CompiledJourney | undefined;
}

/** A contact rule; `afterEvents` is empty unless it blocks. */
export interface CompiledContactRule {
  readonly definition: ContactRuleDefinition;
  readonly afterEvents: readonly CompiledMatch[];
}

export interface CompiledSegment {
  readonly definition: SegmentDefinition;
  readonly condition: CompiledCondition;
}

/** A part of a published playbook that could not be compiled; it is switched off, never guessed. */
export interface PlaybookFault {
  readonly kind: string;
  readonly id: string;
  /** Path in the definition, such as `when.events[0].where`. */
  readonly field: string;
  readonly fault: ConditionFault;
}

/** An activated playbook, compiled once per version and shared by all keys of a stage. Immutable. */
export interface CompiledPlaybook {
  readonly version: string;
  readonly offset: number;
  readonly timeScale: number;
  /** The company's settings; defaults where the playbook has none. */
  readonly company: CompanyDefinition;
  /** Live triggers by id, in order of id. */
  readonly triggers: ReadonlyMap<string, CompiledTrigger>;
  /** Paused triggers by id: their matches are recorded as TRIGGER_PAUSED and start nothing. */
  readonly pausedTriggers: ReadonlyMap<string, CompiledTrigger>;
  /** Live `event` and `absence` triggers by the name of an event that starts them, in order of id. */
  readonly startedBy: ReadonlyMap<string, readonly TriggerMatch[]>;
  /** Paused ones, likewise. */
  readonly pausedStartedBy: ReadonlyMap<string, readonly TriggerMatch[]>;
  /** Live `absence` triggers by the name of an event of their `butNot`. */
  readonly endedBy: ReadonlyMap<string, readonly TriggerMatch[]>;
  /** Live triggers by the name of an event of their `cancelOn`. */
  readonly cancelledBy: ReadonlyMap<string, readonly TriggerMatch[]>;
  /** Live triggers by the name of their goal's event. */
  readonly goalReachedBy: ReadonlyMap<string, readonly TriggerMatch[]>;
  /** Live `inactivity` triggers by the name of an event that counts as activity. */
  readonly activeBy: ReadonlyMap<string, readonly TriggerMatch[]>;
  /** Live `inactivity` triggers for which any event counts. */
  readonly activeByAny: readonly CompiledTrigger[];
  /** Journeys, and those of earlier playbooks on which somebody may still be. */
  readonly journeys: CompiledJourneys;
  /** Messages that are not drafts, by id. */
  readonly messages: ReadonlyMap<string, MessageDefinition>;
  /** Live contact rules, in order of id. */
  readonly contactRules: readonly CompiledContactRule[];
  /** Matches of live blocking rules by event name: such an event is forwarded to arbitration. */
  readonly blockedBy: ReadonlyMap<string, readonly { readonly ruleId: string; readonly match: CompiledMatch }[]>;
  /** Names of all events that a live blocking rule waits for, to begin or to end. */
  readonly blockingEvents: ReadonlySet<string>;
  /** Live models, in order of id; asked before the segments by rule, which may ask for their groups. */
  readonly models: readonly CompiledModel[];
  /** Live segments, in order of id. */
  readonly segments: readonly CompiledSegment[];
  /** Traits that the enricher computes. */
  readonly computed: CompiledComputedTraits;
  /** Live sources by id. */
  readonly sources: ReadonlyMap<string, SourceDefinition>;
  /** Live tracking plans together; null = nothing is planned. */
  readonly tracking: CompiledTracking | null;
  /** Marketing consent that a source assumes, empty for an unknown source. */
  assumedConsent(sourceId: string): readonly Channel[];
  /** Paths of the profile that travel with an event, sorted: what live definitions read, and how to address a person. `*` = all. */
  readonly projection: readonly string[];
  /** The profile reduced to the projection. Never returns the argument itself unless the projection is `*`. */
  project(profile: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
  readonly faults: readonly PlaybookFault[];
}
