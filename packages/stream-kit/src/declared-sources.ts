import { timeSources, topics } from '@kairos/contracts';

/** Every partition that must have ticked before there is time, as `topic/partition`. */
export const declaredSources = (walkPartitions: number): readonly string[] =>
  timeSources.flatMap((topic) =>
    Array.from(
      { length: topics[topic].partitions === 'single' ? 1 : walkPartitions },
      (_none, partition) => `${topic}/${partition}`,
    ),
  );

/** What a stage learns of the cluster before its processor is built. */
export interface StageAbout {
  readonly partitionCount: number;
  readonly declaredSources: readonly string[];
}
