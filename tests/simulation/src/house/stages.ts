import { createArbitrationProcessor } from '@kairos/arbitration/core';
import {
  type EnrichedRecord,
  type Feedback,
  factsOf,
  type IdentifiedRecord,
  type MessageDecided,
  type ProposedRecord,
  type TriggerDetected,
} from '@kairos/contracts';
import { type CompiledPlaybook, PROFILE_SET } from '@kairos/decisions';
import {
  createEnrichProcessor,
  createIdentifyCollected,
  createIdentifyDecided,
  createIdentifyPlaybook,
  createIdentifyReported,
} from '@kairos/profile-enricher/core';
import { type AnyProcessor, type Emission, jsonStateCodec, partitionOf, type StageAbout } from '@kairos/stream-kit';
import { createDetectProcessor } from '@kairos/trigger-detector/core';
import { detectStateCodec } from '@kairos/trigger-detector/state-codec';
import { type Naming, witnessed } from './witness.ts';

export type StageProcessor = AnyProcessor<CompiledPlaybook>;
export type StageName = 'collected' | 'decided' | 'reported' | 'playbook' | 'enrich' | 'detect' | 'arbitration';

const codec = jsonStateCodec;
const erased = (processor: unknown): StageProcessor => processor as StageProcessor;

/** A candidate may move several times; otherwise each is decided once. */
const nameOfFeedback = ({ kind, candidateId, fate, code, atMs }: Feedback): string =>
  `${kind}:${candidateId}:${fate}:${code ?? ''}${code === 'MOVED' ? atMs : ''}`;

/** Names of feedback, events and firings are the same in every stage, so that they can be compared. */
const names = {
  identified: ({ event, feedback }: IdentifiedRecord): string[] => [
    ...(event === null ? [] : [`event:${event.event.messageId}`]),
    ...(feedback === null ? [] : [nameOfFeedback(feedback)]),
  ],
  enriched: ({ event, feedback }: EnrichedRecord): string[] => [
    ...(event === null ? [] : [`${event.name === PROFILE_SET ? 'set' : 'event'}:${event.messageId}`]),
    ...(feedback === null ? [] : [nameOfFeedback(feedback)]),
  ],
  detected: (record: TriggerDetected): string[] =>
    factsOf(record).map(({ outcome, firingId }) => `${outcome}:${firingId}`),
  withdrawn: ({ withdrawal }: ProposedRecord): string[] =>
    withdrawal === null ? [] : [`withdrawn:${withdrawal.candidateId}`],
  decided: ({ decisionId }: MessageDecided): string[] => [`decision:${decisionId}`],
};

const emitted = <V>(emissions: readonly Emission[], topic: string, nameOf: (value: V) => string[]): string[] =>
  emissions.flatMap((emission) => (emission.topic === topic ? nameOf(emission.value as V) : []));

const ofIdentify: Naming<unknown> = (_record, emissions) => emitted(emissions, 'events.identified', names.identified);

const ofEnrich: Naming<unknown> = (_record, emissions) => emitted(emissions, 'events.enriched', names.enriched);

const ofDetect: Naming<EnrichedRecord> = (record, emissions) => [
  ...(record === undefined ? [] : names.enriched(record)),
  ...emitted(emissions, 'triggers.detected', names.detected),
  ...emitted(emissions, 'messages.proposed', names.withdrawn),
];

const ofArbitration: Naming<unknown> = (_record, emissions) => emitted(emissions, 'messages.decided', names.decided);

/** The very cores that the services run, each with a witness. */
export const stageProcessors: Readonly<Record<StageName, (about: StageAbout) => StageProcessor>> = {
  collected: ({ partitionCount }) =>
    erased(witnessed(createIdentifyCollected({ codec, partitions: partitionCount, partitionOf }), ofIdentify)),
  decided: () => erased(createIdentifyDecided({ codec })),
  reported: () => erased(witnessed(createIdentifyReported({ codec }), ofIdentify)),
  playbook: () => erased(createIdentifyPlaybook({ codec })),
  enrich: ({ declaredSources }) => erased(witnessed(createEnrichProcessor({ codec, declaredSources }), ofEnrich)),
  detect: () => erased(witnessed(createDetectProcessor({ codec: detectStateCodec }), ofDetect)),
  arbitration: () => erased(witnessed(createArbitrationProcessor(), ofArbitration)),
};

export const stageNames = Object.keys(stageProcessors) as readonly StageName[];
