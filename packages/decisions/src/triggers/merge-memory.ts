import { compareText } from '../compare-text.ts';
import { concerns } from './instance-key.ts';
import type { Pair } from './merge-types.ts';
import type { CancelMemory, FiredMemory, Idle, TriggerState } from './state.ts';
import type { Fact } from './trigger-type.ts';

/** As in the memory of one person: the oldest go first. */
const MAX_REMEMBERED = 64;

/** The latest cancelling event per key of both sides. */
export function mergeCancels(a: TriggerState, b: TriggerState): readonly CancelMemory[] {
  const byKey = new Map<string, CancelMemory>();
  for (const cancel of [...a.cancels, ...b.cancels]) {
    const known = byKey.get(cancel.key);
    if (known === undefined) byKey.set(cancel.key, cancel);
    else {
      const later = isLater(cancel, known) ? cancel : known;
      byKey.set(cancel.key, { ...later, untilMs: Math.max(cancel.untilMs, known.untilMs) });
    }
  }
  return [...byKey.values()].sort((x, y) => x.atMs - y.atMs || compareText(x.key, y.key)).slice(-MAX_REMEMBERED);
}

/** The firings of both sides in order; of each key the last, and those that may still be taken back. */
export function mergeFired(a: TriggerState, b: TriggerState, timeMs: number): readonly FiredMemory[] {
  if (a.fired.length === 0 || b.fired.length === 0) return a.fired.length === 0 ? b.fired : a.fired;
  const all = [...a.fired, ...b.fired].sort(
    (x, y) => x.firedAtMs - y.firedAtMs || compareText(x.candidateId, y.candidateId),
  );
  const last = new Map(all.map((fired) => [fired.key, fired]));
  const kept = all.flatMap((fired) => {
    if (last.get(fired.key) === fired) return [fired];
    return fired.isOpen && fired.expiresAtMs > timeMs ? [{ ...fired, untilMs: fired.expiresAtMs }] : [];
  });
  return kept.slice(-MAX_REMEMBERED);
}

/** Takes back what one side fired although the other side had ended it, before or after. */
export function withdrawAcross({ into, from, trigger, at }: Pair): {
  readonly into: TriggerState;
  readonly from: TriggerState;
  readonly facts: readonly Fact[];
} {
  const facts: Fact[] = [];
  const isInactivity = trigger?.when.type === 'inactivity';
  const across = (state: TriggerState, other: TriggerState): TriggerState => {
    const fired = state.fired.map((firing) => {
      const cause = causeOf(firing, other, { isInactivity, atMs: at.timeMs });
      if (cause === undefined) return firing;
      facts.push({
        kind: 'withdrawn',
        withdrawal: {
          candidateId: firing.candidateId,
          personId: at.personId,
          code: 'EXITED',
          causeMessageId: cause,
          atMs: Math.max(at.timeMs, at.linkedAtMs),
        },
      });
      return { ...firing, isOpen: false };
    });
    return { ...state, fired };
  };
  const after = { into: across(into, from), from: across(from, into) };
  return facts.length === 0 ? { into, from, facts } : { ...after, facts };
}

/** The event of the other side that ends a firing; undefined when none does. */
function causeOf(
  firing: FiredMemory,
  { cancels, idle }: TriggerState,
  { isInactivity, atMs }: { readonly isInactivity: boolean; readonly atMs: number },
): string | undefined {
  if (!firing.isOpen || firing.expiresAtMs < atMs) return undefined;
  const cancel = cancels.find((one) => concerns(one.key, firing.key) && one.atMs >= firing.lastArmAtMs);
  if (cancel !== undefined) return cancel.messageId;
  return isInactivity && idle !== null && isBetween(idle, firing) ? idle.last.messageId : undefined;
}

/** The person was active after all, on the other side. */
const isBetween = ({ last }: Idle, firing: FiredMemory): boolean =>
  last.atMs > firing.lastArmAtMs && last.atMs < firing.dueAtMs;

const isLater = (a: CancelMemory, b: CancelMemory): boolean =>
  a.atMs > b.atMs || (a.atMs === b.atMs && a.messageId > b.messageId);
