import type { EnrichedEvent, Feedback, TriggerDetected } from '@kairos/contracts';
import type { CompiledJourney, CompiledPlaybook } from '../compile-types.ts';
import { hasFailed, noteThrown, takeFailure } from '../conditions/failure.ts';
import type { ConditionScope } from '../conditions/types.ts';
import { hashId } from '../hash-id.ts';
import { failureFact } from '../triggers/failed.ts';
import type { Fact } from '../triggers/trigger-type.ts';
import { exit } from './exits.ts';
import { journeyFact } from './facts.ts';
import { isRunning, type JourneyInstance, MAX_RUNNING } from './instance.ts';
import { enter, type Fired, onEvent, onOutcome, onTime, start } from './machine.ts';
import type { JourneyAt, JourneyMoment, JourneyMove } from './step.ts';

export type Instances = readonly JourneyInstance[];

export interface JourneysStep {
  readonly instances: Instances;
  readonly facts: readonly Fact[];
}

/** Where in the person's log journeys move; without a playbook nothing is known that could go on. */
export type PersonMoment = Omit<JourneyMoment, 'playbook'> & { readonly playbook: CompiledPlaybook | undefined };

/** Spelled out: made for every move, and a spread costs many times as much. */
export const momentOf = (
  { personId, playbookVersion, nowMs, causedAtMs, causes, profile, segments }: PersonMoment,
  playbook: CompiledPlaybook,
): JourneyMoment => ({ personId, playbook, playbookVersion, nowMs, causedAtMs, causes, profile, segments });

/** Every instance meets what happened, in order of start. An instance whose definition is gone ends. */
function each(
  instances: Instances,
  moment: PersonMoment,
  move: (instance: JourneyInstance, at: JourneyAt) => JourneyMove,
): JourneysStep {
  const facts: Fact[] = [];
  const kept: JourneyInstance[] = [];
  let isSame = true;
  for (const instance of instances) {
    const moved = oneOf(instance, moment, move);
    for (const fact of moved.facts) facts.push(fact);
    if (moved.instance !== null) kept.push(moved.instance);
    if (moved.instance !== instance) isSame = false;
  }
  return { instances: isSame ? instances : kept, facts };
}

function oneOf(
  instance: JourneyInstance,
  moment: PersonMoment,
  move: (instance: JourneyInstance, at: JourneyAt) => JourneyMove,
): JourneyMove {
  const { playbook } = moment;
  const journey = playbook?.journeys.find(instance);
  if (playbook === undefined || journey === undefined) return exit(instance, 'JOURNEY_UNKNOWN', moment);
  return alone(instance, { journey, moment: momentOf(moment, playbook) }, move);
}

/**
 * One instance moves. A condition that fails counts as not true and is told of; what throws ends the instance, as nobody
 * knows where it stands, and nobody else's.
 */
function alone(
  instance: JourneyInstance,
  at: JourneyAt,
  move: (instance: JourneyInstance, at: JourneyAt) => JourneyMove,
): JourneyMove {
  takeFailure();
  const { moment } = at;
  let moved: JourneyMove;
  try {
    moved = move(instance, at);
  } catch (error) {
    noteThrown(error);
    moved = exit(instance, 'DEFINITION_FAILED', moment);
  }
  if (!hasFailed()) return moved;
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
  const [first, another] = instances;
  // Most are on one journey.
  if (first !== undefined && another === undefined && isDue(first)) {
    const { instance, facts } = oneOf(first, dueMoment(moment, first), onTime);
    return { instances: instance === null ? NO_INSTANCES : [instance], facts };
  }
  const due = instances.filter(isDue).sort((a, b) => (a.dueAtMs ?? 0) - (b.dueAtMs ?? 0));
  const facts: Fact[] = [];
  const after = new Map<JourneyInstance, JourneyInstance | null>();
  for (const instance of due) {
    const moved = oneOf(instance, dueMoment(moment, instance), onTime);
    for (const fact of moved.facts) facts.push(fact);
    after.set(instance, moved.instance);
  }
  const kept = instances.flatMap((instance) => {
    const moved = after.get(instance);
    return moved === undefined ? [instance] : moved === null ? [] : [moved];
  });
  return { instances: kept, facts };
}

const NO_INSTANCES: Instances = [];

const dueMoment = (
  { personId, playbook, playbookVersion, nowMs, causes, profile, segments }: PersonMoment,
  { dueAtMs }: JourneyInstance,
): PersonMoment => ({
  personId,
  playbook,
  playbookVersion,
  nowMs,
  causedAtMs: dueAtMs ?? nowMs,
  causes,
  profile,
  segments,
});

/** Triggers fired: their journeys start, unless one is under way for the same key, or too many are, or it is paused. */
export function startJourneys(instances: Instances, fired: Fired, moment: JourneyMoment): JourneysStep {
  const { journeys } = moment.playbook;
  const { detected } = fired;
  const facts: Fact[] = [];
  let all = instances;
  for (const journey of journeys.startedBy.get(detected.triggerId) ?? []) {
    const code = refusal(all, detected, journey);
    if (code !== null) {
      facts.push(notStarted(detected, journey, { code, moment }));
      continue;
    }
    const started = alone(enter(fired, journey, moment), { journey, moment }, start);
    for (const fact of started.facts) facts.push(fact);
    if (started.instance !== null) all = [...all, started.instance];
  }
  for (const journey of journeys.pausedStartedBy.get(detected.triggerId) ?? []) {
    facts.push(notStarted(detected, journey, { code: 'JOURNEY_PAUSED', moment }));
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
