import { startOffsets } from '../kafka/start-offsets.ts';
import { assignSticky } from '../kafka/sticky-assignment.ts';
import { silentLogger } from '../logger.ts';
import { partitionOf } from '../partition-of.ts';
import type {
  AssignedPartition,
  ConsumerOptions,
  IncomingRecord,
  KafkaPort,
  Landed,
  OutgoingRecord,
  RecordConsumer,
  RecordProducer,
} from '../ports.ts';
import { readFrom } from './memory-reader.ts';

const MAX_RECORD_BYTES = 900_000;
const BATCH = 500;

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const nap = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));

const toBuffer = (value: Buffer | string | null): Buffer | null =>
  value === null ? null : Buffer.isBuffer(value) ? value : Buffer.from(value);

interface Member {
  readonly memberId: string;
  readonly options: ConsumerOptions;
  held: readonly string[];
  rebalance(held: readonly string[]): void;
}

/** What several ports of one cluster share. */
class MemoryCluster {
  readonly logs = new Map<string, IncomingRecord[][]>();
  readonly committed = new Map<string, number>();
  readonly groups = new Map<string, Map<string, Member>>();
  readonly now: () => number;
  members = 0;

  constructor(now: () => number) {
    this.now = now;
  }

  partitions(topic: string): IncomingRecord[][] {
    const found = this.logs.get(topic);
    if (found === undefined) throw new Error(`there is no topic ${topic}`);
    return found;
  }

  log(topic: string, partition: number): IncomingRecord[] {
    const found = this.partitions(topic)[partition];
    if (found === undefined) throw new Error(`${topic} has no partition ${partition}`);
    return found;
  }

  append(record: OutgoingRecord): Landed {
    const { topic, key, value, headers = {} } = record;
    const partition = record.partition ?? (key === null ? 0 : partitionOf(key, this.partitions(topic).length));
    const log = this.log(topic, partition);
    const offset = (log.at(-1)?.offset ?? -1) + 1;
    const logTimeMs = this.now();
    const kept = Object.fromEntries(Object.entries(headers).map(([name, held]) => [name, Buffer.from(held)]));
    log.push({ topic, partition, offset, logTimeMs, key: toBuffer(key), value: toBuffer(value), headers: kept });
    return { topic, partition, offset, logTimeMs };
  }

  rebalance(groupId: string): void {
    const members = [...(this.groups.get(groupId)?.values() ?? [])];
    const topics = [...new Set(members.flatMap(({ options }) => options.topics))];
    const names = topics.flatMap((topic) => this.partitions(topic).map((_log, partition) => `${topic}/${partition}`));
    const sharers = members.map(({ memberId, options, held }) => ({ memberId, topics: options.topics, held }));
    const shares = assignSticky(sharers, names);
    for (const member of members) member.rebalance(shares.get(member.memberId) ?? []);
  }
}

class MemoryProducer implements RecordProducer {
  readonly #cluster: MemoryCluster;
  readonly #beforeAppend: (record: OutgoingRecord) => void;
  #broken: Error | undefined;
  #closed = false;
  pendingBytes = 0;

  constructor(cluster: MemoryCluster, beforeAppend: (record: OutgoingRecord) => void) {
    this.#cluster = cluster;
    this.#beforeAppend = beforeAppend;
  }

  async send(records: readonly OutgoingRecord[]): Promise<readonly Landed[]> {
    if (this.#closed) throw new Error('the producer is closed');
    if (this.#broken !== undefined) throw this.#broken;
    for (const { topic, partition = 0, value } of records) {
      // Refused before anything was written: the producer goes on.
      this.#cluster.log(topic, partition);
      const bytes = value?.length ?? 0;
      if (bytes > MAX_RECORD_BYTES) throw new Error(`a record of ${bytes} bytes for ${topic} is too large`);
    }
    try {
      const landed = records.map((record) => {
        this.#beforeAppend(record);
        return this.#cluster.append(record);
      });
      await tick();
      return landed;
    } catch (error) {
      this.#broken = error as Error;
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}

class MemoryConsumer implements RecordConsumer, Member {
  readonly memberId: string;
  readonly options: ConsumerOptions;
  held: readonly string[] = [];
  readonly #cluster: MemoryCluster;
  /** Next offset per partition that was opened; what is missing waits for the answer of `assigned`. */
  readonly #next = new Map<string, number>();
  readonly #paused = new Set<string>();
  readonly #working = new Map<string, Promise<void>>();
  #changes: Promise<void> = Promise.resolve();
  #isAssigned = false;
  #closed = false;

  constructor(cluster: MemoryCluster, options: ConsumerOptions) {
    this.#cluster = cluster;
    this.options = options;
    cluster.members += 1;
    this.memberId = `member-${String(cluster.members).padStart(6, '0')}`;
  }

  rebalance(held: readonly string[]): void {
    const before = new Set(this.held);
    const lost = this.held.filter((name) => !held.includes(name));
    this.held = held;
    for (const name of lost) this.#next.delete(name);
    const fresh = held.filter((name) => !before.has(name));
    const kept = held.filter((name) => before.has(name));
    this.#changes = this.#changes
      .then(async () => {
        await this.#changed(lost, fresh);
        await this.#lookAt(kept);
      })
      .catch((error: unknown) => this.#fail(error));
  }

  pause(partitions: readonly AssignedPartition[]): void {
    for (const one of partitions) this.#paused.add(nameOf(one));
  }

  resume(partitions: readonly AssignedPartition[]): void {
    for (const one of partitions) this.#paused.delete(nameOf(one));
  }

  seek(partition: AssignedPartition, offset: number): void {
    this.#next.set(nameOf(partition), offset);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all(this.#working.values());
    this.#cluster.groups.get(this.options.groupId)?.delete(this.memberId);
    this.#cluster.rebalance(this.options.groupId);
  }

  async #lookAt(kept: readonly string[]): Promise<void> {
    const stay = kept.filter((name) => this.held.includes(name) && this.#next.has(name));
    const doubted = stay.length === 0 ? [] : ((await this.options.handlers.kept?.(stay.map(partitionIn))) ?? []);
    const names = doubted.map(nameOf).filter((name) => this.held.includes(name));
    for (const name of names) this.#next.delete(name);
    if (names.length > 0) await this.#changed(names, names);
  }

  async #changed(lost: readonly string[], fresh: readonly string[]): Promise<void> {
    if (lost.length > 0) await this.options.handlers.revoked(lost.map(partitionIn));
    const mine = fresh.filter((name) => this.held.includes(name));
    if (mine.length === 0 && this.#isAssigned) return;
    this.#isAssigned = true;
    const answers = await this.options.handlers.assigned(mine.map(partitionIn));
    const { groupId, fromBeginning = true } = this.options;
    const starts = await startOffsets(mine.map(partitionIn), answers, {
      groupId,
      fromBeginning,
      logger: silentLogger,
      offsets: async (topic) => offsetsOf(this.#cluster, topic),
      groupOffsets: async (group, topic) => committedOf(this.#cluster, group, topic),
    });
    for (const name of mine) {
      if (!this.held.includes(name)) continue;
      this.#next.set(name, starts.get(name) ?? 0);
      if (!this.#working.has(name))
        this.#working.set(
          name,
          this.#work(name).finally(() => this.#working.delete(name)),
        );
    }
  }

  async #work(name: string): Promise<void> {
    const { topic, partition } = partitionIn(name);
    while (!this.#closed && this.#next.has(name)) {
      const next = this.#next.get(name) ?? 0;
      const log = this.#cluster.log(topic, partition);
      const records = this.#paused.has(name) ? [] : log.filter(({ offset }) => offset >= next).slice(0, BATCH);
      const last = records.at(-1);
      if (last === undefined) {
        await nap();
        continue;
      }
      try {
        const highWatermark = (log.at(-1)?.offset ?? -1) + 1;
        const later = await this.options.handlers.batch(records, { highWatermark, heartbeat: tick });
        await later?.acknowledged;
      } catch (error) {
        if (this.#next.has(name)) this.#fail(error);
        return;
      }
      if (this.#next.get(name) !== next) continue;
      this.#next.set(name, last.offset + 1);
      this.#cluster.committed.set(`${this.options.groupId} ${name}`, last.offset + 1);
    }
  }

  #fail(error: unknown): void {
    if (this.#closed) return;
    this.#closed = true;
    this.options.handlers.failed(error instanceof Error ? error : new Error(String(error)));
  }
}

const nameOf = ({ topic, partition }: AssignedPartition): string => `${topic}/${partition}`;

const partitionIn = (name: string): AssignedPartition => {
  const cut = name.lastIndexOf('/');
  return { topic: name.slice(0, cut), partition: Number(name.slice(cut + 1)) };
};

const offsetsOf = (cluster: MemoryCluster, topic: string): Map<number, { start: number; end: number }> =>
  new Map(
    cluster.partitions(topic).map((log, partition) => {
      const end = (log.at(-1)?.offset ?? -1) + 1;
      return [partition, { start: log[0]?.offset ?? end, end }];
    }),
  );

const committedOf = (cluster: MemoryCluster, groupId: string, topic: string): Map<number, number> =>
  new Map(
    cluster.partitions(topic).flatMap((_log, partition) => {
      const offset = cluster.committed.get(`${groupId} ${topic}/${partition}`);
      return offset === undefined ? [] : [[partition, offset] as const];
    }),
  );

export interface MemoryKafka extends KafkaPort {
  /** A port of another process on the same cluster. Called before each append: throw to lose the connection there. */
  another(beforeAppend?: (record: OutgoingRecord) => void): MemoryKafka;
}

const portOn = (cluster: MemoryCluster, beforeAppend: (record: OutgoingRecord) => void): MemoryKafka => ({
  producer: async () => new MemoryProducer(cluster, beforeAppend),
  consumer: async (options) => {
    const consumer = new MemoryConsumer(cluster, options);
    const group = cluster.groups.get(options.groupId) ?? new Map<string, Member>();
    cluster.groups.set(options.groupId, group);
    group.set(consumer.memberId, consumer);
    cluster.rebalance(options.groupId);
    return consumer;
  },
  read: async (options) => readFrom((partition) => cluster.log(options.topic, partition), options),
  offsets: async (topic) => offsetsOf(cluster, topic),
  groupOffsets: async (groupId, topic) => committedOf(cluster, groupId, topic),
  groupMembers: async (groupId) =>
    [...(cluster.groups.get(groupId)?.values() ?? [])].map(({ memberId, held }) => ({
      memberId,
      partitions: held.map(partitionIn),
    })),
  createTopics: async (topics) => {
    for (const { name, partitions } of topics) {
      if (!cluster.logs.has(name))
        cluster.logs.set(
          name,
          Array.from({ length: partitions }, () => []),
        );
    }
  },
  partitionCount: async (topic) => cluster.logs.get(topic)?.length ?? 0,
  ping: async () => undefined,
  close: async () => undefined,
  another: (before = () => undefined) => portOn(cluster, before),
});

/** A Kafka port in memory, for tests of what stands on the port. Log time is `now`. */
export const memoryKafka = (options: { readonly now?: () => number } = {}): MemoryKafka =>
  portOn(new MemoryCluster(options.now ?? Date.now), () => undefined);
