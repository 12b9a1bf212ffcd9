import type { Cluster } from 'kafkajs';
import type { Logger } from '../logger.ts';
import type { PartitionQueue } from './partition-queue.ts';
import type { FetchedMessages } from './wire/fetch-response.ts';

export interface MeanwhileSurroundings {
  readonly groupId: string;
  /** Of the consumer: its connections for fetching stand still during a join. */
  readonly cluster: () => Cluster | undefined;
  readonly queues: () => Iterable<PartitionQueue>;
  /** Something was queued, or is to be noted of a queue. */
  readonly onFetched: (queue: PartitionQueue) => void;
  readonly maxWaitMs: number;
  /** Nobody waits longer than this for a group to join: the coordinator goes on without who has not come. */
  readonly longestMs: number;
  readonly logger: Logger;
}

interface FetchedPartition {
  readonly partition: number;
  readonly highWatermark: string;
  readonly messages: FetchedMessages;
}

interface Fetched {
  readonly responses: readonly { readonly topicName: string; readonly partitions: readonly FetchedPartition[] }[];
}

const MAX_BYTES_PER_PARTITION = 1_048_576;
const REST_MS = 50;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * kafkajs stops fetching from the moment it hears of a rebalance until all members have joined and the assignment is
 * there; what takes part only in order to keep its partitions would stand still with the slowest of them. Until then all
 * partitions are still ours, by Kafka's own word: so they are fetched here, on the connection that kafkajs leaves idle.
 * What turns out to be lost is dropped with its queue; what stays goes on where this has come to.
 */
export class FetchMeanwhile {
  readonly #around: MeanwhileSurroundings;
  /** Each join has its own; what an older loop still brings counts as long as it fits. */
  #current: object | undefined;

  constructor(around: MeanwhileSurroundings) {
    this.#around = around;
  }

  /** Whether a join is under way. */
  get isOn(): boolean {
    return this.#current !== undefined;
  }

  /** A join begins. */
  begin(): void {
    if (this.#current !== undefined) return;
    const join = {};
    this.#current = join;
    void this.#run(join, Date.now() + this.#around.longestMs);
  }

  /** The assignment is there, or there will be none. */
  end(): void {
    this.#current = undefined;
  }

  async #run(join: object, untilMs: number): Promise<void> {
    const { groupId, logger } = this.#around;
    while (this.#current === join && Date.now() < untilMs) {
      try {
        if (!(await this.#fetchAll())) await pause(REST_MS);
      } catch (error) {
        // kafkajs looks for leaders anew when it fetches again.
        logger.debug({ groupId, error: String(error) }, 'nothing could be fetched while the group joins');
        await pause(REST_MS);
      }
    }
  }

  /** One fetch from each leader; false when no partition wants any. */
  async #fetchAll(): Promise<boolean> {
    const cluster = this.#around.cluster();
    if (cluster === undefined) return false;
    const wanting = [...this.#around.queues()].filter(({ wantsMore }) => wantsMore);
    const byLeader = new Map<string, PartitionQueue[]>();
    for (const queue of wanting) {
      const [nodeId] = Object.keys(cluster.findLeaderForPartitions(queue.topic, [queue.partition]));
      if (nodeId !== undefined) byLeader.set(nodeId, [...(byLeader.get(nodeId) ?? []), queue]);
    }
    await Promise.all([...byLeader].map(([nodeId, queues]) => this.#fetch(cluster, nodeId, queues)));
    return byLeader.size > 0;
  }

  async #fetch(cluster: Cluster, nodeId: string, queues: readonly PartitionQueue[]): Promise<void> {
    const asked = new Map(queues.map((queue) => [queue, queue.expected]));
    const topics = [...new Set(queues.map(({ topic }) => topic))];
    const broker = await cluster.findBroker({ nodeId });
    const answer: Fetched = await broker.fetch({
      maxWaitTime: this.#around.maxWaitMs,
      minBytes: 1,
      topics: topics.map((topic) => ({
        topic,
        partitions: queues
          .filter((queue) => queue.topic === topic)
          .map(({ partition, expected }) => ({
            partition,
            fetchOffset: String(expected),
            maxBytes: MAX_BYTES_PER_PARTITION,
          })),
      })),
    });
    for (const { topicName, partitions } of answer.responses) {
      for (const { partition, highWatermark, messages } of partitions) {
        const queue = queues.find((one) => one.topic === topicName && one.partition === partition);
        // Taken away, moved by a seek, or fetched by kafkajs again: then this is not what comes next.
        if (queue === undefined || queue.revoked || queue.expected !== asked.get(queue)) continue;
        queue.push(messages, Number(highWatermark));
        this.#around.onFetched(queue);
      }
    }
  }
}
