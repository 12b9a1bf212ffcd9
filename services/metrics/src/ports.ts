import type { ProfileChanged } from '@kairos/contracts';

/** One line of a person's timeline. */
export interface TimelineEntry {
  readonly personId: string;
  readonly atMs: number;
  readonly kind: 'event' | 'trigger' | 'decision' | 'report';
  /** Unique per person and kind: message id, firing id with its outcome, decision id, report id. */
  readonly entryId: string;
  readonly title: string;
  /** JSON text: what the kind has to show. */
  readonly body: string;
  readonly traceId: string | null;
}

/** One step of a counter; the hour is `atMs` cut to the hour. */
export interface Count {
  readonly atMs: number;
  /** What is counted: event, trigger, decision, report. */
  readonly kind: TimelineEntry['kind'];
  /** Event name, or trigger id. */
  readonly subject: string;
  readonly messageId: string;
  readonly channel: string;
  /** Outcome or fate. */
  readonly outcome: string;
  readonly code: string;
  /** Source of an event; empty otherwise. */
  readonly source: string;
}

/** One move of a person on a journey, counted per hour. */
export interface JourneyStep {
  readonly atMs: number;
  readonly journeyId: string;
  readonly version: string;
  /** Where in the definition, such as `steps[1].otherwise[0]`; empty for starts and exits. */
  readonly step: string;
  /** send, wait, waitFor …; empty for starts and exits. */
  readonly does: string;
  /** journeyStarted, journeyNotStarted, journeyStepTaken or journeyExited. */
  readonly outcome: string;
  /** Which way was taken; empty where a step has none, and when a wait begins. */
  readonly way: string;
  readonly code: string;
}

/** What a trigger hopes for: an event within a time after a firing. */
export interface GoalAsked {
  readonly triggerId: string;
  readonly event: string;
  readonly withinMs: number;
}

export interface Link {
  readonly fromPersonId: string;
  readonly toPersonId: string;
  readonly atMs: number;
}

/** One fault of an event against the tracking plan; the day is `atMs` cut to the day, UTC. */
export interface PlanFaultCount {
  readonly atMs: number;
  readonly source: string;
  /** Event name. */
  readonly event: string;
  readonly field: string;
  readonly code: string;
  readonly outcome: 'flagged' | 'refused';
}

/** How a person stood: what reports are broken down by. */
export interface Stand {
  readonly segments: readonly string[];
  /** Null where the profile does not say. */
  readonly isReturning: boolean | null;
}

/** What a report can be broken down by, or restricted to one value of. */
export type Dimension = 'segment' | 'returning';

/** One value of a dimension: a segment's id, `new` or `returning`; empty for who is in none, or of whom it is not known. */
export interface DimensionValue {
  readonly by: Dimension;
  readonly value: string;
}

/** One step of a counter for one value of a dimension. `all` counts what no other counter has: the answers to messages. */
export interface Share {
  readonly by: Dimension | 'all';
  readonly value: string;
  /** As of `Count`, and `answer` for what a recipient did with a message: its subject is the trigger, its outcome the event. */
  readonly kind: Count['kind'] | 'answer';
  readonly subject: string;
  readonly messageId: string;
  readonly channel: string;
  readonly outcome: string;
  readonly n: number;
}

/** What one record adds. */
export interface RollUp {
  readonly entry?: TimelineEntry;
  readonly count?: Count;
  /** How the person stood with an event; of other records it is what the last event before it told. */
  readonly stand?: Stand;
  /** The message that an event answers. */
  readonly candidateId?: string;
  readonly planFaults?: readonly PlanFaultCount[];
  readonly journeyStep?: JourneyStep;
  readonly link?: Link;
  readonly person?: ProfileChanged;
  /** Watermark of the record's partition. */
  readonly timeMs?: number;
  /** Time from cause to hand-over, ms, of a message that a channel accepted. */
  readonly causeToHandOverMs?: number;
}

/** Where a batch stands: one partition of one topic. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** One record's contribution, with what is needed to count it once. */
export interface Counted {
  readonly offset: number;
  /** Origin of the record, for repeats under a new offset; null where the writer gives none (the entry's id decides then). */
  readonly origin: { readonly source: string; readonly offset: number; readonly number: number } | null;
  readonly rollUp: RollUp;
  /** Of a journey that moved: its further steps. They count when the record counts. */
  readonly more?: readonly RollUp[];
}

/**
 * Roll-ups and timelines. `add` counts every record of the batch once, in one transaction with the position: what lies
 * below the stored position, or repeats an origin, is passed over. It never moves a position backwards, so a zombie does no
 * harm. Rejects when the store is away; the caller tries again.
 */
export interface RollUpStore {
  add(place: Place, batch: readonly Counted[]): Promise<{ readonly added: number; readonly repeats: number }>;
  /** Next offset per place, 0 when never seen. */
  positions(topic: string): Promise<ReadonlyMap<number, number>>;
}

export interface PersonSummary {
  readonly personId: string;
  readonly profile: unknown;
  readonly segments: readonly string[];
  readonly changedAtMs: number;
}

export interface StoredEntry extends Omit<TimelineEntry, 'body'> {
  readonly body: Record<string, unknown>;
}

/** What people ask. */
export interface TimelineReader {
  /** Persons whose id, e-mail or name contains `search` (all when empty), latest change first. */
  persons(search: string, limit: number): Promise<readonly PersonSummary[]>;
  person(personId: string): Promise<PersonSummary | null>;
  /** Ids of the same person: what was linked to it, and what it was linked to. */
  linked(personId: string): Promise<readonly Link[]>;
  timeline(
    personIds: readonly string[],
    options: { readonly limit: number; readonly beforeMs: number | null },
  ): Promise<readonly StoredEntry[]>;
  /** Restricted to the persons of one value where `of` names it; counts then come without code and source. */
  counts(range: {
    readonly fromMs: number;
    readonly toMs: number;
    readonly of?: DimensionValue | undefined;
  }): Promise<readonly (Omit<Count, 'atMs'> & { readonly n: number })[]>;
  /** Counts of a kind per hour or day (UTC); of one subject where it is named. */
  series(range: {
    readonly fromMs: number;
    readonly toMs: number;
    readonly kind: string;
    readonly subject?: string | undefined;
    readonly of?: DimensionValue | undefined;
    readonly every?: 'hour' | 'day';
  }): Promise<readonly { readonly atMs: number; readonly outcome: string; readonly n: number }[]>;
  /** Faults against the tracking plan, summed over the days of the range, most first. */
  planFaults(range: {
    readonly fromMs: number;
    readonly toMs: number;
  }): Promise<readonly (Omit<PlanFaultCount, 'atMs'> & { readonly n: number; readonly lastDayMs: number })[]>;
  /** Moves on journeys; of one journey, and of the persons of one value, where these are named. */
  journeySteps(range: {
    readonly fromMs: number;
    readonly toMs: number;
    readonly journeyId?: string | undefined;
    readonly of?: DimensionValue | undefined;
  }): Promise<readonly (Omit<JourneyStep, 'atMs'> & { readonly n: number })[]>;
  /** Every count of the range per value of a dimension, with the answers to messages. */
  shares(range: {
    readonly fromMs: number;
    readonly toMs: number;
    readonly by: Dimension;
    readonly subject?: string | undefined;
  }): Promise<readonly Share[]>;
  /** How many persons each segment has now, and how many persons there are. */
  segmentSizes(): Promise<{
    readonly persons: number;
    readonly segments: readonly { readonly id: string; readonly persons: number }[];
  }>;
  /** As `goals`, per value of a dimension as the person stood when it fired. */
  goalShares(
    asked: readonly GoalAsked[],
    range: { readonly fromMs: number; readonly toMs: number; readonly by: Dimension },
  ): Promise<readonly { readonly triggerId: string; readonly value: string; readonly n: number }[]>;
  /** Of the firings in the range, after how many the same person did what was hoped for, in time. Triggers without one are left out. */
  goals(
    asked: readonly GoalAsked[],
    range: { readonly fromMs: number; readonly toMs: number },
  ): Promise<readonly { readonly triggerId: string; readonly n: number }[]>;
  watermarks(): Promise<readonly { readonly partition: number; readonly timeMs: number }[]>;
}
