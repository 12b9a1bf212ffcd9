import type { TriggerDetected } from '@kairos/contracts';
import { hashId } from '../hash-id.ts';
import { type EvidenceInput, evidenceText, saidOf } from './evidence.ts';
import { rememberFiring } from './memory.ts';
import type { TriggerState } from './state.ts';
import type { EventMoment, Fact, StartCode, TypeStep } from './trigger-type.ts';

const MAX_CAUSES = 20;
const NO_NEXT: TriggerDetected['next'] = [];

export interface Firing {
  readonly trigger: EventMoment['trigger'];
  readonly personId: string;
  readonly key: string;
  /** The first of the events that cause it: it names the firing. */
  readonly armedBy: string;
  readonly causes: readonly string[];
  /** Due time of the timer; null when an event fired it. */
  readonly dueAtMs: number | null;
  /** Log time of the event, or the watermark. */
  readonly firedAtMs: number;
  readonly causedAtMs: number;
  readonly evidence: EvidenceInput;
  /** From when on what ends it counts; when its last event happened, unless given. */
  readonly armedAtMs?: number;
  readonly profileText: string;
  readonly traceparent: string | null;
  readonly liveHorizonMs: number;
  readonly playbookVersion: string;
}

/** A trigger fires: the fact, the proposal of its message if it sends one, and the memory of it. */
export function fireNow(state: TriggerState, firing: Firing): TypeStep {
  const { trigger, personId, key, firedAtMs, dueAtMs, traceparent } = firing;
  const { definition } = trigger;
  const due = dueAtMs === null ? '' : String(dueAtMs);
  // Spelled out, as all that is made for every firing: copying objects field by field costs more than the rest of it.
  const detected: TriggerDetected = {
    origin: null,
    firingId: hashId('firing', definition.id, personId, key, firing.armedBy, due),
    personId,
    triggerId: definition.id,
    instanceKey: key,
    outcome: 'fired',
    code: null,
    detectedAtMs: firedAtMs,
    dueAtMs,
    evidence: evidenceText(firing.evidence),
    causes: firing.causes.length > MAX_CAUSES ? firing.causes.slice(0, MAX_CAUSES) : [...firing.causes],
    playbookVersion: firing.playbookVersion,
    journey: null,
    next: NO_NEXT,
  };
  const fact: Fact = { kind: 'detected', detected, traceparent, lastAtMs: firing.evidence.lastAtMs };
  const candidateId = definition.send === null ? '' : hashId('candidate', detected.firingId, definition.send);
  const remembered = rememberFiring(state, {
    trigger,
    key,
    candidateId,
    firedAtMs,
    dueAtMs: dueAtMs ?? firing.evidence.lastAtMs,
    lastArmAtMs: firing.armedAtMs ?? firing.evidence.lastAtMs,
    liveHorizonMs: firing.liveHorizonMs,
  });
  if (definition.send === null) return { state: remembered, facts: [fact] };
  const { firingId, triggerId, instanceKey, evidence, causes } = detected;
  const proposal = {
    firingId,
    personId,
    triggerId,
    instanceKey,
    evidence,
    causes,
    candidateId,
    messageId: definition.send,
    channel: null,
    ...termsOf(firing),
  };
  return { state: remembered, facts: [fact, { kind: 'proposed', proposal, traceparent }] };
}

/** On what terms a message is proposed. */
const termsOf = ({ trigger: { definition }, firedAtMs, causedAtMs, profileText }: Firing) => ({
  purpose: definition.purpose,
  audience: definition.audienceRole,
  foundBy: definition.foundBy,
  priority: definition.priority,
  holdoutPercent: definition.holdoutPercent,
  proposedAtMs: firedAtMs,
  expiresAtMs: firedAtMs + definition.expiresAfterMs,
  causedAtMs,
  profile: profileText,
});

export interface NotStarted {
  readonly triggerId: string;
  readonly personId: string;
  readonly key: string;
  readonly code: StartCode;
  readonly atMs: number;
  readonly dueAtMs: number | null;
  readonly cause: string;
  /** Which of several matches of one cause. */
  readonly occasion?: string;
  readonly evidence: string;
  readonly playbookVersion: string;
  readonly traceparent: string | null;
}

/** A match that starts nothing is recorded too, with its reason. */
export const notStarted = (about: NotStarted): Fact => ({
  kind: 'detected',
  detected: {
    origin: null,
    firingId: hashId(
      'notStarted',
      about.triggerId,
      about.personId,
      about.key,
      about.cause,
      about.code,
      ...occasionOf(about),
    ),
    personId: about.personId,
    triggerId: about.triggerId,
    instanceKey: about.key,
    outcome: 'notStarted',
    code: about.code,
    detectedAtMs: about.atMs,
    dueAtMs: about.dueAtMs,
    evidence: about.evidence,
    causes: [about.cause],
    playbookVersion: about.playbookVersion,
    journey: null,
    next: NO_NEXT,
  },
  traceparent: about.traceparent,
});

const occasionOf = ({ occasion }: NotStarted): readonly string[] => (occasion === undefined ? [] : [occasion]);

/** The same for an event that matched. */
export const eventNotStarted = (moment: EventMoment, code: StartCode): Fact =>
  notStarted({
    triggerId: moment.trigger.definition.id,
    personId: moment.event.personId,
    key: moment.key,
    code,
    atMs: moment.event.loggedAtMs,
    dueAtMs: null,
    cause: moment.event.messageId,
    evidence: evidenceText(evidenceOf(moment)),
    playbookVersion: moment.playbookVersion,
    traceparent: null,
  });

/** What an event says, as evidence of itself. */
const evidenceOf = ({ event }: EventMoment): EvidenceInput => ({
  said: saidOf(event),
  firstAtMs: event.occurredAtMs,
  lastAtMs: event.occurredAtMs,
  count: 1,
});
