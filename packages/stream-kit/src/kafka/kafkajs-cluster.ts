import type { Assigner, Cluster, Kafka } from 'kafkajs';
import { readFetchesOurselves } from './wire/fetch-response.ts';

export interface OpenCluster {
  readonly cluster: Cluster;
  close(): Promise<void>;
}

const neverAssigns = (): Assigner => ({
  name: 'kairos-none',
  version: 0,
  assign: () => Promise.reject(new Error('this consumer joins no group')),
  protocol: () => ({ name: 'kairos-none', metadata: Buffer.alloc(0) }),
});

/**
 * kafkajs' own view of a cluster, on a connection of its own. kafkajs hands it to partition assigners and to nobody
 * else; a consumer that never runs joins no group, so nothing of it remains on the broker. What is fetched through it
 * comes as `FetchedMessages`.
 */
export const openCluster = async (kafka: Kafka): Promise<OpenCluster> => {
  let found: Cluster | undefined;
  const consumer = kafka.consumer({
    groupId: 'kairos-none',
    allowAutoTopicCreation: false,
    partitionAssigners: [
      ({ cluster }) => {
        found = cluster;
        return neverAssigns();
      },
    ],
  });
  await consumer.connect();
  if (found === undefined) throw new Error('kafkajs built a consumer without its assigner');
  readFetchesOurselves(found);
  return { cluster: found, close: () => consumer.disconnect() };
};

/** One connection for many short questions and reads, opened by the first; who comes after one that failed tries again. */
export class SharedCluster {
  readonly #kafka: Kafka;
  #open: Promise<OpenCluster> | undefined;

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
  }

  async cluster(): Promise<Cluster> {
    this.#open ??= openCluster(this.#kafka).catch((error: unknown) => {
      this.#open = undefined;
      throw error;
    });
    return (await this.#open).cluster;
  }

  async close(): Promise<void> {
    const open = await this.#open?.catch(() => undefined);
    this.#open = undefined;
    await open?.close();
  }
}
