import type { EnrichedEvent, ReasonCode } from '@kairos/contracts';
import type { CompiledJourney, CompiledMatch } from '../compile-types.ts';
import type { ConditionScope } from '../conditions/types.ts';
import { concerns, instanceKeyOf } from '../triggers/instance-key.ts';
import { journeyFact, withdrawals } from './facts.ts';
import { isRunning, type JourneyInstance } from './instance.ts';
import { eventScope } from './scope.ts';
import type { JourneyMoment, JourneyMove } from './step.ts';

export type ExitCode = 'EXITED' | 'GOAL_REACHED';

interface Met {
  readonly event: EnrichedEvent;
  readonly scope: ConditionScope;
}

/** Whether an event of this key is about the instance; as with triggers, one without a key is about all. */
export const concernsInstance = (eventKey: string, { key }: JourneyInstance): boolean => concerns(eventKey, key);

const matchesAny = (matches: readonly CompiledMatch[], { event, scope }: Met): boolean =>
  matches.some((match) => match.name === event.name && match.matches(scope));

/** The journey's own conditions see its evidence and sends, too; the trigger's know of none. */
const isExitEvent = (exitWhen: readonly CompiledMatch[], { event, scope }: Met, instance: JourneyInstance): boolean =>
  exitWhen.some((match) => match.name === event.name && match.matches(eventScope(scope, instance)));

/**
 * Whether an event ends the instance, and why: its goal, an event that cancels its trigger (what an absence waited for
 * included), one of `exitWhen`, or news that the customer was active after all. What happened before the trigger's last
 * event ends nothing.
 */
export function endingCode(instance: JourneyInstance, journey: CompiledJourney, met: Met): ExitCode | null {
  const { event, scope } = met;
  const { trigger, definition, exitWhen } = journey;
  const atMs = event.occurredAtMs;
  if (atMs < instance.lastArmAtMs) return null;
  const { when, goal, cancelOn } = trigger;
  const isCancel = matchesAny(cancelOn, met) || (when.type === 'absence' && matchesAny(when.butNot, met));
  const isGoal = definition.exitsOnGoal && goal !== null && matchesAny([goal.match], met);
  const isExit = isCancel || isExitEvent(exitWhen, met, instance) || isLateActivity(instance, journey, met);
  if (!isGoal && !isExit) return null;
  const key = when.type === 'inactivity' ? '' : instanceKeyOf(trigger, scope);
  if (!concernsInstance(key, instance)) return null;
  const isInTime =
    goal !== null &&
    atMs >= (instance.firedDueAtMs ?? instance.lastArmAtMs) &&
    atMs <= instance.startedAtMs + goal.withinMs;
  if (isGoal && (isCancel || isInTime)) return 'GOAL_REACHED';
  return isExit ? 'EXITED' : null;
}

function isLateActivity(instance: JourneyInstance, { trigger }: CompiledJourney, { event, scope }: Met): boolean {
  const { when } = trigger;
  if (when.type !== 'inactivity' || instance.firedDueAtMs === null) return false;
  const isActivity = when.events === null || matchesAny(when.events, { event, scope });
  return isActivity && event.occurredAtMs > instance.lastArmAtMs && event.occurredAtMs < instance.firedDueAtMs;
}

/** Ends an instance at once: what it proposed and nobody handed over is taken back under the same id. */
export function exit(instance: JourneyInstance, code: ReasonCode, moment: Moment): JourneyMove {
  const facts = [...withdrawals(instance, code === 'GOAL_REACHED' ? code : 'EXITED', moment)];
  if (isRunning(instance)) facts.push(journeyFact(instance, { outcome: 'journeyExited', code }, moment));
  return { instance: null, facts };
}

type Moment = Pick<JourneyMoment, 'personId' | 'playbookVersion' | 'nowMs' | 'causes'>;
