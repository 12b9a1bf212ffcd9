import type { ConsumerOptions, GroupMember, KafkaPort, ReadOptions, RecordReader } from '@kairos/stream-kit';
import type { Cluster } from './cluster.ts';
import { SimConsumer } from './consumer.ts';
import { SimProducer } from './producer.ts';

/** A reader that follows a topic: the schedule says when news reach it. */
class Follower {
  readonly #cluster: Cluster;
  readonly #options: ReadOptions;
  readonly #next = new Map<number, number>();
  #isBusy = false;

  constructor(cluster: Cluster, options: ReadOptions) {
    this.#cluster = cluster;
    this.#options = options;
  }

  async begin(): Promise<void> {
    const { from, partitions } = this.#options;
    const ends = new Map(partitions.map((one) => [one, { start: 0, end: this.#log(one).end }]));
    const starts = typeof from === 'function' ? await from(ends) : from;
    for (const one of partitions) {
      this.#next.set(one, starts === undefined || starts === 'earliest' ? 0 : (starts.get(one) ?? 0));
    }
  }

  get isBehind(): boolean {
    return !this.#isBusy && [...this.#next].some(([one, next]) => next < this.#log(one).end);
  }

  async catchUp(): Promise<void> {
    this.#isBusy = true;
    for (const partition of this.#options.partitions) {
      const log = this.#log(partition);
      const { end } = log;
      const records = this.#cluster.read(log, this.#next.get(partition) ?? 0);
      if (records.length > 0) await this.#options.onRecords(records);
      this.#next.set(partition, end);
    }
    this.#isBusy = false;
  }

  #log(partition: number) {
    return this.#cluster.log(this.#options.topic, partition);
  }
}

const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

/** Where consumers meet: the coordinator of all groups. */
export interface Coordinator {
  join(consumer: SimConsumer): void;
  leave(consumer: SimConsumer): void;
}

/** The Kafka of one process. Once the process is dead every call waits for ever, so that its code stands still. */
export class SimPort implements KafkaPort {
  readonly producers: SimProducer[] = [];
  readonly consumers: SimConsumer[] = [];
  readonly followers: Follower[] = [];
  readonly #cluster: Cluster;
  readonly #coordinator: Coordinator;
  readonly #pieces: number;
  #isDead = false;

  constructor(cluster: Cluster, coordinator: Coordinator, pieces: number) {
    this.#cluster = cluster;
    this.#pieces = pieces;
    this.#coordinator = coordinator;
  }

  die(): void {
    this.#isDead = true;
    for (const producer of this.producers) producer.die();
    for (const consumer of this.consumers) {
      consumer.isClosed = true;
      this.#coordinator.leave(consumer);
    }
  }

  async producer(): Promise<SimProducer> {
    const producer = new SimProducer(this.#cluster, this.#pieces);
    this.producers.push(producer);
    return producer;
  }

  async consumer(options: ConsumerOptions): Promise<SimConsumer> {
    const consumer = new SimConsumer(this.#cluster, options, (one) => this.#coordinator.leave(one));
    this.consumers.push(consumer);
    this.#coordinator.join(consumer);
    return consumer;
  }

  async read(options: ReadOptions): Promise<RecordReader> {
    if (this.#isDead) return never();
    const follower = new Follower(this.#cluster, options);
    await follower.begin();
    const reading = follower.catchUp().then(() => options.onCaughtUp?.());
    if (options.follow === true) this.followers.push(follower);
    const done = options.follow === true ? never<void>() : reading;
    return { done, close: async () => undefined };
  }

  async offsets(topic: string): Promise<ReadonlyMap<number, { readonly start: number; readonly end: number }>> {
    if (this.#isDead) return never();
    return new Map(this.#cluster.logs(topic).map(({ partition, end }) => [partition, { start: 0, end }]));
  }

  /** Stages start from their own cuts. */
  async groupOffsets(): Promise<ReadonlyMap<number, number>> {
    return new Map();
  }

  /** Nobody looks on. */
  async groupMembers(): Promise<readonly GroupMember[]> {
    return [];
  }

  async createTopics(): Promise<void> {
    // The cluster has them all.
  }

  async partitionCount(topic: string): Promise<number> {
    return this.#cluster.logs(topic).length;
  }

  async ping(): Promise<void> {
    // Always there: stalls are per partition.
  }

  async close(): Promise<void> {
    // Nothing to close.
  }
}
