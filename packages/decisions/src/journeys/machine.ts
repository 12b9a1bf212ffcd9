import type { EnrichedEvent, Feedback, TriggerDetected } from '@kairos/contracts';
import type { CompiledJourney, CompiledStepOf } from '../compile-types.ts';
import type { ConditionScope } from '../conditions/types.ts';
import { hashId } from '../hash-id.ts';
import { instanceKeyOf } from '../triggers/instance-key.ts';
import type { Fact } from '../triggers/trigger-type.ts';
import { concernsInstance, endingCode, exit } from './exits.ts';
import { ENDED, isRunning, type JourneyInstance } from './instance.ts';
import { hasOutcome, outcomeOfEvent, outcomeOfFeedback, type SendOutcome } from './outcomes.ts';
import { restOf, run } from './run.ts';
import { eventScope } from './scope.ts';
import { latestSend, withOutcome } from './sends.ts';
import type { JourneyAt, JourneyMoment, JourneyMove } from './step.ts';

const NO_FACTS: readonly Fact[] = [];

/** What a trigger told when it fired. */
export interface Fired {
  readonly detected: TriggerDetected;
  /** When the last of the events that made it fire happened. */
  readonly lastAtMs: number;
}

/** A trigger fired: the person stands before the first step of the journey. */
export function enter({ detected, lastAtMs }: Fired, journey: CompiledJourney, moment: JourneyMoment): JourneyInstance {
  const { id, version } = journey.definition;
  return {
    instanceId: hashId('journey', id, detected.firingId),
    journeyId: id,
    triggerId: detected.triggerId,
    journeyVersion: version,
    triggerVersion: journey.trigger.definition.version,
    key: detected.instanceKey,
    firingId: detected.firingId,
    causes: detected.causes,
    evidence: detected.evidence,
    startedAtMs: moment.nowMs,
    lastArmAtMs: lastAtMs,
    firedDueAtMs: detected.dueAtMs,
    at: 0,
    sinceMs: moment.nowMs,
    dueAtMs: null,
    sends: [],
  };
}

/** The first steps are taken at once. */
export function start(instance: JourneyInstance, at: JourneyAt): JourneyMove {
  return run(instance, at, { at: instance.at, told: { outcome: 'journeyStarted' } });
}

/** An event of the person: it may end the instance, tell what became of a send, or be what it waits for. */
export function onEvent(
  instance: JourneyInstance,
  { event, scope }: { readonly event: EnrichedEvent; readonly scope: ConditionScope },
  { journey, moment }: JourneyAt,
): JourneyMove {
  const code = endingCode(instance, journey, { event, scope });
  if (code !== null) return exit(instance, code, moment);
  const outcome = event.candidateId === null ? null : outcomeOfEvent(event);
  const told =
    outcome === null || event.candidateId === null
      ? instance
      : withOutcome(instance, event.candidateId, { outcome, code: null });
  const step = waitingFor(told, journey);
  // What concerns it in no way leaves it as it is, whoever else listens to such events: what is over goes when it is due.
  const goesOn = (): JourneyMove => (told === instance ? { instance, facts: NO_FACTS } : settled(told, moment));
  if (step === null || event.backfill || event.occurredAtMs > (told.dueAtMs ?? 0)) return goesOn();
  const isIt = step.anyOf.some((one) =>
    one.kind === 'event'
      ? one.match.name === event.name &&
        event.occurredAtMs >= told.sinceMs &&
        concernsInstance(instanceKeyOf(journey.trigger, scope), told) &&
        one.match.matches(eventScope(scope, told))
      : outcome !== null && hasCome(told, one),
  );
  return isIt ? happened(told, step, { journey, moment }) : goesOn();
}

/** What we decided or did with one of its sends. */
export function onOutcome(instance: JourneyInstance, feedback: Feedback, { journey, moment }: JourneyAt): JourneyMove {
  const outcome = outcomeOfFeedback(feedback);
  if (outcome === null) return { instance, facts: NO_FACTS };
  const told = withOutcome(instance, feedback.candidateId, { outcome, code: feedback.code });
  const step = waitingFor(told, journey);
  if (step === null || feedback.atMs > (told.dueAtMs ?? 0)) return settled(told, moment);
  const isIt = step.anyOf.some((one) => one.kind === 'outcome' && hasCome(told, one));
  return isIt ? happened(told, step, { journey, moment }) : settled(told, moment);
}

/** Time moved on: a wait is over, or nobody did what was waited for. */
export function onTime(instance: JourneyInstance, { journey, moment }: JourneyAt): JourneyMove {
  if (instance.dueAtMs === null || instance.dueAtMs > moment.nowMs) return settled(instance, moment);
  if (!isRunning(instance)) return settled(instance, moment);
  const step = journey.program[instance.at];
  if (step === undefined) return settled({ ...instance, at: ENDED }, moment);
  if (step.does !== 'waitFor') return run(instance, { journey, moment }, { at: step.next });
  const told = { outcome: 'journeyStepTaken', step, way: 'otherwise' } as const;
  return run(instance, { journey, moment }, { at: step.otherwise, told });
}

function happened(
  instance: JourneyInstance,
  step: CompiledStepOf<'waitFor'>,
  { journey, moment }: JourneyAt,
): JourneyMove {
  const told = { outcome: 'journeyStepTaken', step, way: 'happened' } as const;
  return run(instance, { journey, moment }, { at: step.next, told });
}

/** The `waitFor` at which it rests; null when it rests elsewhere. */
function waitingFor({ at }: JourneyInstance, { program }: CompiledJourney): CompiledStepOf<'waitFor'> | null {
  const step = at === ENDED ? undefined : program[at];
  return step?.does === 'waitFor' ? step : null;
}

const hasCome = (
  instance: JourneyInstance,
  { message, outcome }: { readonly message: string; readonly outcome: SendOutcome },
): boolean => {
  const send = latestSend(instance, message);
  return send !== undefined && hasOutcome(send.outcomes, outcome);
};

/** Lets go of an instance of which nothing can happen any more. */
function settled(instance: JourneyInstance, moment: JourneyMoment): JourneyMove {
  return { instance: restOf(instance, moment), facts: NO_FACTS };
}
