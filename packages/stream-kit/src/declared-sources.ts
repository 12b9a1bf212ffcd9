import { type TopicName, timeSources, topics } from '@kairos/contracts';

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
  /**
   * Whether anybody can come to know what is said on a topic. Where nobody can, as in a rehearsal, a stage may leave out what
   * is dear to make; it writes the record all the same, so that places and origins stay. Absent = everything is heard.
   */
  readonly isHeard?: (topic: TopicName) => boolean;
}
