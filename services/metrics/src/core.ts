import type {
  EnrichedEvent,
  EnrichedRecord,
  EventRefused,
  MessageDecided,
  MessageReported,
  PersonMerged,
  ProfileChanged,
  TriggerDetected,
} from '@kairos/contracts';
import type { PlanFaultCount, RollUp, Stand, TimelineEntry } from './ports.ts';

export interface Seen<V> {
  readonly value: V;
  readonly traceId: string | null;
}

const NOTHING: RollUp = {};

/** An event of the customer; feedback is not counted here (decided and reported are counted from their own topics). */
export function rollUpEnriched({ value, traceId }: Seen<EnrichedRecord>): RollUp {
  if (value.time !== null) return { timeMs: value.time.timeMs };
  if (value.moved !== null) {
    const { personId, to, merge } = value.moved;
    return { link: { fromPersonId: personId, toPersonId: to, atMs: merge.linkedAtMs } };
  }
  if (value.merged !== null) {
    const stand = { segments: value.merged.segments, isReturning: null };
    return { entry: mergedEntry(value.merged, traceId), stand };
  }
  if (value.refused !== null) return refusedRollUp(value.refused, traceId);
  const event = value.event;
  if (event === null) return NOTHING;
  const stand = standOf(event);
  const body = {
    type: event.type,
    source: event.source,
    occurredAtMs: event.occurredAtMs,
    properties: parseObject(event.properties),
    segments: event.segments,
    segmentsEntered: event.segmentsEntered,
    segmentsLeft: event.segmentsLeft,
    ...(stand.isReturning === null ? {} : { isReturning: stand.isReturning }),
    backfill: event.backfill,
    ...(event.faults.length === 0 ? {} : { faults: event.faults }),
  };
  return {
    entry: {
      personId: event.personId,
      atMs: event.loggedAtMs,
      kind: 'event',
      entryId: event.messageId,
      title: event.name,
      body: JSON.stringify(body),
      traceId,
    },
    count: {
      atMs: event.loggedAtMs,
      kind: 'event',
      subject: event.name,
      messageId: '',
      channel: '',
      outcome: event.backfill ? 'backfill' : 'live',
      code: '',
      source: event.source,
    },
    stand,
    ...(event.candidateId === null ? {} : { candidateId: event.candidateId }),
    ...(event.faults.length === 0 ? {} : { planFaults: planFaultsOf(event, 'flagged') }),
  };
}

/** Who is new is told by the profile, in one field that always travels. */
function standOf({ segments, profile }: Pick<EnrichedEvent, 'segments' | 'profile'>): Stand {
  if (!profile.includes('"isReturning"')) return { segments, isReturning: null };
  const { isReturning } = (parseObject(profile) ?? {}) as { readonly isReturning?: unknown };
  return { segments, isReturning: typeof isReturning === 'boolean' ? isReturning : null };
}

const planFaultsOf = (
  { name, source, loggedAtMs, faults }: Pick<EventRefused, 'name' | 'source' | 'loggedAtMs' | 'faults'>,
  outcome: PlanFaultCount['outcome'],
): readonly PlanFaultCount[] =>
  faults.map(({ code, field }) => ({ atMs: loggedAtMs, source, event: name, field, code, outcome }));

/** What was refused took no effect, and the person's timeline says why. */
function refusedRollUp(refused: EventRefused, traceId: string | null): RollUp {
  const { personId, messageId, name, source, occurredAtMs, loggedAtMs, faults } = refused;
  const code = 'EVENT_NONCONFORMING';
  return {
    entry: {
      personId,
      atMs: loggedAtMs,
      kind: 'event',
      entryId: `refused|${messageId}`,
      title: name,
      body: JSON.stringify({ source, occurredAtMs, outcome: 'refused', code, faults }),
      traceId,
    },
    count: {
      atMs: loggedAtMs,
      kind: 'event',
      subject: name,
      messageId: '',
      channel: '',
      outcome: 'refused',
      code,
      source,
    },
    planFaults: planFaultsOf(refused, 'refused'),
  };
}

/** The story of an old person came: its own entries stay under its name, and the link leads to them. */
const mergedEntry = (
  { personId, fromPersonId, linkedAtMs, segments, segmentsEntered, segmentsLeft }: PersonMerged,
  traceId: string | null,
): TimelineEntry => ({
  personId,
  atMs: linkedAtMs,
  kind: 'event',
  entryId: `merged|${fromPersonId}`,
  title: `Known before as ${fromPersonId}`,
  body: JSON.stringify({ fromPersonId, segments, segmentsEntered, segmentsLeft }),
  traceId,
});

export function rollUpDetected({ value, traceId }: Seen<TriggerDetected>): RollUp {
  const body = {
    firingId: value.firingId,
    outcome: value.outcome,
    code: value.code,
    instanceKey: value.instanceKey,
    dueAtMs: value.dueAtMs,
    evidence: parseObject(value.evidence),
    causes: value.causes,
    playbookVersion: value.playbookVersion,
    journey: value.journey,
  };
  const title = value.journey?.journeyId ?? value.triggerId;
  return {
    entry: {
      personId: value.personId,
      atMs: value.detectedAtMs,
      kind: 'trigger',
      // A start that was refused may be refused again with another event: the causes keep the entries apart.
      entryId: [value.firingId, value.outcome, value.code ?? '', ...value.causes].join('|'),
      title,
      body: JSON.stringify(body),
      traceId,
    },
    count: {
      atMs: value.detectedAtMs,
      kind: 'trigger',
      subject: title,
      messageId: '',
      channel: '',
      outcome: value.outcome,
      code: value.code ?? '',
      source: '',
    },
    ...(value.journey === null
      ? {}
      : {
          journeyStep: {
            atMs: value.detectedAtMs,
            journeyId: value.journey.journeyId,
            version: value.journey.version,
            step: value.journey.step ?? '',
            does: value.journey.does ?? '',
            outcome: value.outcome,
            way: value.journey.way ?? '',
            code: value.code ?? '',
          },
        }),
  };
}

export function rollUpDecided({ value, traceId }: Seen<MessageDecided>): RollUp {
  // What arbitration hands over when a person moves is no decision.
  if (value.handOver !== null) return NOTHING;
  const body = {
    candidateId: value.candidateId,
    firingId: value.firingId,
    number: value.number,
    triggerId: value.triggerId,
    channel: value.channel,
    purpose: value.purpose,
    audience: value.audience,
    fate: value.fate,
    code: value.code,
    gate: value.gate,
    numbers: parseObject(value.numbers),
    gatesPassed: value.gatesPassed,
    score: parseObject(value.score),
    nextEligibleAtMs: value.nextEligibleAtMs,
    playbookVersion: value.playbookVersion,
  };
  return {
    entry: {
      personId: value.personId,
      atMs: value.decidedAtMs,
      kind: 'decision',
      entryId: value.decisionId,
      title: value.messageId,
      body: JSON.stringify(body),
      traceId,
    },
    count: {
      atMs: value.decidedAtMs,
      kind: 'decision',
      subject: value.triggerId,
      messageId: value.messageId,
      channel: value.channel ?? '',
      outcome: value.fate,
      code: value.code ?? '',
      source: '',
    },
  };
}

export function rollUpReported({ value, traceId }: Seen<MessageReported>): RollUp {
  const body = {
    candidateId: value.candidateId,
    firingId: value.firingId,
    triggerId: value.triggerId,
    channel: value.channel,
    outcome: value.outcome,
    code: value.code,
    attempt: value.attempt,
    causeToHandOverMs: value.reportedAtMs - value.causedAtMs,
  };
  return {
    entry: {
      personId: value.personId,
      atMs: value.reportedAtMs,
      kind: 'report',
      entryId: value.reportId,
      title: value.messageId,
      body: JSON.stringify(body),
      traceId,
    },
    count: {
      atMs: value.reportedAtMs,
      kind: 'report',
      subject: value.triggerId,
      messageId: value.messageId,
      channel: value.channel,
      outcome: value.outcome,
      code: value.code ?? '',
      source: '',
    },
    ...(value.outcome === 'accepted' ? { causeToHandOverMs: value.reportedAtMs - value.causedAtMs } : {}),
  };
}

export const rollUpProfile = ({ value }: Seen<ProfileChanged>): RollUp => ({ person: value });

function parseObject(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { unreadable: text.slice(0, 200) };
  }
}
