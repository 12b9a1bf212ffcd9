import {
  type EventRefused,
  enrichedRecord,
  explainPlanFault,
  type IdentifiedRecord,
  isPlanFaultCode,
  KairosError,
  type PlanFault,
  type ProfileChanged,
  planFaults,
} from '@kairos/contracts';
import {
  type CompiledPlaybook,
  enrichRecord,
  type PersonState,
  personOfIdentified,
  type Said,
} from '@kairos/decisions';
import type { Emission, Processor, StageAbout } from '@kairos/stream-kit';
import type { EnrichCounts, StateCodec } from '../ports.ts';

const SILENT: EnrichCounts = { nonconforming: () => undefined, failed: () => undefined };

export interface EnrichOptions {
  readonly codec: StateCodec;
  /** `topic/partition` of every source that must have ticked before there is time. */
  readonly declaredSources: readonly string[];
  readonly counts?: EnrichCounts;
  /** See `StageAbout`. */
  readonly isHeard?: StageAbout['isHeard'];
}

/** Folds the person's log into profile and segments, and takes the minimum of the sources' times. */
export function createEnrichProcessor(
  options: EnrichOptions,
): Processor<PersonState, IdentifiedRecord, CompiledPlaybook> {
  const { codec, declaredSources, counts = SILENT, isHeard = () => true } = options;
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
      for (const said of next.said) {
        if (said.kind === 'story') countFaults(said.body, playbook, counts);
        else for (const failed of said.failed) counts.failed(failed);
      }
      const tellsProfiles = isHeard('profiles.changed');
      const emissions = next.said.map((said) =>
        said.kind === 'story' ? toldStory(said.body, personId) : tellsProfiles ? toldProfile(said.changed) : UNHEARD,
      );
      if (next.refused === undefined) return { state: next.state, emissions };
      return { state: next.state, emissions, refused: refusalOf(next.refused) };
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

const toldStory = (body: Story, personId: string): Emission => ({
  topic: 'events.enriched',
  key: personId,
  value: enrichedRecord(body),
  to: 'same',
});

/** Where nobody hears of profiles, the place of the record is taken, and nothing is written down. */
const UNHEARD: Emission = { topic: 'profiles.changed', key: '', value: {}, to: 'same' };

/** Spelled out: this is made for every event. */
const toldProfile = (changed: Omit<ProfileChanged, 'origin'>): Emission => ({
  topic: 'profiles.changed',
  key: changed.personId,
  value: {
    origin: null,
    personId: changed.personId,
    profile: changed.profile,
    segments: changed.segments,
    changedAtMs: changed.changedAtMs,
    movedTo: changed.movedTo,
  },
  to: 'same',
});

type Story = Extract<Said, { kind: 'story' }>['body'];

/** What came from outside and is no name of the playbook is counted together. */
const OTHER = 'other';

function countFaults({ event, refused }: Story, playbook: CompiledPlaybook | undefined, counts: EnrichCounts): void {
  const told = event ?? refused;
  if (told === null || told === undefined || told.faults.length === 0) return;
  const labels = {
    source: playbook?.sources.has(told.source) === true ? told.source : OTHER,
    event: playbook?.tracking?.events.has(told.name) === true ? told.name : OTHER,
    outcome: event === null || event === undefined ? ('refused' as const) : ('flagged' as const),
  };
  for (const { code } of told.faults) counts.nonconforming({ ...labels, code });
}

/** Names of fields and of the event, never what they hold. */
function refusalOf({ source, faults }: EventRefused): KairosError {
  const sentences = faults.map((fault) => `${explainPlanFault(fault)} ${remedyOf(fault)}`);
  const field = faults[0]?.field;
  return new KairosError('EVENT_NONCONFORMING', `${sentences.join(' ')} The source ${source} refuses such events.`, {
    ...(field === undefined ? {} : { field }),
  });
}

const remedyOf = ({ code }: PlanFault): string => (isPlanFaultCode(code) ? planFaults[code].remedy : '');
