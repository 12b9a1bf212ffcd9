import { isCancelled } from './memory.ts';
import type { Pair } from './merge-types.ts';
import type { Idle, TriggerState } from './state.ts';

/** One clock for both: it counts from the later activity and is looked at when the earlier of the two would have rung. */
export function mergeIdle({ into, from, trigger }: Pair): Idle | null {
  const never = trigger?.definition.reentry.kind === 'never';
  const a = unsettled(into.idle, from, never);
  const b = unsettled(from.idle, into, never);
  if (a === null || b === null) return a ?? b;
  const later = isLater(a, b) ? a : b;
  return { ...later, timerAtMs: Math.min(a.timerAtMs, b.timerAtMs) };
}

const isLater = ({ last: a }: Idle, { last: b }: Idle): boolean =>
  a.atMs > b.atMs || (a.atMs === b.atMs && a.messageId > b.messageId);

/** What the other side cancelled, or fired after, is settled. */
function unsettled(idle: Idle | null, other: TriggerState, never: boolean): Idle | null {
  if (idle === null) return null;
  if (isCancelled(other, { key: '', atMs: idle.last.atMs, exceptMessageId: idle.last.messageId })) return null;
  const fired = other.fired.at(-1);
  if (fired === undefined) return idle;
  return never || idle.last.atMs <= fired.lastArmAtMs ? null : idle;
}
