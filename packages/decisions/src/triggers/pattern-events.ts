import { isCancelled } from './memory.ts';
import type { TriggerState } from './state.ts';
import type { EventMoment } from './trigger-type.ts';

/** An event as a pattern remembers it. */
export interface PatternEvent {
  /** Value of `oncePer`; '' when the event lacks it. */
  readonly key: string;
  readonly messageId: string;
  /** When it happened. */
  readonly atMs: number;
}

/** All of a key up to here was part of a pattern that was completed: it counts no more. */
export interface Spent {
  readonly key: string;
  readonly atMs: number;
}

/** Keys whose completed patterns are remembered per person and trigger; the oldest go first. */
const MAX_SPENT = 64;
const HOUR_MS = 3_600_000;

export const isBefore = (a: PatternEvent, b: PatternEvent): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.messageId < b.messageId);

/** Adds an event in its place by time, ties by id. */
export function inOrder<T extends PatternEvent>(events: readonly T[], event: T): readonly T[] {
  const at = events.findIndex((other) => isBefore(event, other));
  return at < 0 ? [...events, event] : events.toSpliced(at, 0, event);
}

/** The later events of a limit that keeps states small. */
export const latest = <T>(events: readonly T[], limit: number): readonly T[] =>
  events.length > limit ? events.slice(-limit) : events;

export const spentUntilMs = (spent: readonly Spent[], key: string): number =>
  spent.find((one) => one.key === key)?.atMs ?? Number.NEGATIVE_INFINITY;

/** Remembers that all of a key up to `atMs` was part of a pattern. */
export const spend = (spent: readonly Spent[], { key, atMs }: Spent): readonly Spent[] =>
  latest([...spent.filter((one) => one.key !== key), { key, atMs }], MAX_SPENT);

/** Of both sides, the later per key. */
export function mergeSpent(a: readonly Spent[], b: readonly Spent[]): readonly Spent[] {
  const all = [...a, ...b].sort((x, y) => x.atMs - y.atMs || (x.key < y.key ? -1 : 1));
  return latest(
    all.filter(({ key }, at) => all.findLastIndex((one) => one.key === key) === at),
    MAX_SPENT,
  );
}

/** Events of both sides, each once, in order. */
export function mergeEvents<T extends PatternEvent>(a: readonly T[], b: readonly T[]): readonly T[] {
  let all = a;
  for (const event of b) if (!a.some(({ messageId }) => messageId === event.messageId)) all = inOrder(all, event);
  return all;
}

/**
 * When a memory whose latest part is of `atMs` may be let go. In full hours: a timer is moved when this moves, and it
 * would with every event.
 */
export const memoryUntilMs = (atMs: number, keptMs: number): number => Math.ceil((atMs + keptMs) / HOUR_MS) * HOUR_MS;

/**
 * Whether an event counts nowhere any more: it happened before all that is kept, or a cancelling event had settled it.
 * What happened at or before `watermark - keptMs` is let go, and not taken in again when it comes late: so it makes no
 * difference when memories are let go.
 */
export const isPast = (state: TriggerState, { event, key, timeMs }: EventMoment, keptMs: number): boolean =>
  event.occurredAtMs <= timeMs - keptMs ||
  isCancelled(state, { key, atMs: event.occurredAtMs, exceptMessageId: event.messageId });
