import {
  type CollectedEvent,
  enrichedRecord,
  type Feedback,
  type IdentifiedRecord,
  identifiedRecord,
  type MessageDecided,
  type MessageReported,
  type PlaybookRecord,
} from '@kairos/contracts';
import { type CompiledPlaybook, enrich, type IdentityState, identify, type ProfileState } from '@kairos/decisions';
import type { Emission, Processor, StepContext } from '@kairos/stream-kit';
import { checkedEvent, whoSent } from './core/checked-event.ts';
import type { Counts, Partitioning, StateCodec } from './ports.ts';

export type { Counts, Partitioning, StateCodec } from './ports.ts';

const NOTHING = { state: undefined, emissions: [] } as const;
const SILENT: Counts = { duplicateEvent: () => undefined, rehomed: () => undefined };

// ---- identify: events.collected → events.identified ------------------------------------------------------------------

export interface IdentifyOptions extends Partitioning {
  readonly codec: StateCodec;
  readonly counts?: Counts;
}

/** Which person is this? One fold per source key. */
export function createIdentifyCollected(
  options: IdentifyOptions,
): Processor<IdentityState, CollectedEvent, CompiledPlaybook> {
  const { codec, partitions, partitionOf, counts = SILENT } = options;
  return {
    name: 'identify-collected',
    input: 'events.collected',
    outputs: ['events.identified', 'events.collected'],
    originOf: (record) => record.origin,
    route: (record) => ({ kind: 'keyed', key: whoSent(record).personId }),
    step(state, record, context) {
      const { personId, sourceKey } = whoSent(record);
      if (!record.rehomed && partitionOf(sourceKey, partitions) !== context.partition) {
        counts.rehomed();
        const value = { ...record, rehomed: true, origin: null };
        return { state, emissions: [{ topic: 'events.collected', key: sourceKey, value, to: 'byKey' }] };
      }
      const loggedAtMs = context.logTimeMs > 0 ? context.logTimeMs : record.receivedAtMs;
      const outcome = identify(state, checkedEvent(record, loggedAtMs), { personId, loggedAtMs });
      if (outcome.kind === 'repeat') {
        counts.duplicateEvent();
        return { state: outcome.state, emissions: [] };
      }
      const value = identifiedRecord({ event: outcome.event });
      return {
        state: outcome.state,
        emissions: [{ topic: 'events.identified', key: outcome.event.personId, value, to: 'byKey' }],
      };
    },
    encode: (state) => codec.encode(state),
    decode: (bytes) => codec.decode(bytes) as IdentityState,
  };
}

// ---- what we did is part of the person's story ------------------------------------------------------------------------

const tell = (feedback: Feedback): Emission => ({
  topic: 'events.identified',
  key: feedback.personId,
  value: identifiedRecord({ feedback }),
  to: 'byKey',
});

/** Decisions come home as feedback; repeats are dropped by origin, so nothing need be remembered. */
export function createIdentifyDecided({
  codec,
}: {
  readonly codec: StateCodec;
}): Processor<null, MessageDecided, CompiledPlaybook> {
  return {
    name: 'identify-decided',
    input: 'messages.decided',
    outputs: ['events.identified'],
    originOf: (record) => record.origin,
    route: (record) => ({ kind: 'keyed', key: record.personId }),
    step: (_, record) => {
      const { personId, candidateId, firingId, triggerId, messageId, channel, fate, code, purpose } = record;
      const ids = { personId, candidateId, firingId, triggerId, messageId };
      return {
        ...NOTHING,
        emissions: [tell({ ...ids, kind: 'decided', channel, fate, code, purpose, atMs: record.decidedAtMs })],
      };
    },
    encode: (state) => codec.encode(state),
    decode: () => null,
  };
}

/** Ids of the last reports of a person: the dispatchers write them again after a crash, without an origin. */
export type ReportedState = readonly string[];
const MAX_REPORTS = 256;

/** Hand-overs come home as feedback; a report that comes again is dropped by its id. */
export function createIdentifyReported({
  codec,
}: {
  readonly codec: StateCodec;
}): Processor<ReportedState, MessageReported, CompiledPlaybook> {
  return {
    name: 'identify-reported',
    input: 'messages.reported',
    outputs: ['events.identified'],
    originOf: () => null,
    route: (record) => ({ kind: 'keyed', key: record.personId }),
    step: (state = [], record) => {
      if (state.includes(record.reportId)) return { state, emissions: [] };
      const { personId, candidateId, firingId, triggerId, messageId, channel, outcome, code, purpose } = record;
      const ids = { personId, candidateId, firingId, triggerId, messageId };
      return {
        state: [...state.slice(1 - MAX_REPORTS), record.reportId],
        emissions: [
          tell({ ...ids, kind: 'reported', channel, fate: outcome, code, purpose, atMs: record.reportedAtMs }),
        ],
      };
    },
    encode: (state) => codec.encode(state),
    decode: (bytes) => codec.decode(bytes) as ReportedState,
  };
}

// ---- the playbook's activations become markers ------------------------------------------------------------------------

/** An activation becomes a marker in every partition of `events.identified`; definitions are read by each stage itself. */
export function createIdentifyPlaybook({
  codec,
}: {
  readonly codec: StateCodec;
}): Processor<null, PlaybookRecord, CompiledPlaybook> {
  return {
    name: 'identify-playbook',
    input: 'playbook.published',
    outputs: ['events.identified'],
    originOf: () => null,
    route: () => ({ kind: 'keyed', key: 'playbook' }),
    step: (_, { activation }, { offset }) => {
      if (activation === null) return NOTHING;
      const value = identifiedRecord({ marker: { playbookOffset: offset, version: activation.version } });
      return { ...NOTHING, emissions: [{ topic: 'events.identified', key: 'marker', value, to: 'all' }] };
    },
    encode: (state) => codec.encode(state),
    decode: () => null,
  };
}

/** The four tasks of identify. They share no state: each folds one input partition. */
export function createIdentifyProcessors(options: IdentifyOptions) {
  return {
    collected: createIdentifyCollected(options),
    decided: createIdentifyDecided(options),
    reported: createIdentifyReported(options),
    playbook: createIdentifyPlaybook(options),
  } as const;
}

// ---- enrich: events.identified → events.enriched, profiles.changed ----------------------------------------------------

export interface EnrichOptions {
  readonly codec: StateCodec;
  /** `topic/partition` of every source that must have ticked before there is time. */
  readonly declaredSources: readonly string[];
}

/** Folds the person's log into profile and segments, and takes the minimum of the sources' times. */
export function createEnrichProcessor(
  options: EnrichOptions,
): Processor<ProfileState, IdentifiedRecord, CompiledPlaybook> {
  const { codec, declaredSources } = options;
  return {
    name: 'enrich',
    input: 'events.identified',
    outputs: ['events.enriched', 'profiles.changed'],
    declaredSources,
    originOf: (record) => record.origin,
    route(record) {
      if (record.event !== null) return { kind: 'keyed', key: record.event.personId };
      if (record.feedback !== null) return { kind: 'keyed', key: record.feedback.personId };
      if (record.tick !== null) return { kind: 'tick', sources: record.tick.sources };
      if (record.marker !== null) return { kind: 'marker', ...record.marker };
      return { kind: 'unknown' };
    },
    step(state, record, context) {
      if (record.event === null) {
        return { state, emissions: record.feedback === null ? [] : [passOn(record.feedback)] };
      }
      const { personId } = record.event;
      const result = enrich(state, record.event, context.playbook);
      const changed = { origin: null, ...result.changed };
      return {
        state: result.state,
        emissions: [
          { topic: 'events.enriched', key: personId, value: enrichedRecord({ event: result.event }), to: 'same' },
          { topic: 'profiles.changed', key: personId, value: changed, to: 'same' },
        ],
      };
    },
    onTime: ({ timeMs }) => [
      { topic: 'events.enriched', key: 'time', value: enrichedRecord({ time: { timeMs } }), to: 'same' },
    ],
    onMarker: (context) => [
      { topic: 'events.enriched', key: 'marker', value: enrichedRecord(markerOf(context)), to: 'same' },
    ],
    encode: (state) => codec.encode(state),
    decode: (bytes) => codec.decode(bytes) as ProfileState,
  };
}

const passOn = (feedback: Feedback): Emission => ({
  topic: 'events.enriched',
  key: feedback.personId,
  value: enrichedRecord({ feedback }),
  to: 'same',
});

const markerOf = (context: StepContext<unknown>) => ({
  marker: { playbookOffset: context.playbookOffset, version: context.playbookVersion },
});
