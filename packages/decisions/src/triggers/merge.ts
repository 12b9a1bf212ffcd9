import type { DetectResult } from './detect.ts';
import type { DetectState } from './detect-state.ts';
import { prune } from './memory.ts';
import { mergeIdle } from './merge-idle.ts';
import { mergeCancels, mergeFired, withdrawAcross } from './merge-memory.ts';
import { mergeOpen } from './merge-open.ts';
import { mergeOwn } from './merge-own.ts';
import type { MergeAt, Pair } from './merge-types.ts';
import { EMPTY_TRIGGER } from './state.ts';
import { mergeSuspensions } from './suspension.ts';
import { TriggerStates } from './trigger-states.ts';
import type { Fact, TypeStep } from './trigger-type.ts';

/**
 * Makes one of what was remembered of two persons, as if all had happened to one: what one side cancelled ends what the
 * other waits for, or takes back what it fired; timers keep going; nothing fires twice. Facts are withdrawals.
 */
export function mergeDetect(into: DetectState | undefined, from: DetectState | null, at: MergeAt): DetectResult {
  if (from === null) {
    return { state: into && withProfile(into, at), facts: [] };
  }
  const facts: Fact[] = [];
  let triggers = TriggerStates.none;
  const [ofInto, ofFrom] = [TriggerStates.of(into?.triggers), TriggerStates.of(from.triggers)];
  const ids = new Set([...ofInto.ids(), ...ofFrom.ids()]);
  for (const id of [...ids].sort()) {
    const pair: Pair = {
      into: ofInto.get(id) ?? EMPTY_TRIGGER,
      from: ofFrom.get(id) ?? EMPTY_TRIGGER,
      trigger: at.playbook?.triggers.get(id),
      at,
    };
    const merged = mergeTrigger(pair);
    facts.push(...merged.facts);
    triggers = triggers.with(id, prune(merged.state, at.timeMs));
  }
  return { state: triggers.isEmpty ? undefined : { triggers, profile: at.profile, segments: at.segments }, facts };
}

/** Another profile: whoever watches it looks anew. */
function withProfile({ watchedBy: _, ...state }: DetectState, { profile, segments }: MergeAt): DetectState {
  return { ...state, profile, segments };
}

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
