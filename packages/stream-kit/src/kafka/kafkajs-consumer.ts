import type { Consumer, ConsumerGroupJoinEvent, EachBatchPayload, Kafka } from 'kafkajs';
import type { Logger } from '../logger.ts';
import type { AssignedPartition, ConsumerOptions, KafkaPort, Later, RecordConsumer } from '../ports.ts';
import { sendAwayDead } from './dead-members.ts';
import { GroupCommits } from './group-commits.ts';
import { stickyAssigner } from './kafkajs-assigner.ts';
import { PartitionQueue } from './partition-queue.ts';
import { retried } from './retriable.ts';
import { startOffsets } from './start-offsets.ts';
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
  #running = 0;
  #idle: (() => void) | undefined;
  #closing = false;
  #failed = false;
  #isAssigned = false;
  /** Assignments are answered one after the other. */
  #changes: Promise<void> = Promise.resolve();
  readonly #commits: GroupCommits;
  /** Batches that were applied and are not acknowledged yet. */
  readonly #unsettled = new Set<Promise<void>>();

  constructor(around: ConsumerSurroundings, options: ConsumerOptions) {
    this.#around = around;
    this.#options = options;
    this.#commits = new GroupCommits(() => this.#queues.values(), around.logger);
    this.#consumer = around.kafka.consumer({
      groupId: options.groupId,
      allowAutoTopicCreation: false,
      partitionAssigners: [
        (config) => {
          readFetchesOurselves(config.cluster);
          return stickyAssigner(() => [...this.#queues.keys()], around.memberName)(config);
        },
      ],
      sessionTimeout: around.sessionTimeoutMs,
      heartbeatInterval: Math.min(HEARTBEAT_MS, Math.floor(around.sessionTimeoutMs / 5)),
      rebalanceTimeout: Math.max(30_000, around.sessionTimeoutMs),
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
    const { GROUP_JOIN, CRASH } = this.#consumer.events;
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
    this.#work();
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
    if (this.#running > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    await Promise.all(this.#unsettled);
    if (!this.#failed) await this.#commits.last();
    await this.#consumer.disconnect().catch((error: unknown) => {
      this.#around.logger.debug({ error: String(error) }, 'a consumer could not be disconnected');
    });
  }

  /** Called within kafkajs' join, before it fetches again: so nothing of a new partition slips through. */
  #joined({ payload }: ConsumerGroupJoinEvent): void {
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
    this.#changes = this.#changes
      .then(async () => {
        await this.#changed(lost, fresh);
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
      this.#syncPause(queue);
      this.#work();
    }
    return Promise.resolve();
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

  #work(): void {
    const most = this.#options.concurrency ?? 4;
    for (const [name, queue] of this.#queues) {
      if (this.#running >= most || this.#closing || this.#failed) return;
      if (!queue.hasWork) continue;
      // To the end of the line, so that each partition gets its turn.
      this.#queues.delete(name);
      this.#queues.set(name, queue);
      this.#running += 1;
      queue.busy = true;
      void this.#deal(queue).finally(() => {
        queue.busy = false;
        this.#running -= 1;
        if (this.#closing && this.#running === 0) this.#idle?.();
        this.#work();
      });
    }
  }

  async #deal(queue: PartitionQueue): Promise<void> {
    let next: ReturnType<PartitionQueue['shift']>;
    let later: Awaited<ReturnType<ConsumerOptions['handlers']['batch']>>;
    try {
      next = queue.shift();
      if (next === undefined) return;
      if (queue.full) this.#syncPause(queue);
      const last = next.records[next.records.length - 1];
      if (last !== undefined) {
        later = await this.#options.handlers.batch(next.records, {
          highWatermark: next.highWatermark,
          heartbeat: () => new Promise((resolve) => setImmediate(resolve)),
        });
      }
      if (queue.revoked) return;
      if (next.nextOffset > (last?.offset ?? -1) + 1)
        this.#options.handlers.passed?.(toAssigned(queue), next.nextOffset);
    } catch (error) {
      if (!queue.revoked) this.#fail(error);
      return;
    }
    if (later === undefined) this.#commits.moved(queue, next.nextOffset);
    else this.#doneLater(queue, next.nextOffset, later);
  }

  #doneLater(queue: PartitionQueue, nextOffset: number, { acknowledged }: Later): void {
    const settled = acknowledged.then(
      () => this.#commits.moved(queue, nextOffset),
      (error: unknown) => {
        if (!queue.revoked) this.#fail(error);
      },
    );
    this.#unsettled.add(settled);
    void settled.finally(() => this.#unsettled.delete(settled));
  }

  #fail(error: unknown): void {
    if (this.#failed || this.#closing) return;
    this.#failed = true;
    this.#commits.stop();
    this.#options.handlers.failed(error instanceof Error ? error : new Error(String(error)));
  }
}

const toAssigned = ({ topic, partition }: PartitionQueue): AssignedPartition => ({ topic, partition });
