import type { EnrichedEvent, Feedback, TriggerDetected } from '@kairos/contracts';
import type { CompiledJourney, CompiledPlaybook } from '../compile-types.ts';
import { noteThrown, takeFailure } from '../conditions/failure.ts';
import type { ConditionScope } from '../conditions/types.ts';
import { hashId } from '../hash-id.ts';
import { failureFact } from '../triggers/failed.ts';
import type { Fact } from '../triggers/trigger-type.ts';
import { exit } from './exits.ts';
import { journeyFact } from './facts.ts';
import { isRunning, type JourneyInstance, MAX_RUNNING } from './instance.ts';
import { enter, type JourneyAt, onEvent, onOutcome, onTime, start } from './machine.ts';
import type { JourneyMoment, JourneyMove } from './step.ts';

export type Instances = readonly JourneyInstance[];

export interface JourneysStep {
  readonly instances: Instances;
  readonly facts: readonly Fact[];
}

/** Where in the person's log journeys move; without a playbook nothing is known that could go on. */
export type PersonMoment = Omit<JourneyMoment, 'playbook'> & { readonly playbook: CompiledPlaybook | undefined };

/** Every instance meets what happened, in order of start. An instance whose definition is gone ends. */
function each(
  instances: Instances,
  moment: PersonMoment,
  move: (instance: JourneyInstance, at: JourneyAt) => JourneyMove,
): JourneysStep {
  const { playbook } = moment;
  const facts: Fact[] = [];
  const kept: JourneyInstance[] = [];
  let isSame = true;
  for (const instance of instances) {
    const journey = playbook?.journeys.find(instance);
    const moved =
      playbook === undefined || journey === undefined
        ? exit(instance, 'JOURNEY_UNKNOWN', moment)
        : alone(instance, { ...moment, playbook }, (within) => move(instance, { journey, moment: within }));
    facts.push(...moved.facts);
    if (moved.instance !== null) kept.push(moved.instance);
    if (moved.instance !== instance) isSame = false;
  }
  return { instances: isSame ? instances : kept, facts };
}

/**
 * One instance moves. A condition that fails counts as not true and is told of; what throws ends the instance, as nobody
 * knows where it stands, and nobody else's.
 */
function alone(
  instance: JourneyInstance,
  moment: JourneyMoment,
  move: (moment: JourneyMoment) => JourneyMove,
): JourneyMove {
  takeFailure();
  let moved: JourneyMove;
  try {
    moved = move(moment);
  } catch (error) {
    noteThrown(error);
    moved = exit(instance, 'DEFINITION_FAILED', moment);
  }
  const { triggerId, key, journeyId, instanceId } = instance;
  const failure = failureFact({
    triggerId,
    journeyId,
    personId: moment.personId,
    key,
    atMs: moment.nowMs,
    dueAtMs: null,
    cause: moment.causes[0] ?? `${instanceId}:${moment.nowMs}`,
    playbookVersion: moment.playbookVersion,
    traceparent: null,
  });
  return failure === null ? moved : { instance: moved.instance, facts: [...moved.facts, failure] };
}

export const meetEvent = (
  instances: Instances,
  met: { readonly event: EnrichedEvent; readonly scope: ConditionScope },
  moment: PersonMoment,
): JourneysStep => each(instances, moment, (instance, at) => onEvent(instance, met, at));

/** Only the instance that proposed the candidate is asked. */
export function meetFeedback(instances: Instances, feedback: Feedback, moment: PersonMoment): JourneysStep {
  const { candidateId } = feedback;
  return each(instances, moment, (instance, at) =>
    instance.sends.some((send) => send.candidateId === candidateId)
      ? onOutcome(instance, feedback, at)
      : { instance, facts: [] },
  );
}

/** What is due goes on, in order of due time. */
export function meetTime(instances: Instances, moment: PersonMoment): JourneysStep {
  const isDue = ({ dueAtMs }: JourneyInstance): boolean => dueAtMs !== null && dueAtMs <= moment.nowMs;
  const due = instances.filter(isDue).sort((a, b) => (a.dueAtMs ?? 0) - (b.dueAtMs ?? 0));
  const facts: Fact[] = [];
  const after = new Map<JourneyInstance, JourneyInstance | null>();
  for (const instance of due) {
    const at = { ...moment, causedAtMs: instance.dueAtMs ?? moment.nowMs };
    const step = each([instance], at, onTime);
    facts.push(...step.facts);
    after.set(instance, step.instances[0] ?? null);
  }
  const kept = instances.flatMap((instance) => {
    const moved = after.get(instance);
    return moved === undefined ? [instance] : moved === null ? [] : [moved];
  });
  return { instances: kept, facts };
}

/** Triggers fired: their journeys start, unless one is under way for the same key, or too many are, or it is paused. */
export function startJourneys(instances: Instances, fired: TriggerDetected, moment: JourneyMoment): JourneysStep {
  const { journeys } = moment.playbook;
  const facts: Fact[] = [];
  let all = instances;
  for (const journey of journeys.startedBy.get(fired.triggerId) ?? []) {
    const code = refusal(all, fired, journey);
    if (code !== null) {
      facts.push(notStarted(fired, journey, { code, moment }));
      continue;
    }
    const entering = enter(fired, journey, moment);
    const started = alone(entering, moment, (within) => start(entering, journey, within));
    facts.push(...started.facts);
    if (started.instance !== null) all = [...all, started.instance];
  }
  for (const journey of journeys.pausedStartedBy.get(fired.triggerId) ?? []) {
    facts.push(notStarted(fired, journey, { code: 'JOURNEY_PAUSED', moment }));
  }
  return { instances: all, facts };
}

type Refusal = 'ALREADY_ACTIVE' | 'TOO_MANY_INSTANCES' | 'JOURNEY_PAUSED';

function refusal(instances: Instances, fired: TriggerDetected, { definition }: CompiledJourney): Refusal | null {
  const running = instances.filter((one) => one.journeyId === definition.id && isRunning(one));
  if (running.some(({ key }) => key === fired.instanceKey)) return 'ALREADY_ACTIVE';
  return running.length >= MAX_RUNNING ? 'TOO_MANY_INSTANCES' : null;
}

function notStarted(
  { firingId, instanceKey, triggerId }: TriggerDetected,
  { definition }: CompiledJourney,
  { code, moment }: { readonly code: Refusal; readonly moment: JourneyMoment },
): Fact {
  const instanceId = hashId('journey', definition.id, firingId);
  const entered = { instanceId, journeyId: definition.id, journeyVersion: definition.version };
  const told = { outcome: 'journeyNotStarted', code } as const;
  return journeyFact({ ...entered, firingId, key: instanceKey, triggerId }, told, moment);
}
