import type { Broker, Cluster, Kafka } from 'kafkajs';
import type { Logger } from '../logger.ts';
import type { ReadOptions, RecordReader } from '../ports.ts';
import { type OpenCluster, openCluster, type SharedCluster } from './kafkajs-cluster.ts';
import { listOffsets } from './log-ends.ts';
import { retried } from './retriable.ts';
import type { FetchedMessages } from './wire/fetch-response.ts';
import { recordsOf } from './wire/record-reader.ts';

interface FetchedPartition {
  readonly partition: number;
  readonly highWatermark: string;
  readonly messages: FetchedMessages;
}

interface Fetched {
  readonly responses: readonly { readonly topicName: string; readonly partitions: readonly FetchedPartition[] }[];
}

/** By partition. */
type Offsets = ReadonlyMap<number, number>;

/** A fetch under way. */
interface Ahead {
  readonly fetched: Promise<readonly FetchedPartition[]>;
}

interface ReadingAround {
  /** Told after each answer that was dealt with. */
  worked(): void;
  isOver(): boolean;
}

const MAX_BYTES_PER_PARTITION = 1_048_576;
const MAX_WAIT_MS = 250;
const MAX_FAILURES = 12;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Reads partitions by fetching from their leaders: no group, so nothing waits for a rebalance, several may run at once,
 * and an empty partition is known to be empty.
 */
class KafkajsReader {
  readonly #cluster: Cluster;
  readonly #options: ReadOptions;
  readonly #logger: Logger;
  /** Next offset per partition that is still read. */
  readonly #position = new Map<number, number>();
  /** Partitions that have not reached the end that stood at the call. */
  readonly #behind = new Map<number, number>();
  #caughtUp = false;
  #closed = false;

  constructor(cluster: Cluster, options: ReadOptions, logger: Logger) {
    this.#cluster = cluster;
    this.#options = options;
    this.#logger = logger;
  }

  async start(): Promise<void> {
    const { topic, partitions, from } = this.#options;
    await this.#cluster.addTargetTopic(topic);
    const ends = await retried(() => listOffsets(this.#cluster, topic, partitions), {
      beforeRetry: () => this.#cluster.refreshMetadata(),
    });
    const starts = typeof from === 'function' ? await from(ends) : from;
    for (const partition of partitions) {
      const at = ends.get(partition);
      if (at === undefined) throw new Error(`${topic} has no partition ${partition}`);
      const wanted = starts === undefined || starts === 'earliest' ? at.start : (starts.get(partition) ?? at.start);
      this.#position.set(partition, Math.max(wanted, at.start));
      this.#behind.set(partition, at.end);
    }
  }

  async run(): Promise<void> {
    let failures = 0;
    this.#settle();
    while (!this.#closed && this.#position.size > 0) {
      try {
        await this.#readFromLeaders(() => {
          failures = 0;
        });
      } catch (error) {
        if (error instanceof HandlerFailed) throw error.cause;
        failures += 1;
        if (failures > MAX_FAILURES) throw error;
        this.#logger.debug(
          { topic: this.#options.topic, error: String(error), failures },
          'reading failed, trying again',
        );
        await pause(Math.min(100 * 2 ** failures, 5_000));
        await this.#recover(error);
      }
    }
  }

  stop(): void {
    this.#closed = true;
  }

  async #recover(error: unknown): Promise<void> {
    const { host, port } = error as { host?: string; port?: number };
    if (host !== undefined && port !== undefined) this.#cluster.removeBroker({ host, port });
    try {
      await this.#cluster.refreshMetadata();
      const ends = await listOffsets(this.#cluster, this.#options.topic, [...this.#position.keys()]);
      for (const [partition, { start }] of ends) {
        this.#position.set(partition, Math.max(start, this.#position.get(partition) ?? 0));
      }
    } catch (again) {
      this.#logger.debug({ topic: this.#options.topic, error: String(again) }, 'metadata could not be refreshed');
    }
  }

  /** One loop per leader, until one of them fails (leaders may have moved) or nothing is left to read. */
  async #readFromLeaders(worked: () => void): Promise<void> {
    const { topic } = this.#options;
    const leaders = this.#cluster.findLeaderForPartitions(topic, [...this.#position.keys()]);
    let failed = false;
    const loops = Object.entries(leaders).map(async ([nodeId, partitions]) => {
      try {
        const broker = await this.#cluster.findBroker({ nodeId });
        await this.#readFrom(broker, partitions.map(Number), { worked, isOver: () => failed || this.#closed });
      } catch (error) {
        failed = true;
        throw error;
      }
    });
    const results = await Promise.allSettled(loops);
    const rejected = results.find((result) => result.status === 'rejected');
    if (rejected !== undefined) throw rejected.reason;
  }

  /** What comes next is fetched while the handler has what came before. */
  async #readFrom(broker: Broker, partitions: readonly number[], around: ReadingAround): Promise<void> {
    let ahead: Ahead | undefined;
    while (!around.isOver()) {
      const open = partitions.filter((partition) => this.#position.has(partition));
      if (open.length === 0) return;
      const asked = new Map(open.map((partition) => [partition, this.#position.get(partition) ?? 0]));
      const fetched = await (ahead?.fetched ?? this.#fetch(broker, asked));
      ahead = around.isOver() ? undefined : this.#fetchAhead(broker, asked, fetched);
      await this.#deliverAll(broker, asked, fetched);
      around.worked();
    }
  }

  /** Begins to fetch what follows, where what came says so; undefined = it does not, or nothing follows. */
  #fetchAhead(broker: Broker, asked: Offsets, fetched: readonly FetchedPartition[]): Ahead | undefined {
    const next = new Map<number, number>();
    for (const [partition, at] of asked) {
      const messages = fetched.find((one) => one.partition === partition)?.messages;
      if (messages === undefined || messages.length === 0) return undefined;
      const offset = Math.max(messages.nextOffset, at);
      if (this.#options.follow === true || offset < (this.#behind.get(partition) ?? 0)) next.set(partition, offset);
    }
    if (next.size === 0) return undefined;
    const coming = this.#fetch(broker, next);
    // It is waited for later, or, when the handler fails, not at all.
    coming.catch(() => undefined);
    return { fetched: coming };
  }

  async #deliverAll(broker: Broker, asked: Offsets, fetched: readonly FetchedPartition[]): Promise<void> {
    for (const part of fetched) {
      const at = asked.get(part.partition) ?? 0;
      if (part.messages.length === 0 && Number(part.highWatermark) > at) {
        // Crowded out by the other partitions, or emptied by compaction: asked alone, an empty answer means the latter.
        const [alone] = asked.size === 1 ? [part] : await this.#fetch(broker, new Map([[part.partition, at]]));
        if (alone !== undefined) await this.#deliver(alone, at, Number(alone.highWatermark));
      } else {
        await this.#deliver(part, at, at);
      }
    }
    this.#settle();
  }

  async #fetch(broker: Broker, asked: Offsets): Promise<readonly FetchedPartition[]> {
    const { topic } = this.#options;
    const answer: Fetched = await broker.fetch({
      maxWaitTime: MAX_WAIT_MS,
      minBytes: 1,
      topics: [
        {
          topic,
          partitions: [...asked].map(([partition, offset]) => ({
            partition,
            fetchOffset: String(offset),
            maxBytes: MAX_BYTES_PER_PARTITION,
          })),
        },
      ],
    });
    return answer.responses.flatMap(({ partitions }) => partitions);
  }

  async #deliver(part: FetchedPartition, at: number, whenEmpty: number): Promise<void> {
    const { nextOffset, batches } = part.messages;
    const next = nextOffset < 0 ? whenEmpty : nextOffset;
    // A batch comes whole, also when it was asked for from its middle on.
    const records = recordsOf(batches, at);
    if (records.length > 0 && !this.#closed) {
      try {
        await this.#options.onRecords(records);
      } catch (error) {
        throw new HandlerFailed(error);
      }
    }
    this.#position.set(part.partition, Math.max(next, at));
  }

  #settle(): void {
    for (const [partition, end] of this.#behind) {
      if ((this.#position.get(partition) ?? 0) < end) continue;
      this.#behind.delete(partition);
      if (this.#options.follow !== true) this.#position.delete(partition);
    }
    if (this.#behind.size > 0 || this.#caughtUp) return;
    this.#caughtUp = true;
    this.#options.onCaughtUp?.();
  }
}

class HandlerFailed extends Error {
  constructor(cause: unknown) {
    super('the handler of records failed', { cause });
  }
}

export interface ReaderSurroundings {
  readonly kafka: Kafka;
  readonly shared: SharedCluster;
  readonly logger: Logger;
}

/**
 * Who follows a log waits at its end for what comes, and needs a connection of its own to wait on. Who only reads what is
 * there does so on the one that all share: a hand-over reads some changelogs at a time, and connecting was most of it.
 */
const clusterFor = async ({ follow }: ReadOptions, { kafka, shared }: ReaderSurroundings): Promise<OpenCluster> => {
  if (follow === true) return await openCluster(kafka);
  return { cluster: await shared.cluster(), close: () => Promise.resolve() };
};

/** Starts a read; see `KafkaPort.read`. */
export const openReader = async (options: ReadOptions, around: ReaderSurroundings): Promise<RecordReader> => {
  const { logger } = around;
  const { cluster, close } = await clusterFor(options, around);
  const reader = new KafkajsReader(cluster, options, logger);
  try {
    await reader.start();
  } catch (error) {
    await close();
    throw error;
  }
  const done = reader.run().finally(close);
  done.catch(() => undefined);
  return {
    done,
    close: async () => {
      reader.stop();
      await done.catch(() => undefined);
    },
  };
};
