import type { ConditionScope } from '../conditions/types.ts';
import { parseObject } from '../profiles/json.ts';
import { datesOf } from '../triggers/date/waiting-dates.ts';
import { EMPTY_TRIGGER, type Said, type TriggerState } from '../triggers/state.ts';
import { TriggerStates } from '../triggers/trigger-states.ts';
import type { Fact } from '../triggers/trigger-type.ts';
import { rhythmsOf } from '../triggers/unusual/rhythm.ts';
import { timeGates } from './gates.ts';
import { factsOf, type Met } from './look.ts';
import type { LookOutcome, TriggerLook } from './types.ts';
import { instantIn } from './words.ts';

/** What came of what was due: of each trigger that fired or was refused, the gates that it met. */
export function looksAtTime(
  timeMs: number,
  met: Omit<Met, 'at'> & { readonly at: Partial<Met['at']> },
): readonly TriggerLook[] {
  const { before, facts, at, zone } = met;
  const ids = [...new Set(facts.flatMap((fact) => triggerOf(fact)))];
  return ids.map((triggerId): TriggerLook => {
    const state = TriggerStates.of(before?.triggers).get(triggerId) ?? EMPTY_TRIGGER;
    const trigger = at.playbook?.triggers.get(triggerId);
    const scopes = { profile: before?.profile ?? '{}', segments: before?.segments ?? [], nowMs: timeMs };
    const outcomes = factsOf(facts, triggerId).map(
      ({ key, outcome, code }): LookOutcome => ({
        key,
        outcome,
        code,
        gates:
          trigger === undefined
            ? []
            : timeGates(state, trigger, { key, nowMs: timeMs, zone, scope: scopeOf(waitOf(state, key), scopes) }),
      }),
    );
    const due = facts.flatMap((fact) =>
      triggerOf(fact).includes(triggerId) && fact.kind === 'detected' && fact.detected.dueAtMs !== null
        ? [`was due ${instantIn(fact.detected.dueAtMs, zone)}`]
        : [],
    );
    return {
      triggerId,
      type: trigger?.when.type ?? 'absence',
      verdict: outcomes.some(({ outcome }) => outcome === 'fired') ? 'fired' : 'notStarted',
      roles: [],
      outcomes,
      says: [...new Set(due)],
    };
  });
}

const triggerOf = (fact: Fact): readonly string[] =>
  fact.kind === 'detected' && fact.detected.journey === null ? [fact.detected.triggerId] : [];

interface Wait {
  readonly said: Said;
  readonly atMs: number;
}

/** What armed the wait of a key, by the shape of what is remembered. */
function waitOf(state: TriggerState, key: string): Wait | undefined {
  const open = state.open.find((one) => one.key === key);
  if (open !== undefined) return { said: open.said, atMs: open.arms.at(-1)?.atMs ?? 0 };
  const date = datesOf(state).find((one) => one.key === key);
  if (date !== undefined) return { said: date.said, atMs: date.atMs };
  const last = rhythmsOf(state).find((one) => one.key === key)?.last ?? null;
  if (last !== null) return { said: last.said, atMs: last.arm.atMs };
  return state.idle === null ? undefined : { said: state.idle.said, atMs: state.idle.last.atMs };
}

/** What an audience sees of a wait that is due. */
function scopeOf(
  wait: Wait | undefined,
  {
    profile,
    segments,
    nowMs,
  }: { readonly profile: string; readonly segments: readonly string[]; readonly nowMs: number },
): ConditionScope {
  return {
    event: { name: wait?.said.event ?? '', occurredAtMs: wait?.atMs },
    properties: parseObject(wait?.said.properties ?? '{}'),
    profile: parseObject(profile) ?? {},
    segments,
    now: nowMs,
  };
}
