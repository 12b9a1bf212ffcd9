import type { CompiledPlaybook, CompiledTrigger, TriggerMatch } from '../compile-types.ts';
import type { ConditionScope } from '../conditions/types.ts';

/** All that an event is to one trigger. */
export interface Concern {
  readonly trigger: CompiledTrigger;
  isCancel: boolean;
  isGoal: boolean;
  /** It matches what starts the trigger, or counts as activity. */
  starts: boolean;
  isPaused: boolean;
}

/** Whether any trigger asks for events of this name: the cheap question that most events end with. */
export const isConcerning = (playbook: CompiledPlaybook, name: string): boolean =>
  playbook.activeByAny.length > 0 ||
  playbook.startedBy.has(name) ||
  playbook.endedBy.has(name) ||
  playbook.cancelledBy.has(name) ||
  playbook.goalReachedBy.has(name) ||
  playbook.activeBy.has(name) ||
  playbook.pausedStartedBy.has(name);

/** The triggers that an event concerns, in order of id. */
export function concernsOf(playbook: CompiledPlaybook, name: string, scope: ConditionScope): readonly Concern[] {
  const concerns = new Map<string, Concern>();
  const mark = (trigger: CompiledTrigger, change: (concern: Concern) => void): void => {
    const { id } = trigger.definition;
    const concern = concerns.get(id) ?? { trigger, isCancel: false, isGoal: false, starts: false, isPaused: false };
    change(concern);
    concerns.set(id, concern);
  };
  const each = (matches: readonly TriggerMatch[] | undefined, change: (concern: Concern) => void): void => {
    for (const { trigger, match } of matches ?? []) if (match.matches(scope)) mark(trigger, change);
  };
  const cancel = (concern: Concern): void => {
    concern.isCancel = true;
  };
  const start = (concern: Concern): void => {
    concern.starts = true;
  };
  each(playbook.endedBy.get(name), cancel);
  each(playbook.cancelledBy.get(name), cancel);
  each(playbook.goalReachedBy.get(name), (concern) => {
    concern.isGoal = true;
  });
  each(playbook.startedBy.get(name), start);
  each(playbook.activeBy.get(name), start);
  for (const trigger of playbook.activeByAny) mark(trigger, start);
  each(playbook.pausedStartedBy.get(name), (concern) => {
    concern.isPaused = true;
  });
  return [...concerns.values()].sort((a, b) => (a.trigger.definition.id < b.trigger.definition.id ? -1 : 1));
}
