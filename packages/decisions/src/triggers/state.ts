import type { When } from '../definitions.ts';

/** An event that armed an instance. */
export interface Arm {
  readonly messageId: string;
  /** When it happened. */
  readonly atMs: number;
  readonly traceparent: string | null;
}

/** What the latest arming event said; it becomes the evidence. Kept as text: most that is armed never fires. */
export interface Said {
  readonly event: string;
  /** JSON object, as the event carried it (at most 4 KiB, see `saidOf`). */
  readonly properties: string;
}

/** A waiting instance of an absence trigger. It is the set of its arming events: in which order they came changes nothing. */
export interface OpenInstance {
  readonly key: string;
  /** In order of time, ties by id. The middle ones are let go beyond a limit. */
  readonly arms: readonly Arm[];
  /** Arming events, those let go included. */
  readonly count: number;
  /** Of the latest arm. */
  readonly said: Said;
  readonly dueAtMs: number;
  /** Waited beyond the due time. */
  readonly graceMs: number;
}

/** The clock of an inactivity trigger. */
export interface Idle {
  readonly last: Arm;
  readonly said: Said;
  readonly forMs: number;
  /** When the clock is looked at next. Later activity does not move it: it is set anew only when it rings. */
  readonly timerAtMs: number;
}

/** The latest cancelling event per key, kept while an arming event from before it could still come. */
export interface CancelMemory {
  readonly key: string;
  readonly atMs: number;
  readonly messageId: string;
  readonly untilMs: number;
}

/** A firing: the last of each key for re-entry, and all whose proposal may still be taken back. In order of firing. */
export interface FiredMemory {
  readonly key: string;
  readonly candidateId: string;
  /** Log time or watermark at which it fired. */
  readonly firedAtMs: number;
  readonly dueAtMs: number;
  /** When the latest causing event happened. */
  readonly lastArmAtMs: number;
  readonly expiresAtMs: number;
  /** False once the proposal was taken back, handed over or dropped. */
  readonly isOpen: boolean;
  /** null = for ever (re-entry never). */
  readonly untilMs: number | null;
}

/** What happened last of what suspends a trigger for a person, and of what ends that. */
export interface Suspension {
  readonly suspendedAtMs: number | null;
  readonly resumedAtMs: number | null;
  readonly untilMs: number;
}

/** What a trigger's type keeps beside what all types remember: plain JSON, told apart by `type`. */
export interface Own {
  readonly type: When['type'];
  /** Let go when the watermark has passed it; null = the type itself lets it go. */
  readonly untilMs: number | null;
}

/** What one trigger remembers of one person. */
export interface TriggerState {
  readonly open: readonly OpenInstance[];
  readonly idle: Idle | null;
  readonly cancels: readonly CancelMemory[];
  readonly fired: readonly FiredMemory[];
  readonly own: Own | null;
  readonly suspension: Suspension | null;
}

export const EMPTY_TRIGGER: TriggerState = Object.freeze({
  open: [],
  idle: null,
  cancels: [],
  fired: [],
  own: null,
  suspension: null,
});

export const isEmptyTrigger = (state: TriggerState): boolean =>
  state.open.length === 0 &&
  state.idle === null &&
  state.cancels.length === 0 &&
  state.fired.length === 0 &&
  state.own === null &&
  state.suspension === null;
