import {
  type Feedback,
  identifiedRecord,
  type MessageDecided,
  type MessageReported,
  type PlaybookRecord,
} from '@kairos/contracts';
import type { CompiledPlaybook } from '@kairos/decisions';
import type { Emission, Processor } from '@kairos/stream-kit';
import { createIdentifyCollected, type IdentifyOptions } from './core/identify-collected.ts';
import type { StateCodec } from './ports.ts';

export { createEnrichProcessor, type EnrichOptions } from './core/enrich.ts';
export { createIdentifyCollected, type IdentifyOptions } from './core/identify-collected.ts';
export type { Counts, EnrichCounts, Partitioning, StateCodec } from './ports.ts';

const NOTHING = { state: undefined, emissions: [] } as const;

// ---- what we did is part of the person's story ------------------------------------------------------------------------

const tell = (feedback: Feedback): Emission => ({
  topic: 'events.identified',
  key: feedback.personId,
  value: identifiedRecord({ feedback }),
  to: 'byKey',
});

/** What arbitration remembered of an old person: to that person, so that it goes the way of all that was the old one's. */
function handOver({ personId, handOver }: MessageDecided): Emission {
  const history = handOver?.history ?? '{}';
  const value = identifiedRecord({ contactMove: { personId, fromPersonId: personId, history } });
  return { topic: 'events.identified', key: personId, value, to: 'byKey' };
}

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
      if (record.handOver !== null) return { ...NOTHING, emissions: [handOver(record)] };
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
