import { randomUUID } from 'node:crypto';
import type { TopicName } from '@kairos/contracts';
import { declaredSources, type StageAbout } from '../declared-sources.ts';
import { type Logger, silentLogger } from '../logger.ts';
import type { PlaybookReader } from '../playbook/playbook-reader.ts';
import type {
  AssignedPartition,
  IncomingRecord,
  KafkaPort,
  Later,
  RecordConsumer,
  RecordProducer,
  Serde,
} from '../ports.ts';
import type { Processor } from '../processor.ts';
import type { StageHooks } from './hooks.ts';
import type { LocalCopies, LocalCopy } from './local-copy.ts';
import { Outputs } from './outputs.ts';
import { type Rested, RestingTasks } from './resting-tasks.ts';
import { type RestoredPartition, type RestoreProgress, readChangelog } from './restore.ts';
import { StageTask } from './stage-task.ts';
import type { TaskStatus } from './task-status.ts';
import { noTracer, type StageTracer } from './tracing.ts';

export interface StageOptions<S, R, P> {
  readonly kafka: KafkaPort;
  readonly serde: Serde;
  /** Built once partition count and declared sources are known. */
  readonly processor: (about: StageAbout) => Processor<S, R, P>;
  readonly groupId: string;
  /** Needed by a processor that meets markers. */
  readonly playbooks?: PlaybookReader<P>;
  /** Name of the service, for the header `kairos-source`. Default: the processor's name. */
  readonly source?: string;
  readonly hooks?: StageHooks;
  readonly tracer?: StageTracer;
  readonly logger?: Logger;
  /** How often changed keys are written to the changelog. Default 3,000. */
  readonly cutEveryMs?: number;
  /** Tasks that work at the same time. Default 4. */
  readonly concurrency?: number;
  /** How long an output may wait for company. Default 0: only what comes while a request is under way waits for it. */
  readonly lingerMs?: number;
  /** Keeps state on this machine too, for a warm start. */
  readonly localCopies?: LocalCopies | undefined;
  /** How long the task of a partition that was taken away stays in memory, should it come back. Default 60,000; 0 = not at all. */
  readonly restMs?: number;
  /** The stage cannot go on (an indefinite answer of the broker, a lost group): the process ends itself and starts again. */
  fail(error: Error): void;
}

/** A running stage. */
export interface StageHandle {
  /** Every partition that this process owns, also those that are being restored (not listed before their state is there). */
  status(): readonly TaskStatus[];
  /** Partitions assigned and not restored yet; 0 = ready. Undefined before the first assignment, be it of none. */
  readonly restoring: number | undefined;
  /** Drains: batches under way, their outputs, a last cut, the group offset. */
  close(): Promise<void>;
}

interface StageParts<S, R, P> {
  readonly processor: Processor<S, R, P>;
  readonly producer: RecordProducer;
  readonly outputs: Outputs;
}

/** More than this unacknowledged, and no batch is begun. */
const MAX_PENDING_BYTES = 16_000_000;

const REST_MS = 60_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

class Stage<S, R, P> implements StageHandle {
  readonly #options: StageOptions<S, R, P>;
  readonly #logger: Logger;
  readonly #tasks = new Map<number, StageTask<S, R, P>>();
  readonly #copies = new Map<number, LocalCopy>();
  /** Partitions a batch of which is being dealt with. */
  readonly #underWay = new Set<number>();
  readonly #resting: RestingTasks<StageTask<S, R, P>>;
  readonly #processor: Processor<S, R, P>;
  readonly #producer: RecordProducer;
  readonly #outputs: Outputs;
  #consumer: RecordConsumer | undefined;
  #cutTimer: NodeJS.Timeout | undefined;
  #restoring: number | undefined;
  #failed = false;

  constructor(options: StageOptions<S, R, P>, parts: StageParts<S, R, P>) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#processor = parts.processor;
    this.#producer = parts.producer;
    this.#outputs = parts.outputs;
    this.#resting = new RestingTasks(options.restMs ?? REST_MS);
  }

  get restoring(): number | undefined {
    return this.#restoring;
  }

  status(): readonly TaskStatus[] {
    return [...this.#tasks.values()].map((task) => task.status());
  }

  async start(): Promise<void> {
    this.#consumer = await this.#options.kafka.consumer({
      groupId: this.#options.groupId,
      topics: [this.#processor.input],
      ...(this.#options.concurrency === undefined ? {} : { concurrency: this.#options.concurrency }),
      handlers: {
        assigned: (partitions) => this.#assigned(partitions),
        kept: (partitions) => this.#kept(partitions),
        revoked: (partitions) => this.#revoked(partitions),
        batch: (records, { highWatermark }) => this.#batch(records, highWatermark),
        passed: ({ partition }, nextOffset) => this.#tasks.get(partition)?.passed(nextOffset),
        failed: (error) => this.#fail(error),
      },
    });
    this.#cutTimer = setInterval(() => {
      for (const task of this.#tasks.values()) task.maybeCut();
    }, this.#options.cutEveryMs ?? 3_000);
    this.#cutTimer.unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#cutTimer);
    await this.#consumer?.close();
    if (!this.#failed) await Promise.all([...this.#tasks.values()].map((task) => task.lastCut()));
    await Promise.all([...this.#copies.values()].map((copy) => copy.close()));
    await this.#resting.close();
    await this.#producer.close();
  }

  async #batch(records: readonly IncomingRecord[], highWatermark: number): Promise<Later | undefined> {
    const partition = records[0]?.partition ?? -1;
    const task = this.#tasks.get(partition);
    if (task === undefined) return undefined;
    this.#underWay.add(partition);
    try {
      while (this.#producer.pendingBytes > MAX_PENDING_BYTES) await pause(5);
      return await task.batch(records, highWatermark);
    } finally {
      this.#underWay.delete(partition);
    }
  }

  /** What rests in memory goes on; all other new partitions are restored by one read of the changelog. */
  async #assigned(partitions: readonly AssignedPartition[]): Promise<Map<string, number>> {
    this.#restoring = (this.#restoring ?? 0) + partitions.length;
    const numbers = partitions.map(({ partition }) => partition);
    const woken = await this.#resting.wake(numbers, () => this.#changelogEnds());
    for (const [partition, { task }] of woken) {
      const about = { partition, keys: task.core.states.size, nextOffset: task.core.meta.nextOffset };
      this.#logger.info({ task: this.#processor.name, ...about }, 'came back: goes on from memory');
      this.#options.hooks?.onResumed?.(about);
    }
    const restored = await this.#restore(numbers.filter((partition) => !woken.has(partition)));
    // Whatever comes later was somebody else's meanwhile.
    this.#options.localCopies?.forgetAhead?.(this.#changelog);
    const ends = await this.#options.kafka.offsets(this.#processor.input);
    const starts = new Map<string, number>();
    for (const [partition, { task, copy }] of [...woken, ...restored]) {
      this.#start(task, ends.get(partition) ?? { start: 0, end: 0 });
      this.#tasks.set(partition, task);
      if (copy !== undefined) this.#copies.set(partition, copy);
      starts.set(`${this.#processor.input}/${partition}`, task.core.meta.nextOffset);
    }
    this.#restoring -= partitions.length;
    return starts;
  }

  async #restore(partitions: readonly number[]): Promise<Map<number, Rested<StageTask<S, R, P>>>> {
    const tasks = new Map<number, Rested<StageTask<S, R, P>>>();
    if (partitions.length === 0) return tasks;
    const { kafka, serde, localCopies: copies, hooks = {} } = this.#options;
    const logger = this.#logger;
    const startedMs = Date.now();
    const onProgress = (progress: RestoreProgress): void => {
      logger.info({ task: this.#processor.name, partitions: partitions.length, ...progress }, 'restoring');
      hooks.onRestoring?.({ partitions, ...progress });
    };
    const around = { kafka, serde, copies, logger, onProgress };
    for (const [partition, found] of await readChangelog(around, this.#changelog, partitions)) {
      const { meta, copy, isWarm: warm } = found;
      if (meta !== undefined && meta.playbookOffset >= 0) await this.#options.playbooks?.readTo(meta.playbookOffset);
      const task = this.#newTask(found);
      tasks.set(partition, { task, copy });
      const { states, meta: at } = task.core;
      const tookMs = Date.now() - startedMs;
      const about = { partition, keys: states.size, nextOffset: at.nextOffset, tookMs, warm };
      logger.info({ task: this.#processor.name, ...about }, 'restored');
      hooks.onRestored?.(about);
    }
    return tasks;
  }

  /** What was deleted of the input is passed over. */
  #start(task: StageTask<S, R, P>, at: { readonly start: number; readonly end: number }): void {
    const from = task.core.meta.nextOffset;
    if (from > 0 && at.start > from) {
      this.#logger.error(
        { task: this.#processor.name, partition: task.core.partition, from, to: at.start },
        'input was deleted before it was read: state has a gap',
      );
    }
    task.knowLog(at);
  }

  /**
   * Of the partitions that stayed through a rebalance, those that must start anew: somebody else has written their
   * changelog, so this process was taken for dead meanwhile, and another may be further. All others go on.
   */
  async #kept(partitions: readonly AssignedPartition[]): Promise<readonly AssignedPartition[]> {
    const ends = await this.#changelogEnds();
    const anew: AssignedPartition[] = [];
    for (const one of partitions) {
      const known = await this.#tasks.get(one.partition)?.rest.knownChangelogEnd();
      if (known !== undefined && known < (ends.get(one.partition) ?? 0)) anew.push(one);
    }
    return anew;
  }

  async #changelogEnds(): Promise<Map<number, number>> {
    const ends = await this.#options.kafka.offsets(this.#changelog);
    return new Map([...ends].map(([partition, { end }]) => [partition, end]));
  }

  get #changelog(): TopicName {
    return `${this.#processor.name}.changelog` as TopicName;
  }

  #newTask(restored: RestoredPartition): StageTask<S, R, P> {
    const { serde, playbooks, hooks = {}, tracer = noTracer, cutEveryMs = 3_000 } = this.#options;
    return new StageTask(this.#processor, restored, {
      serde,
      producer: this.#producer,
      outputs: this.#outputs,
      playbooks,
      hooks,
      tracer,
      // New at each start of a task: a zombie's records are never overwritten, nor do they overwrite ours.
      writer: randomUUID(),
      cutEveryMs,
      fail: (error) => this.#fail(error),
    });
  }

  async #revoked(partitions: readonly AssignedPartition[]): Promise<void> {
    for (const { partition } of partitions) {
      const task = this.#tasks.get(partition);
      const copy = this.#copies.get(partition);
      task?.revoke();
      this.#tasks.delete(partition);
      this.#copies.delete(partition);
      // A batch under way stops within: what it leads to is never sent, so state is no longer what the log says.
      if (task === undefined || this.#underWay.has(partition) || this.#options.restMs === 0) await copy?.close();
      else this.#resting.put(partition, { task, copy });
    }
  }

  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    for (const task of this.#tasks.values()) task.revoke();
    this.#options.fail(error instanceof Error ? error : new Error(String(error)));
  }
}

/**
 * Runs a processor on Kafka: one task per input partition of which this process is given the care. Resolves once the
 * group was joined; see `restoring` for readiness.
 */
export const startStage = async <S, R, P>(options: StageOptions<S, R, P>): Promise<StageHandle> => {
  const { kafka, serde } = options;
  // Every walk topic has the same count; `events.identified` stands for them.
  const walkPartitions = await kafka.partitionCount('events.identified');
  const processor = options.processor({
    partitionCount: walkPartitions,
    declaredSources: declaredSources(walkPartitions),
  });
  // The group takes its time to say whose is what.
  options.localCopies?.readAhead?.(`${processor.name}.changelog`);
  const counts = new Map<string, number>();
  for (const topic of processor.outputs) counts.set(topic, await kafka.partitionCount(topic));
  const producer = await kafka.producer({ lingerMs: options.lingerMs ?? 0 });
  const outputs = new Outputs(serde, counts, options.source ?? processor.name);
  const stage = new Stage(options, { processor, producer, outputs });
  await stage.start();
  return stage;
};
