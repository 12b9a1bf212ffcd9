import type { Broker, Cluster, Kafka } from 'kafkajs';
import type { Logger } from '../logger.ts';
import type { ProducerOptions } from '../ports.ts';
import type { RequestClient } from './batching-producer.ts';
import { type OpenCluster, openCluster } from './kafkajs-cluster.ts';
import type { BatchLanded, PartitionBatch } from './linger-batcher.ts';
import { retried } from './retriable.ts';
import { type EncodedBatch, produceTo } from './wire/produce-request.ts';
import { encodeRecordBatch } from './wire/record-batch.ts';

/** Only bytes bound a batch: a record costs the same in a large one. */
export const WIRE_MAX_RECORDS = 100_000;

const BROKER_TIMEOUT_MS = 30_000;
const MAX_SEQUENCE = 2 ** 31;

/** Written once to where nobody knows; -1 where a producer is not idempotent. */
interface ProducerId {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

interface InitProducerId {
  initProducerId(asked: { readonly transactionTimeout: number }): Promise<{
    readonly producerId: string | number;
    readonly producerEpoch: number;
  }>;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const nameOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }): string =>
  `${topic}/${partition}`;

const isRetriable = (error: unknown): boolean => (error as { retriable?: boolean }).retriable === true;

/**
 * Our own encoder of Kafka's record batches on kafkajs' connections: kafkajs finds brokers and leaders, logs in and
 * answers; only the bytes of a produce request are ours. A batch keeps its sequence number through every repeat, so that
 * the broker drops what it has already.
 */
class WireClient implements RequestClient {
  readonly #open: OpenCluster;
  readonly #id: ProducerId;
  readonly #options: ProducerOptions;
  readonly #logger: Logger;
  readonly #sequences = new Map<string, number>();
  #closed = false;

  constructor(
    open: OpenCluster,
    id: ProducerId,
    about: { readonly options: ProducerOptions; readonly logger: Logger },
  ) {
    this.#open = open;
    this.#id = id;
    this.#options = about.options;
    this.#logger = about.logger;
  }

  async send(batches: readonly PartitionBatch[]): Promise<readonly BatchLanded[]> {
    const nowMs = Date.now();
    let waiting = batches.map((batch) => this.#encode(batch, nowMs));
    const landed: BatchLanded[] = [];
    const retries = this.#options.retries ?? 22;
    for (let attempt = 0; ; attempt += 1) {
      try {
        const { acknowledged, failed, error } = await this.#attempt(waiting);
        landed.push(...acknowledged);
        if (failed.length === 0) break;
        waiting = failed;
        throw error;
      } catch (error) {
        if (this.#closed || !isRetriable(error) || attempt >= retries) throw error;
        await this.#recover(error, attempt);
      }
    }
    this.#count(batches);
    return landed;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#open.close();
  }

  #encode({ topic, partition, records }: PartitionBatch, nowMs: number): EncodedBatch {
    const firstSequence = this.#id.producerId < 0n ? -1 : (this.#sequences.get(nameOf({ topic, partition })) ?? 0);
    return { topic, partition, bytes: encodeRecordBatch(records, { ...this.#id, firstSequence }, nowMs) };
  }

  /** After the last sequence number comes zero. */
  #count(batches: readonly PartitionBatch[]): void {
    if (this.#id.producerId < 0n) return;
    for (const batch of batches) {
      const next = (this.#sequences.get(nameOf(batch)) ?? 0) + batch.records.length;
      this.#sequences.set(nameOf(batch), next % MAX_SEQUENCE);
    }
  }

  /** One request to each leader. What a leader refused, or did not answer, has failed. */
  async #attempt(batches: readonly EncodedBatch[]): Promise<{
    readonly acknowledged: readonly BatchLanded[];
    readonly failed: EncodedBatch[];
    readonly error: unknown;
  }> {
    const { cluster } = this.#open;
    await cluster.addMultipleTargetTopics([...new Set(batches.map(({ topic }) => topic))]);
    const byLeader = groupByLeader(cluster, batches);
    const results = await Promise.allSettled(
      [...byLeader].map(async ([nodeId, mine]) => {
        const broker = await cluster.findBroker({ nodeId });
        return produceTo(broker, mine, BROKER_TIMEOUT_MS);
      }),
    );
    const groups = [...byLeader.values()];
    const failures = results.flatMap((result, at) =>
      result.status === 'rejected' ? [{ error: result.reason as unknown, batches: groups[at] ?? [] }] : [],
    );
    const fatal = failures.find(({ error }) => !isRetriable(error));
    return {
      acknowledged: results.flatMap((result) => (result.status === 'fulfilled' ? result.value : [])),
      failed: failures.flatMap(({ batches: refused }) => refused),
      error: (fatal ?? failures[0])?.error,
    };
  }

  async #recover(error: unknown, attempt: number): Promise<void> {
    const { cluster } = this.#open;
    const { host, port, message } = error as { host?: string; port?: number; message?: string };
    this.#logger.debug({ error: message, attempt }, 'a request was not acknowledged; it is repeated as it was');
    await pause(Math.min(100 * 2 ** attempt, 3_000));
    if (host !== undefined && port !== undefined) cluster.removeBroker({ host, port });
    try {
      if (!cluster.isConnected()) await cluster.connect();
      await cluster.refreshMetadata();
    } catch (again) {
      this.#logger.debug({ error: String(again) }, 'metadata could not be refreshed');
    }
  }
}

const groupByLeader = (cluster: Cluster, batches: readonly EncodedBatch[]): Map<string, EncodedBatch[]> => {
  const byLeader = new Map<string, EncodedBatch[]>();
  for (const batch of batches) {
    const [leader] = Object.keys(cluster.findLeaderForPartitions(batch.topic, [batch.partition]));
    if (leader === undefined) {
      throw Object.assign(new Error(`${nameOf(batch)} has no leader`), { retriable: true });
    }
    const mine = byLeader.get(leader);
    if (mine === undefined) byLeader.set(leader, [batch]);
    else mine.push(batch);
  }
  return byLeader;
};

const askId = async (cluster: Cluster, options: ProducerOptions): Promise<ProducerId> => {
  if (options.idempotent === false) return { producerId: -1n, producerEpoch: -1 };
  return retried(
    async () => {
      const broker = (await cluster.findControllerBroker()) as Broker & InitProducerId;
      const { producerId, producerEpoch } = await broker.initProducerId({ transactionTimeout: 60_000 });
      return { producerId: BigInt(producerId), producerEpoch };
    },
    { beforeRetry: () => cluster.refreshMetadata() },
  );
};

/** Our encoder as a client that sends requests, with a producer id of its own. */
export const openWireClient = async (
  kafka: Kafka,
  logger: Logger,
  options: ProducerOptions,
): Promise<RequestClient> => {
  const open = await openCluster(kafka);
  try {
    return new WireClient(open, await askId(open.cluster, options), { options, logger });
  } catch (error) {
    await open.close();
    throw error;
  }
};
