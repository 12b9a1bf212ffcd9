import type { Cluster, Consumer, ConsumerGroupJoinEvent, EachBatchPayload, Kafka } from 'kafkajs';
import type { Logger } from '../logger.ts';
import type { AssignedPartition, ConsumerOptions, KafkaPort, RecordConsumer } from '../ports.ts';
import { sendAwayDead } from './dead-members.ts';
import { FetchMeanwhile } from './fetch-meanwhile.ts';
import { GroupCommits } from './group-commits.ts';
import { stickyAssigner } from './kafkajs-assigner.ts';
import { PartitionQueue } from './partition-queue.ts';
import { QueueWork, toAssigned } from './queue-work.ts';
import { RebalanceTimes } from './rebalance-times.ts';
import { retried } from './retriable.ts';
import { startOffsets } from './start-offsets.ts';
import { commitBesideJoins } from './wire/commit-connection.ts';
import { type FetchedMessages, readFetchesOurselves } from './wire/fetch-response.ts';

export interface ConsumerSurroundings {
  readonly kafka: Kafka;
  readonly logger: Logger;
  readonly sessionTimeoutMs: number;
  readonly memberName: string | undefined;
  readonly offsets: KafkaPort['offsets'];
  readonly groupOffsets: KafkaPort['groupOffsets'];
}

/** Partitions share this for what waits. Above its share one is not fetched; below half of it, it is again. */
const WAITING_BYTES = 32 * 1024 * 1024;
const LEAST_SHARE_BYTES = 2 * 1024 * 1024;
/** Also how late a resumed partition may be: kafkajs sees it when its fetch under way has ended. */
const MAX_WAIT_MS = 150;

/** A member hears of a rebalance with a heartbeat, and all wait for the last to hear of it: also those whose partitions stay. */
const HEARTBEAT_MS = 500;

const nameOf = ({ topic, partition }: AssignedPartition): string => `${topic}/${partition}`;

/**
 * kafkajs' consumer with its fetching and our processing apart: what was fetched is queued per partition and dealt with
 * beside the fetch loop. So a slow partition holds up no other, heartbeats don't wait for handlers, and partitions that
 * stay through a rebalance go on meanwhile.
 */
export class KafkajsConsumer implements RecordConsumer {
  readonly #around: ConsumerSurroundings;
  readonly #options: ConsumerOptions;
  readonly #queues = new Map<string, PartitionQueue>();
  readonly #consumer: Consumer;
  #cluster: Cluster | undefined;
  #closing = false;
  #failed = false;
  #isAssigned = false;
  /** Assignments are answered one after the other. */
  #changes: Promise<void> = Promise.resolve();
  readonly #commits: GroupCommits;
  readonly #work: QueueWork;
  readonly #meanwhile: FetchMeanwhile;
  readonly #times: RebalanceTimes;

  constructor(around: ConsumerSurroundings, options: ConsumerOptions) {
    this.#around = around;
    this.#options = options;
    this.#commits = new GroupCommits(() => this.#queues.values(), around.logger);
    this.#times = new RebalanceTimes(options.groupId, around.logger);
    this.#work = new QueueWork({
      queues: this.#queues,
      handlers: options.handlers,
      concurrency: options.concurrency ?? 4,
      commits: this.#commits,
      onSpace: (queue) => this.#syncPause(queue),
      fail: (error) => this.#fail(error),
    });
    const rebalanceTimeout = Math.max(30_000, around.sessionTimeoutMs);
    this.#meanwhile = new FetchMeanwhile({
      groupId: options.groupId,
      cluster: () => this.#cluster,
      queues: () => this.#queues.values(),
      onFetched: (queue) => this.#queued(queue),
      maxWaitMs: MAX_WAIT_MS,
      longestMs: rebalanceTimeout,
      logger: around.logger,
    });
    this.#consumer = around.kafka.consumer({
      groupId: options.groupId,
      allowAutoTopicCreation: false,
      partitionAssigners: [
        (config) => {
          this.#cluster = config.cluster;
          readFetchesOurselves(config.cluster);
          commitBesideJoins(config.cluster, () => this.#meanwhile.isOn);
          return stickyAssigner(() => [...this.#queues.keys()], around.memberName)(config);
        },
      ],
      sessionTimeout: around.sessionTimeoutMs,
      heartbeatInterval: Math.min(HEARTBEAT_MS, Math.floor(around.sessionTimeoutMs / 5)),
      rebalanceTimeout,
      maxWaitTimeInMs: MAX_WAIT_MS,
      minBytes: 1,
      retry: {
        initialRetryTime: 100,
        maxRetryTime: 3_000,
        retries: 22,
        // Crash-only: the process ends itself and starts again from its state.
        restartOnFailure: () => Promise.resolve(false),
      },
    });
  }

  async start(): Promise<void> {
    const { GROUP_JOIN, REBALANCING, CRASH } = this.#consumer.events;
    this.#consumer.on(REBALANCING, () => this.#rejoins());
    this.#consumer.on(GROUP_JOIN, (event) => this.#joined(event));
    this.#consumer.on(CRASH, ({ payload }) => this.#fail(payload.error));
    // A broker that has just started loads its groups; kafkajs takes its "loading" at the join for the end.
    const [topic = ''] = this.#options.topics;
    await retried(() => this.#around.groupOffsets(this.#options.groupId, topic));
    const { kafka, memberName: name, logger } = this.#around;
    if (name !== undefined) await sendAwayDead(kafka, { groupId: this.#options.groupId, name }, logger);
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...this.#options.topics], fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: true,
      partitionsConsumedConcurrently: 1,
      eachBatch: (payload) => this.#fetched(payload),
    });
  }

  pause(partitions: readonly AssignedPartition[]): void {
    for (const partition of partitions) {
      const queue = this.#queues.get(nameOf(partition));
      if (queue === undefined || queue.held) continue;
      queue.held = true;
      this.#syncPause(queue);
    }
  }

  resume(partitions: readonly AssignedPartition[]): void {
    for (const partition of partitions) {
      const queue = this.#queues.get(nameOf(partition));
      if (queue === undefined || !queue.held) continue;
      queue.held = false;
      this.#syncPause(queue);
    }
    this.#work.go();
  }

  seek(partition: AssignedPartition, offset: number): void {
    const queue = this.#queues.get(nameOf(partition));
    if (queue === undefined) return;
    queue.clear();
    queue.expected = offset;
    this.#consumer.seek({ ...partition, offset: String(offset) });
    this.#syncPause(queue);
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#commits.stop();
    this.#meanwhile.end();
    await this.#work.drain();
    if (!this.#failed) await this.#commits.last();
    await this.#consumer.disconnect().catch((error: unknown) => {
      this.#around.logger.debug({ error: String(error) }, 'a consumer could not be disconnected');
    });
  }

  /** All partitions are still ours until the new assignment is there. */
  #rejoins(): void {
    this.#times.heard();
    if (!this.#closing && !this.#failed) this.#meanwhile.begin();
  }

  /** Called within kafkajs' join, before it fetches again: so nothing of a new partition slips through. */
  #joined({ payload }: ConsumerGroupJoinEvent): void {
    this.#meanwhile.end();
    const now = new Map<string, AssignedPartition>();
    for (const [topic, partitions] of Object.entries(payload.memberAssignment)) {
      for (const partition of partitions) now.set(`${topic}/${partition}`, { topic, partition });
    }
    const lost = [...this.#queues.entries()].filter(([name]) => !now.has(name)).map(([, queue]) => queue);
    for (const queue of lost) {
      queue.end();
      this.#queues.delete(nameOf(queue));
      this.#consumer.resume([{ topic: queue.topic, partitions: [queue.partition] }]);
    }
    const fresh: PartitionQueue[] = [];
    const kept: PartitionQueue[] = [];
    for (const [name, { topic, partition }] of now) {
      const queue = this.#queues.get(name);
      if (queue?.open === true) {
        // kafkajs forgot how far it had read and would start from the committed offset.
        this.#consumer.seek({ topic, partition, offset: String(queue.expected) });
        kept.push(queue);
      } else if (queue === undefined) {
        fresh.push(this.#open({ topic, partition }));
      }
    }
    this.#times.joined({ kept: kept.length, lost: lost.length, fresh: fresh.length });
    this.#changes = this.#changes
      .then(async () => {
        await this.#changed(lost, fresh);
        this.#times.settled();
        await this.#lookAt(kept);
      })
      .catch((error: unknown) => this.#fail(error));
  }

  /** A queue that waits for the answer of `assigned`. */
  #open({ topic, partition }: AssignedPartition): PartitionQueue {
    const queue = new PartitionQueue(topic, partition);
    this.#queues.set(nameOf(queue), queue);
    this.#consumer.pause([{ topic, partitions: [partition] }]);
    return queue;
  }

  /** What stayed and is not trusted any more is taken away and given anew. */
  async #lookAt(kept: readonly PartitionQueue[]): Promise<void> {
    const stay = kept.filter(({ revoked }) => !revoked);
    const doubted = stay.length === 0 ? [] : ((await this.#options.handlers.kept?.(stay.map(toAssigned))) ?? []);
    const names = new Set(doubted.map(nameOf));
    const lost = stay.filter((queue) => names.has(nameOf(queue)) && !queue.revoked);
    for (const queue of lost) queue.end();
    const fresh = lost.map((queue) => this.#open(toAssigned(queue)));
    if (lost.length > 0) await this.#changed(lost, fresh);
  }

  async #changed(lost: readonly PartitionQueue[], fresh: readonly PartitionQueue[]): Promise<void> {
    if (lost.length > 0) await this.#options.handlers.revoked(lost.map(toAssigned));
    const mine = fresh.filter(({ revoked }) => !revoked);
    if (mine.length === 0 && this.#isAssigned) return;
    this.#isAssigned = true;
    const answers = await this.#options.handlers.assigned(mine.map(toAssigned));
    const { groupId, fromBeginning = true } = this.#options;
    const starts = await startOffsets(mine, answers, { ...this.#around, groupId, fromBeginning });
    for (const queue of mine) {
      const start = starts.get(nameOf(queue)) ?? 0;
      if (queue.revoked) continue;
      queue.expected = start;
      queue.open = true;
      this.#consumer.seek({ topic: queue.topic, partition: queue.partition, offset: String(start) });
      this.#syncPause(queue);
    }
  }

  /** Queues and returns at once: kafkajs goes on fetching and beating. */
  #fetched({ batch, commitOffsetsIfNecessary }: EachBatchPayload): Promise<void> {
    this.#commits.renew(commitOffsetsIfNecessary);
    const { topic, partition } = batch;
    const queue = this.#queues.get(`${topic}/${partition}`);
    if (queue?.open === true && !this.#closing && !this.#failed) {
      queue.push(batch.messages as unknown as FetchedMessages, Number(batch.highWatermark));
      this.#queued(queue);
    }
    return Promise.resolve();
  }

  #queued(queue: PartitionQueue): void {
    this.#syncPause(queue);
    this.#work.go();
  }

  #syncPause(queue: PartitionQueue): void {
    if (queue.revoked || !queue.open) return;
    const share = Math.max(LEAST_SHARE_BYTES, WAITING_BYTES / this.#queues.size);
    if (queue.bytes > share) queue.full = true;
    else if (queue.bytes <= share / 2) queue.full = false;
    const about = [{ topic: queue.topic, partitions: [queue.partition] }];
    if (queue.full || queue.held) this.#consumer.pause(about);
    else this.#consumer.resume(about);
  }

  #fail(error: unknown): void {
    if (this.#failed || this.#closing) return;
    this.#failed = true;
    this.#meanwhile.end();
    this.#work.stop();
    this.#commits.stop();
    this.#options.handlers.failed(error instanceof Error ? error : new Error(String(error)));
  }
}
