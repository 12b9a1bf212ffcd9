import { enrichedRecord, type IdentifiedRecord } from '@kairos/contracts';
import {
  type CompiledPlaybook,
  enrichRecord,
  type PersonState,
  personOfIdentified,
  type Said,
} from '@kairos/decisions';
import type { Emission, Processor } from '@kairos/stream-kit';
import type { StateCodec } from '../ports.ts';

export interface EnrichOptions {
  readonly codec: StateCodec;
  /** `topic/partition` of every source that must have ticked before there is time. */
  readonly declaredSources: readonly string[];
}

/** Folds the person's log into profile and segments, and takes the minimum of the sources' times. */
export function createEnrichProcessor(
  options: EnrichOptions,
): Processor<PersonState, IdentifiedRecord, CompiledPlaybook> {
  const { codec, declaredSources } = options;
  return {
    name: 'enrich',
    input: 'events.identified',
    outputs: ['events.enriched', 'profiles.changed'],
    declaredSources,
    originOf: (record) => record.origin,
    route(record) {
      if (record.event !== null) return { kind: 'keyed', key: record.event.personId };
      if (record.tick !== null) return { kind: 'tick', sources: record.tick.sources };
      if (record.marker !== null) return { kind: 'marker', ...record.marker };
      const personId = personOfIdentified(record);
      return personId === undefined ? { kind: 'unknown' } : { kind: 'keyed', key: personId };
    },
    step(state, record, { playbook }) {
      const personId = personOfIdentified(record) ?? '';
      const next = enrichRecord(state, record, playbook);
      return { state: next.state, emissions: next.said.map((said) => emissionOf(said, personId)) };
    },
    onTime: ({ timeMs }) => [
      { topic: 'events.enriched', key: 'time', value: enrichedRecord({ time: { timeMs } }), to: 'same' },
    ],
    onMarker: ({ playbookOffset, playbookVersion: version }) => [
      {
        topic: 'events.enriched',
        key: 'marker',
        value: enrichedRecord({ marker: { playbookOffset, version } }),
        to: 'same',
      },
    ],
    encode: (state) => codec.encode(state),
    decode: (bytes) => codec.decode(bytes) as PersonState,
  };
}

const emissionOf = (said: Said, personId: string): Emission =>
  said.kind === 'story'
    ? { topic: 'events.enriched', key: personId, value: enrichedRecord(said.body), to: 'same' }
    : { topic: 'profiles.changed', key: personId, value: { origin: null, ...said.changed }, to: 'same' };
