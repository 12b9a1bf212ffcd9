import type { SendOutcome } from './outcomes.ts';

/** Instances of one journey that one person may have under way at once. */
export const MAX_RUNNING = 16;
/** Sends that an instance remembers; the oldest are forgotten first. */
export const MAX_SENDS = 64;

/** A message that an instance proposed, and what became of it. */
export interface JourneySend {
  readonly candidateId: string;
  readonly message: string;
  readonly expiresAtMs: number;
  /** Each once, in the order in which word of it came. */
  readonly outcomes: readonly SendOutcome[];
  /** Why it was not sent, or is not sent yet. */
  readonly code: string | null;
}

/** One person on one journey. Plain JSON, part of what the detector remembers of the person. */
export interface JourneyInstance {
  /** Hash of the journey and the firing that started it. */
  readonly instanceId: string;
  readonly journeyId: string;
  /** The versions that were entered: it finishes on them, whatever is published meanwhile. */
  readonly journeyVersion: string;
  readonly triggerId: string;
  readonly triggerVersion: string;
  /** Value of the trigger's `oncePer`. */
  readonly key: string;
  readonly firingId: string;
  readonly causes: readonly string[];
  /** What made the trigger fire (JSON object). */
  readonly evidence: string;
  readonly startedAtMs: number;
  /** When the last of the causing events happened: what happened before it ends nothing. */
  readonly lastArmAtMs: number;
  /** Due time of the timer that fired; null when an event did. */
  readonly firedDueAtMs: number | null;
  /** Index of the step at which it rests; -1 = all steps are done, and only what was proposed may still be taken back. */
  readonly at: number;
  /** Since when it rests there. */
  readonly sinceMs: number;
  /** When it goes on at the latest; null when it rests no more. */
  readonly dueAtMs: number | null;
  readonly sends: readonly JourneySend[];
}

export const ENDED = -1;

/** What a step changes of an instance. */
type Moving = Pick<JourneyInstance, 'at' | 'sinceMs' | 'dueAtMs' | 'sends'>;

/** The instance at another place. Spelled out: made for every move, and a spread costs many times as much. */
export const withMoved = (of: JourneyInstance, { at, sinceMs, dueAtMs, sends }: Moving): JourneyInstance => ({
  instanceId: of.instanceId,
  journeyId: of.journeyId,
  triggerId: of.triggerId,
  journeyVersion: of.journeyVersion,
  triggerVersion: of.triggerVersion,
  key: of.key,
  firingId: of.firingId,
  causes: of.causes,
  evidence: of.evidence,
  startedAtMs: of.startedAtMs,
  lastArmAtMs: of.lastArmAtMs,
  firedDueAtMs: of.firedDueAtMs,
  at,
  sinceMs,
  dueAtMs,
  sends,
});

export const isRunning = ({ at }: JourneyInstance): boolean => at !== ENDED;

/** Earliest time at which there is something to do for one of them. */
export function journeysDueAtMs(instances: readonly JourneyInstance[]): number | undefined {
  let earliest: number | undefined;
  for (const { dueAtMs } of instances) {
    if (dueAtMs !== null && (earliest === undefined || dueAtMs < earliest)) earliest = dueAtMs;
  }
  return earliest;
}
