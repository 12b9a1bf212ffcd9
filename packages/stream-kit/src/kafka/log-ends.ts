import type { Cluster } from 'kafkajs';
import type { SharedCluster } from './kafkajs-cluster.ts';
import { retried } from './retriable.ts';

export interface Ends {
  readonly start: number;
  readonly end: number;
}

/** Start and end of partitions, by ListOffsets. */
export const listOffsets = async (
  cluster: Cluster,
  topic: string,
  partitions: readonly number[],
): Promise<Map<number, Ends>> => {
  const ask = partitions.map((partition) => ({ partition }));
  const [starts, ends] = await Promise.all([
    cluster.fetchTopicsOffset([{ topic, partitions: ask, fromBeginning: true }]),
    cluster.fetchTopicsOffset([{ topic, partitions: ask, fromBeginning: false }]),
  ]);
  const startOf = new Map((starts[0]?.partitions ?? []).map(({ partition, offset }) => [partition, Number(offset)]));
  return new Map(
    (ends[0]?.partitions ?? []).map(({ partition, offset }) => [
      partition,
      { start: startOf.get(partition) ?? 0, end: Number(offset) },
    ]),
  );
};

/**
 * Where topics start and end, for many who ask at once. kafkajs' admin can be asked of one topic at a time only (each
 * call forgets the topics of the others), and a hand-over asks of dozens: on a busy machine its tasks stood for seconds
 * in that line.
 */
export class LogEnds {
  readonly #shared: SharedCluster;

  constructor(shared: SharedCluster) {
    this.#shared = shared;
  }

  async of(topic: string): Promise<Map<number, Ends>> {
    const cluster = await this.#shared.cluster();
    return await retried(
      async () => {
        await cluster.addTargetTopic(topic);
        await cluster.refreshMetadataIfNecessary();
        const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
        const ends = await listOffsets(cluster, topic, partitions);
        if (ends.size > 0) return ends;
        throw Object.assign(new Error(`the leaders of ${topic} are not known yet`), { retriable: true });
      },
      { beforeRetry: () => cluster.refreshMetadata() },
    );
  }
}
