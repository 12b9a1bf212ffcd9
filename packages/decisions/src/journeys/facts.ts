import { nextId, type ReasonCode, type TriggerDetected, type Withdrawal } from '@kairos/contracts';
import type { CompiledJourney, CompiledStep, CompiledStepOf } from '../compile-types.ts';
import { hashId } from '../hash-id.ts';
import type { Fact } from '../triggers/trigger-type.ts';
import type { JourneyInstance, JourneySend } from './instance.ts';
import { mayBeTakenBack } from './outcomes.ts';
import type { JourneyMoment } from './step.ts';

type Outcome = 'journeyStarted' | 'journeyNotStarted' | 'journeyStepTaken' | 'journeyExited';

export interface Told {
  readonly outcome: Outcome;
  readonly code?: ReasonCode | null;
  readonly step?: CompiledStep;
  readonly way?: string;
  readonly candidateId?: string;
  /** When a wait ends. */
  readonly dueAtMs?: number;
}

export type Entered = Pick<
  JourneyInstance,
  'instanceId' | 'journeyId' | 'journeyVersion' | 'firingId' | 'key' | 'triggerId'
>;

/** Where in the log it did so. */
type Moment = Pick<JourneyMoment, 'personId' | 'playbookVersion' | 'nowMs' | 'causes'>;
type DetectedFact = Extract<Fact, { readonly kind: 'detected' }>;

/** What an instance did. Its id is the hash of instance, step and way, so a replay tells the same. */
export function journeyFact(entered: Entered, told: Told, moment: Moment): DetectedFact {
  const { outcome, code, step, way } = told;
  const id = hashId(outcome, entered.instanceId, step?.path ?? '', way ?? '', code ?? '');
  return { kind: 'detected', detected: detectedOf(id, told, { entered, moment }), traceparent: null };
}

/** What it did next in the same move: it is told with the first fact of the move, so its id needs no hash. */
export function nextFact(
  { first, number }: { readonly first: TriggerDetected; readonly number: number },
  told: Told,
  who: Teller,
): DetectedFact {
  const detected = detectedOf(nextId(first.firingId, number), told, who);
  return { kind: 'detected', detected, traceparent: null, follows: first };
}

/** Whose journey it is, and when. */
interface Teller {
  readonly entered: Entered;
  readonly moment: Moment;
}

function detectedOf(id: string, told: Told, { entered, moment }: Teller): TriggerDetected {
  const { outcome, code = null, step, way = null, candidateId = null, dueAtMs = null } = told;
  const { instanceId, journeyId, journeyVersion, firingId, key, triggerId } = entered;
  return {
    origin: null,
    firingId: id,
    personId: moment.personId,
    triggerId,
    instanceKey: key,
    outcome,
    code,
    detectedAtMs: moment.nowMs,
    dueAtMs,
    evidence: '{}',
    causes: [...moment.causes],
    playbookVersion: moment.playbookVersion,
    journey: {
      journeyId,
      version: journeyVersion,
      instanceId,
      firingId,
      step: step?.path ?? null,
      does: step?.does ?? null,
      way,
      candidateId,
    },
    next: NO_NEXT,
  };
}

const NO_NEXT: TriggerDetected['next'] = [];

/** A step's message, proposed on the terms of the trigger. */
export function proposalOf(
  instance: JourneyInstance,
  step: CompiledStepOf<'send' | 'task' | 'call'>,
  { journey, moment, candidateId }: { journey: CompiledJourney; moment: JourneyMoment; candidateId: string },
): Fact {
  const { definition } = journey.trigger;
  const { nowMs, causes } = moment;
  return {
    kind: 'proposed',
    proposal: {
      candidateId,
      personId: moment.personId,
      firingId: instance.firingId,
      triggerId: definition.id,
      messageId: step.message,
      instanceKey: instance.key,
      purpose: definition.purpose,
      audience: step.audience,
      foundBy: definition.foundBy,
      priority: definition.priority,
      holdoutPercent: definition.holdoutPercent,
      proposedAtMs: nowMs,
      expiresAtMs: nowMs + step.expiresAfterMs,
      causedAtMs: moment.causedAtMs,
      evidence: instance.evidence,
      profile: moment.profile,
      causes: [...(causes.length > 0 ? causes : instance.causes)],
      channel: step.channel,
    },
    traceparent: null,
  };
}

/** What may still be taken back of an instance at a time. */
export const openSends = ({ sends }: JourneyInstance, nowMs: number): readonly JourneySend[] =>
  sends.filter(({ outcomes, expiresAtMs }) => expiresAtMs > nowMs && mayBeTakenBack(outcomes));

/** Takes back what was proposed and not handed over. */
export function withdrawals(
  instance: JourneyInstance,
  code: 'EXITED' | 'GOAL_REACHED',
  { personId, nowMs, causes }: Pick<JourneyMoment, 'personId' | 'nowMs' | 'causes'>,
): readonly Fact[] {
  return openSends(instance, nowMs).map(({ candidateId }): Fact => {
    const withdrawal: Withdrawal = { candidateId, personId, code, causeMessageId: causes[0] ?? null, atMs: nowMs };
    return { kind: 'withdrawn', withdrawal };
  });
}
