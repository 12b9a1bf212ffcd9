import type { EnrichedEvent } from '@kairos/contracts';
import { saidOf } from './evidence.ts';
import type { Arm, Idle, Said, TriggerState } from './state.ts';

/** The clock of one trigger of inactivity that counts from when the person was last active. */
export interface Clock {
  /** The trigger. */
  readonly id: string;
  readonly forMs: number;
  readonly timerAtMs: number;
}

/**
 * When a person was last active, and the clocks that count from it. Of triggers that take any event for activity most count
 * from the same one, so it is remembered once: an event then moves all of them at the price of one.
 */
export interface LastActive {
  readonly last: Arm;
  readonly said: Said;
  /** Each trigger once. */
  readonly clocks: readonly Clock[];
}

export const isLaterArm = (a: Pick<Arm, 'messageId' | 'atMs'>, b: Pick<Arm, 'messageId' | 'atMs'>): boolean =>
  a.atMs > b.atMs || (a.atMs === b.atMs && a.messageId > b.messageId);

/** Whether an event is later than what the clocks count from. */
export const isLaterActivity = ({ occurredAtMs: atMs, messageId }: EnrichedEvent, { last }: LastActive): boolean =>
  isLaterArm({ atMs, messageId }, last);

/** The same clocks, counting from this event on. */
export const activeBy = (
  { clocks }: Pick<LastActive, 'clocks'>,
  event: EnrichedEvent,
  traceparent: string | null,
): LastActive => ({
  last: { messageId: event.messageId, atMs: event.occurredAtMs, traceparent },
  said: saidOf(event),
  clocks,
});

/** Other clocks, counting from the same. Spelled out: what is not read yet of what lies encoded is no property that could be spread. */
export const withClocks = ({ last, said }: LastActive, clocks: readonly Clock[]): LastActive => ({
  last,
  said,
  clocks,
});

/** What a trigger remembers whose clock this is. */
export const stateOfClock = ({ last, said }: LastActive, { forMs, timerAtMs }: Clock): TriggerState => ({
  open: NONE,
  idle: { last, said, forMs, timerAtMs },
  cancels: NONE,
  fired: NONE,
  own: null,
  suspension: null,
});

const NONE: readonly never[] = [];

/** The clock, where it is all that a trigger remembers; null where there is more, or none. */
export const clockAlone = ({ open, idle, cancels, fired, own, suspension }: TriggerState): Idle | null =>
  open.length === 0 && cancels.length === 0 && fired.length === 0 && own === null && suspension === null ? idle : null;

/** Whether a clock counts from exactly what the others count from. */
export const countsFrom = ({ last, said }: LastActive, idle: Idle): boolean =>
  idle.last === last
    ? idle.said === said || isSameSaid(idle.said, said)
    : idle.last.messageId === last.messageId &&
      idle.last.atMs === last.atMs &&
      idle.last.traceparent === last.traceparent &&
      isSameSaid(idle.said, said);

const isSameSaid = (a: Said, b: Said): boolean => a.event === b.event && a.properties === b.properties;
