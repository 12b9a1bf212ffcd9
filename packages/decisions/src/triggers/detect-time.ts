import { compareText } from '../compare-text.ts';
import type { CompiledPlaybook, CompiledTrigger } from '../compile-types.ts';
import { hasFailed, noteThrown, takeFailure } from '../conditions/failure.ts';
import type { When } from '../definitions.ts';
import { parseObject } from '../profiles/json.ts';
import type { DetectAt, DetectResult } from './detect.ts';
import type { DetectState } from './detect-state.ts';
import { WAITING_TYPES } from './due.ts';
import { notStarted } from './facts.ts';
import { failureFact } from './failed.ts';
import { prune } from './memory.ts';
import { triggerTypes } from './registry.ts';
import { EMPTY_TRIGGER, type TriggerState } from './state.ts';
import { TriggerStates } from './trigger-states.ts';
import type { DueItem, Fact, TypeStep } from './trigger-type.ts';

const NOTHING: Readonly<Record<string, unknown>> = Object.freeze({});

interface Due extends DueItem {
  readonly triggerId: string;
  readonly type: When['type'];
}

/** Time moved on: fires what is due, in order of due time, ties by trigger and key, and lets go what has ended. */
export function detectTime(
  state: DetectState,
  personId: string,
  at: Omit<DetectAt, 'traceparent' | 'playbook'> & { readonly playbook: CompiledPlaybook | undefined },
): DetectResult {
  const before = TriggerStates.of(state.triggers);
  let triggers = before;
  const facts: Fact[] = [];
  for (const item of dueItemsOf(before, at.timeMs)) {
    const step = fireAlone(triggers.get(item.triggerId) ?? EMPTY_TRIGGER, item, { state, personId, at });
    triggers = triggers.with(item.triggerId, step.state);
    for (const fact of step.facts) facts.push(fact);
  }
  triggers = triggers.withSharedPruned(at.timeMs);
  for (const id of triggers.apartIds()) {
    const known = triggers.get(id) ?? EMPTY_TRIGGER;
    const kept = prune(known, at.timeMs);
    if (kept !== known) triggers = triggers.with(id, kept);
  }
  return { state: triggers.isEmpty ? undefined : { ...state, triggers }, facts };
}

function dueItemsOf(triggers: TriggerStates, timeMs: number): readonly Due[] {
  const due: Due[] = [];
  for (const triggerId of triggers.dueIds(timeMs)) {
    const trigger = triggers.get(triggerId);
    if (trigger === undefined) continue;
    for (const type of WAITING_TYPES) {
      for (const { key, dueAtMs: atMs } of triggerTypes[type].dueItems(trigger, timeMs)) {
        due.push({ key, dueAtMs: atMs, triggerId, type });
      }
    }
  }
  if (due.length < 2) return due;
  return due.sort(
    (a, b) => a.dueAtMs - b.dueAtMs || compareText(a.triggerId, b.triggerId) || compareText(a.key, b.key),
  );
}

interface Timing {
  readonly state: DetectState;
  readonly personId: string;
  readonly at: Parameters<typeof detectTime>[2];
}

/** What throws when it is due is let go, as it would be due for ever, and harms nothing else that is due. */
function fireAlone(trigger: TriggerState, item: Due, timing: Timing): TypeStep {
  takeFailure();
  let step: TypeStep;
  let armedBy: string | undefined;
  try {
    step = fireOne(trigger, item, timing);
  } catch (error) {
    noteThrown(error);
    const dropped = triggerTypes[item.type].drop(trigger, item);
    armedBy = dropped.armedBy;
    step = { state: dropped.state, facts: [] };
  }
  if (!hasFailed()) return step;
  const [told] = step.facts;
  const toldCause = told?.kind === 'detected' ? told.detected.causes[0] : undefined;
  const failure = failureFact({
    triggerId: item.triggerId,
    personId: timing.personId,
    key: item.key,
    atMs: timing.at.timeMs,
    dueAtMs: item.dueAtMs,
    cause: armedBy ?? toldCause ?? `timer:${item.dueAtMs}`,
    playbookVersion: timing.at.playbook?.version ?? '',
    traceparent: null,
  });
  return failure === null ? step : { state: step.state, facts: [...step.facts, failure] };
}

function fireOne(trigger: TriggerState, item: Due, { state, personId, at }: Timing): TypeStep {
  const { playbook, timeMs } = at;
  const live = playbook?.triggers.get(item.triggerId);
  const type = triggerTypes[item.type];
  if (playbook !== undefined && live !== undefined && isOfType(live, item.type)) {
    return type.fire(trigger, item, {
      timeMs,
      liveHorizonMs: playbook.company.liveHorizonMs,
      playbookVersion: playbook.version,
      trigger: live,
      personId,
      profileText: state.profile,
      // Only an audience asks for it here; the message gets the text.
      profile: live.audience === null ? NOTHING : (parseObject(state.profile) ?? NOTHING),
      segments: state.segments,
    });
  }
  // The trigger is gone, paused or another one now: what it waited for is let go when it is due.
  const dropped = type.drop(trigger, item);
  const paused = playbook?.pausedTriggers.get(item.triggerId);
  if (playbook === undefined || paused === undefined) return { state: dropped.state, facts: [] };
  const fact = notStarted({
    triggerId: item.triggerId,
    personId,
    key: item.key,
    code: 'TRIGGER_PAUSED',
    atMs: timeMs,
    dueAtMs: item.dueAtMs,
    cause: dropped.armedBy,
    evidence: '{}',
    playbookVersion: playbook.version,
    traceparent: null,
  });
  return { state: dropped.state, facts: [fact] };
}

const isOfType = ({ when }: CompiledTrigger, type: When['type']): boolean => when.type === type;
