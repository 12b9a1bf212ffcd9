import type { DetectResult } from './detect.ts';
import { prune } from './memory.ts';
import { mergeIdle } from './merge-idle.ts';
import { mergeCancels, mergeFired, withdrawAcross } from './merge-memory.ts';
import { mergeOpen } from './merge-open.ts';
import { mergeOwn } from './merge-own.ts';
import type { MergeAt, Pair } from './merge-types.ts';
import { type DetectState, EMPTY_TRIGGER, isEmptyTrigger, type TriggerState } from './state.ts';
import { mergeSuspensions } from './suspension.ts';
import type { Fact, TypeStep } from './trigger-type.ts';

/**
 * Makes one of what was remembered of two persons, as if all had happened to one: what one side cancelled ends what the
 * other waits for, or takes back what it fired; timers keep going; nothing fires twice. Facts are withdrawals.
 */
export function mergeDetect(into: DetectState | undefined, from: DetectState | null, at: MergeAt): DetectResult {
  if (from === null) {
    return { state: into && { ...into, profile: at.profile, segments: at.segments }, facts: [] };
  }
  const facts: Fact[] = [];
  const triggers: Record<string, TriggerState> = {};
  const ids = new Set([...Object.keys(into?.triggers ?? {}), ...Object.keys(from.triggers)]);
  for (const id of [...ids].sort()) {
    const pair: Pair = {
      into: triggerOf(into, id),
      from: triggerOf(from, id),
      trigger: at.playbook?.triggers.get(id),
      at,
    };
    const merged = mergeTrigger(pair);
    facts.push(...merged.facts);
    const state = prune(merged.state, at.timeMs);
    if (!isEmptyTrigger(state)) triggers[id] = state;
  }
  const isRemembered = Object.keys(triggers).length > 0;
  return { state: isRemembered ? { triggers, profile: at.profile, segments: at.segments } : undefined, facts };
}

const triggerOf = (state: DetectState | undefined | null, id: string): TriggerState =>
  state != null && Object.hasOwn(state.triggers, id) ? (state.triggers[id] ?? EMPTY_TRIGGER) : EMPTY_TRIGGER;

function mergeTrigger(pair: Pair): TypeStep {
  const { facts, into, from } = withdrawAcross(pair);
  const open = mergeOpen(pair);
  return {
    state: {
      open,
      idle: mergeIdle(pair),
      cancels: mergeCancels(into, from),
      fired: mergeFired(into, from, pair.at.timeMs),
      own: mergeOwn({ ...pair, into, from }),
      suspension: mergeSuspensions(into.suspension ?? null, from.suspension ?? null),
    },
    facts,
  };
}
