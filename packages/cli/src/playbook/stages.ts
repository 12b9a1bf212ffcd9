import { createArbitrationProcessor } from '@kairos/arbitration/core';
import type { CompiledPlaybook } from '@kairos/decisions';
import { createEnrichProcessor, createIdentifyProcessors } from '@kairos/profile-enricher/core';
import type { AnyProcessor, StageAbout } from '@kairos/stream-kit';
import { jsonStateCodec, partitionOf } from '@kairos/stream-kit/offline';
import { createDetectProcessor } from '@kairos/trigger-detector/core';
import { detectStateCodec } from '@kairos/trigger-detector/state-codec';

type Stage = (about: StageAbout) => AnyProcessor<CompiledPlaybook>;

const codec = jsonStateCodec;

const any = (processor: unknown): AnyProcessor<CompiledPlaybook> => processor as AnyProcessor<CompiledPlaybook>;

/** From a person's log to the decision: the very cores that the services run, and their states as the same bytes. */
export const decidingStages: readonly Stage[] = [
  (about) => any(createEnrichProcessor({ codec, ...about })),
  () => any(createDetectProcessor({ codec: detectStateCodec })),
  () => any(createArbitrationProcessor()),
];

/** The door before them. */
export const identifyStages = (partitions: number): readonly Stage[] =>
  Object.values(createIdentifyProcessors({ codec, partitions, partitionOf })).map((processor) => () => any(processor));
