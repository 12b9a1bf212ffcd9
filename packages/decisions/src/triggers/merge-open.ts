import type { CompiledTrigger } from '../compile-types.ts';
import { type AbsenceWhen, addArm, removeArms } from './absence/instances.ts';
import { concerns } from './instance-key.ts';
import type { Pair } from './merge-types.ts';
import type { OpenInstance, TriggerState } from './state.ts';

/**
 * What both sides wait for. Arming events that the other side's memory settles go (cancelled there, or of a period that
 * fired there); the rest join by key, and due times are worked out as if all had armed one person.
 */
export function mergeOpen({ into, from, trigger }: Pair): readonly OpenInstance[] {
  if (into.open.length === 0 && from.open.length === 0) return [];
  if (trigger === undefined || trigger.when.type !== 'absence') {
    // Not live: what waits is let go when it is due.
    const known = new Set(into.open.map(({ key }) => key));
    return [...into.open, ...from.open.filter(({ key }) => !known.has(key))];
  }
  const { when } = trigger;
  const rule = { trigger, when };
  let open = unsettled(into.open, from, rule);
  for (const instance of unsettled(from.open, into, rule)) open = join(open, instance, when);
  return open;
}

/** The instances of one side after what the other remembers. */
function unsettled(
  open: readonly OpenInstance[],
  other: TriggerState,
  { trigger: { definition }, when }: { readonly trigger: CompiledTrigger; readonly when: AbsenceWhen },
): readonly OpenInstance[] {
  let rest = open;
  for (const { key, atMs, messageId } of other.cancels) {
    rest = removeArms(rest, { atMs, messageId, concerns: (instanceKey) => concerns(key, instanceKey) }, when);
  }
  const { reentry } = definition;
  for (const fired of other.fired) {
    // What may not fire again must not wait either; what belongs to a period that fired came too late to change it.
    const pausedUntilMs =
      reentry.kind === 'never'
        ? Number.POSITIVE_INFINITY
        : reentry.kind === 'after'
          ? fired.firedAtMs + reentry.afterMs - 1
          : Number.NEGATIVE_INFINITY;
    const atMs = Math.max(fired.dueAtMs - 1, fired.lastArmAtMs, pausedUntilMs);
    rest = removeArms(rest, { atMs, messageId: '', concerns: (key) => key === fired.key }, when);
  }
  return rest;
}

function join(open: readonly OpenInstance[], instance: OpenInstance, when: AbsenceWhen): readonly OpenInstance[] {
  const { key, arms, said, count } = instance;
  let joined = open;
  for (const arm of arms) joined = addArm(joined, { key, arm, said }, when).open;
  // Arming events that were let go count on.
  const letGo = count - arms.length;
  return letGo <= 0 ? joined : joined.map((one) => (one.key === key ? { ...one, count: one.count + letGo } : one));
}
