import type { ReasonCode } from '@kairos/contracts';
import type { When } from '../definitions.ts';

/** What an event may be to a trigger. */
export type RoleName = 'starts' | 'cancels' | 'goal' | 'suspends' | 'resumes';

/** One thing that an event may be to a trigger, and whether it is. */
export interface RoleLook {
  readonly role: RoleName;
  readonly holds: boolean;
  /** The condition that was asked, as it is written; null where the name alone decides. */
  readonly where: string | null;
  /** Why it does not hold, part by part with values; of one that holds, nothing. */
  readonly why: readonly string[];
}

/** What a match must pass before anything starts, in the order in which it is asked. */
export type StartGate =
  | 'notBackfill'
  | 'recent'
  | 'active'
  | 'notSuspended'
  | 'reentry'
  | 'notCancelled'
  | 'notWaiting'
  | 'audience';

export interface GateLook {
  readonly gate: StartGate;
  readonly passed: boolean;
  /** Why not, as the detector calls it; null = passed. */
  readonly code: ReasonCode | null;
  /** Why not, with values; nothing of one that passed. */
  readonly why: readonly string[];
}

/** What came of a match, or of a timer. */
export interface LookOutcome {
  /** Value of `oncePer`; '' = the person. */
  readonly key: string;
  readonly outcome: 'fired' | 'notStarted' | 'waits' | 'unchanged';
  readonly code: ReasonCode | null;
  /** As far as they were asked: nothing is asked after the first that is closed. */
  readonly gates: readonly GateLook[];
}

/** `noMatch`: it looked, and the event is nothing to it. `remembered`: part of a pattern that is not complete. */
export type LookVerdict = 'fired' | 'notStarted' | 'waits' | 'ended' | 'remembered' | 'unchanged' | 'noMatch';

/** How one trigger looked at one event, or at a moment that had come. */
export interface TriggerLook {
  readonly triggerId: string;
  readonly type: When['type'];
  readonly verdict: LookVerdict;
  readonly roles: readonly RoleLook[];
  readonly outcomes: readonly LookOutcome[];
  /** What else there is to say, in sentences. */
  readonly says: readonly string[];
}

/** Something that waits for time. */
export interface Pending {
  readonly kind: 'trigger' | 'journey';
  readonly id: string;
  readonly key: string;
  /** UTC ms. */
  readonly dueAtMs: number;
  /** Waited beyond it for what other devices still bring. */
  readonly graceMs: number;
  readonly sinceMs: number;
  /** What it waits for, in words. */
  readonly what: string;
}

/** One record of a person's log, and what came of it. */
export interface TraceEntry {
  readonly kind: 'event' | 'time' | 'feedback' | 'merged' | 'moved' | 'waiting' | 'playbook';
  /** Log time, UTC ms. */
  readonly atMs: number;
  readonly title: string;
  /** When it happened, where that is another time. */
  readonly occurredAtMs: number | null;
  readonly messageId: string | null;
  readonly playbookVersion: string;
  readonly looks: readonly TriggerLook[];
  /** Live triggers that events of this name do not concern. */
  readonly notConcerned: number;
  /** What journeys did, and what else there is to say. */
  readonly says: readonly string[];
  /** What waits afterwards, the next first. */
  readonly pending: readonly Pending[];
  /** Where the person lives, by whose clock times are shown. */
  readonly zone: string;
}
