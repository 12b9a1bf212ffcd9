import type { ComputedTraitDefinition } from './computed/definition.ts';
import type { Channel, Common, EventMatch, Purpose } from './definition-parts.ts';
import type { JourneyDefinition } from './journeys/definition.ts';
import type { ModelDefinition } from './models/definition.ts';
import type { TrackingPlanDefinition } from './tracking/definition.ts';

export type * from './computed/definition.ts';
export type * from './definition-parts.ts';
export type * from './journeys/definition.ts';
export type * from './models/definition.ts';
export type * from './tracking/definition.ts';

/**
 * The playbook in normal form: what `playbook` makes of YAML, what `playbook.published` carries, and what every stage
 * compiles. Durations are ms and already scaled; ids are unique per kind; conditions are CEL text.
 */

/** What a rule in the way does to a message: not send it, let it wait, or try its next channel (and wait where there is none). */
export type OnBreach = 'drop' | 'defer' | 'fallback';

/** Settings of the company. One per playbook. */
export interface CompanyDefinition extends Common {
  readonly kind: 'Company';
  readonly name: string;
  readonly zone: string;
  readonly currency: string;
  /** Events older than this against log time never start a conversation. */
  readonly liveHorizonMs: number;
  /** Collection window per purpose. Never scaled: it is about simultaneity. */
  readonly collectForMs: Readonly<Record<Purpose, number>>;
  /** Channels that are set up; a message passes over others. Absent = all. */
  readonly channels?: readonly Channel[];
  /** What one message costs on a channel, in `currency`. Absent = nothing. Told in rehearsals; no decision asks it. */
  readonly costPerMessage?: Readonly<Partial<Record<Channel, number>>>;
  readonly quietHours: readonly QuietHours[];
  /** Percent of persons that never get marketing, drawn sticky. */
  readonly globalHoldoutPercent: number;
  /** Salt of every sticky draw. */
  readonly salt: string;
}

export interface QuietHours {
  readonly purpose: Purpose;
  /** Local wall time `HH:MM` in the person's zone; `to` may be past midnight. */
  readonly from: string;
  readonly to: string;
  readonly channels: readonly Channel[];
  readonly onBreach: OnBreach;
}

/** Where events come from, and what is believed of them. */
export interface SourceDefinition extends Common {
  readonly kind: 'Source';
  readonly sourceKind: 'browser' | 'server' | 'import' | 'internal';
  /** Channels for which marketing consent is assumed until withdrawn. Default none. */
  readonly assumeConsent: readonly Channel[];
  /** Whether a browser may set an e-mail address or phone number. */
  readonly trustBrowserEmail: boolean;
  /** What becomes of an event that does not keep to the tracking plan. Absent = `flag`: it takes effect and is marked. */
  readonly onNonconforming?: 'flag' | 'refuse';
  /** What becomes of an event that no tracking plan names, where there is one. Absent = `flag`. */
  readonly unplanned?: 'allow' | 'flag' | 'refuse';
}

export type When =
  | { readonly type: 'event'; readonly events: readonly EventMatch[] }
  | {
      readonly type: 'absence';
      readonly events: readonly EventMatch[];
      readonly butNot: readonly EventMatch[];
      readonly withinMs: number;
      /** Whether a repeated event restarts the clock of its instance. */
      readonly clock: 'restartsOnRepeat' | 'startsOnFirst';
      /** Latest moment counted from the first event, however often the clock restarts. */
      readonly atLatestAfterMs: number | null;
      /** Waited beyond the due time for what other devices still bring. */
      readonly graceMs: number;
    }
  | {
      readonly type: 'inactivity';
      /** Events that count as activity; null = any event of the customer. */
      readonly events: readonly EventMatch[] | null;
      readonly forMs: number;
    }
  | {
      readonly type: 'count';
      readonly events: readonly EventMatch[];
      readonly of: 'count' | 'sum' | 'distinct';
      /** What is summed, or told apart: an expression such as `properties.amount`; null when events are counted. */
      readonly value: string | null;
      readonly atLeast: number;
      readonly window: CountWindow;
    }
  | {
      readonly type: 'sequence';
      /** The first. */
      readonly events: readonly EventMatch[];
      /** What follows, in order. */
      readonly followedBy: readonly EventMatch[];
      /** None of these between the first and the last. */
      readonly butNot: readonly EventMatch[];
      readonly withinMs: number;
    }
  | {
      readonly type: 'unusual';
      readonly events: readonly EventMatch[];
      /** An expression that gives an amount; null when events are counted. */
      readonly value: string | null;
      /** The periods in which events are counted: those of a length follow each other from the first event on; null when each event has a value. */
      readonly per: CountWindow | null;
      /** So many times the median of the person's values (below: the median divided by it); null = not asked. */
      readonly times: number | null;
      /** So many median absolute deviations from it; null = not asked. */
      readonly spreads: number | null;
      readonly direction: 'above' | 'below';
      /** How many earlier values there must be. */
      readonly afterAtLeast: number;
    }
  | {
      readonly type: 'segment';
      /** Id of the segment. */
      readonly segment: string;
      readonly change: 'enters' | 'leaves';
    }
  | {
      readonly type: 'profileChange';
      /** Path below `profile`, such as `traits.plan`. */
      readonly path: string;
      /** Condition over the profile with the value as it was; null = not asked. */
      readonly from: string | null;
      /** Condition over the profile as it is; null = not asked. */
      readonly to: string | null;
    }
  | {
      readonly type: 'date';
      readonly of: 'profile' | 'properties';
      /** Path below `of`, such as `traits.birthday`. */
      readonly path: string;
      /** The events that tell it; none when it is of the profile. */
      readonly events: readonly EventMatch[];
      readonly yearly: boolean;
      /** Days of the calendar, negative for before. */
      readonly offsetDays: number;
      /** Time of day, ms since midnight. */
      readonly atWallMs: number;
    };

/** Any period of a length, or the days, weeks or months of a calendar. */
export type CountWindow =
  | { readonly kind: 'rolling'; readonly ms: number }
  | { readonly kind: 'calendar'; readonly per: 'day' | 'week' | 'month'; readonly zone: 'person' | 'company' };

/** From such an event on a trigger starts nothing for the person, until one of `until` happens, and for `atMostMs` at most. */
export interface Unless {
  readonly events: readonly EventMatch[];
  readonly until: readonly EventMatch[];
  readonly atMostMs: number;
}

export interface TriggerDefinition extends Common {
  readonly kind: 'Trigger';
  readonly purpose: Purpose;
  readonly foundBy: 'rule' | 'model';
  readonly when: When;
  /** Condition over the person when it would fire; a match that fails it is recorded as NOT_IN_AUDIENCE. */
  readonly audience: string | null;
  /** Only members of this segment; others are recorded as NOT_IN_AUDIENCE. Absent = everybody. */
  readonly pilot?: string;
  /** Events that suspend the trigger for a person; recorded as BLOCKED. Absent = none. */
  readonly unless?: Unless;
  /** Paths such as `properties.cart_id`, or `person`; alternatives in order. */
  readonly oncePer: readonly string[];
  /** May it fire again for the same instance: never, always, or after a time. */
  readonly reentry:
    | { readonly kind: 'never' }
    | { readonly kind: 'always' }
    | { readonly kind: 'after'; readonly afterMs: number };
  /** Events that cancel a waiting instance, and withdraw one that fired and was not handed over. */
  readonly cancelOn: readonly EventMatch[];
  readonly goal: { readonly event: EventMatch; readonly withinMs: number; readonly value: string | null } | null;
  readonly expiresAfterMs: number;
  readonly holdoutPercent: number;
  readonly priority: number;
  /** `customer`, or `staff:<role>`. */
  readonly audienceRole: string;
  readonly activeFromMs: number | null;
  readonly activeToMs: number | null;
  /** Id of the message that it proposes; null = it only says on `triggers.detected` that it fired. */
  readonly send: string | null;
}

export interface MessageDefinition extends Common {
  readonly kind: 'Message';
  readonly purpose: Purpose;
  /** What it is about, in words that a person can switch off. Absent = nothing in particular. */
  readonly topics?: readonly string[];
  /** In order of preference; the first that is allowed is used. */
  readonly channels: readonly ChannelContent[];
}

export type ChannelContent =
  | { readonly channel: 'email'; readonly subject: string; readonly html: string; readonly deliver: Deliver }
  | { readonly channel: 'sms'; readonly text: string; readonly deliver: Deliver }
  | { readonly channel: 'webhook'; readonly url: string; readonly body: string; readonly deliver: Deliver }
  | { readonly channel: 'onsite'; readonly slot: string; readonly html: string; readonly deliver: Deliver }
  /** What to do, why the customer would welcome it, what not to say, until when: never the raw trigger. */
  | {
      readonly channel: 'task';
      readonly title: string;
      readonly action: string;
      readonly why: string;
      readonly avoid: string;
      readonly deliver: Deliver;
    };

export type Deliver = 'atMostOnce' | 'atLeastOnce';

export interface Scope {
  readonly purpose: Purpose | null;
  /** Empty = all. */
  readonly channels: readonly Channel[];
  readonly messages: readonly string[];
}

export type ContactRuleDefinition = Common & {
  readonly kind: 'ContactRule';
  readonly scope: Scope;
  readonly onBreach: OnBreach;
} & (
    | { readonly rule: 'cap'; readonly limit: number; readonly rollingMs: number }
    | { readonly rule: 'cooldown'; readonly cooldownMs: number }
    | {
        readonly rule: 'block';
        readonly afterEvents: readonly EventMatch[];
        readonly forMs: number;
        /** Names of events that end it before its time. Absent = none. */
        readonly until?: readonly string[];
      }
  );

/** A segment by rule: who fulfils the condition over `profile`. */
export interface SegmentDefinition extends Common {
  readonly kind: 'Segment';
  readonly where: string;
}

export type Definition =
  | CompanyDefinition
  | SourceDefinition
  | TriggerDefinition
  | JourneyDefinition
  | MessageDefinition
  | ContactRuleDefinition
  | SegmentDefinition
  | ModelDefinition
  | ComputedTraitDefinition
  | TrackingPlanDefinition;

/** An activated playbook as the stages get it. */
export interface PublishedPlaybook {
  readonly version: string;
  readonly offset: number;
  readonly timeScale: number;
  readonly definitions: readonly Definition[];
  /**
   * Definitions that were published before and are not part of it. A running journey finishes on the version it entered,
   * so the versions of journeys and triggers that somebody may still be on stay known.
   */
  readonly earlier?: readonly Definition[];
}
