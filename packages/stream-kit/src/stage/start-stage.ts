import { randomUUID } from 'node:crypto';
import type { TopicName } from '@kairos/contracts';
import { declaredSources, type StageAbout } from '../declared-sources.ts';
import { type Logger, silentLogger } from '../logger.ts';
import type { PlaybookReader } from '../playbook/playbook-reader.ts';
import type { AssignedPartition, KafkaPort, RecordConsumer, RecordProducer, Serde } from '../ports.ts';
import type { Processor } from '../processor.ts';
import type { StageHooks } from './hooks.ts';
import type { LocalCopies, LocalCopy } from './local-copy.ts';
import { Outputs } from './outputs.ts';
import { type RestoreProgress, readChangelog } from './restore.ts';
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
  /** The stage cannot go on (an indefinite answer of the broker, a lost group): the process ends itself and starts again. */
  fail(error: Error): void;
}

/** A running stage. */
export interface StageHandle {
  /** Every partition that this process owns, also those that are being restored (not listed before their state is there). */
  status(): readonly TaskStatus[];
  /** Partitions assigned and not restored yet; 0 = ready. Undefined before the first assignment. */
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

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

class Stage<S, R, P> implements StageHandle {
  readonly #options: StageOptions<S, R, P>;
  readonly #logger: Logger;
  readonly #tasks = new Map<number, StageTask<S, R, P>>();
  readonly #copies = new Map<number, LocalCopy>();
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
        revoked: (partitions) => this.#revoked(partitions),
        batch: async (records, { highWatermark }) => {
          const [first] = records;
          const task = first === undefined ? undefined : this.#tasks.get(first.partition);
          if (task === undefined) return undefined;
          while (this.#producer.pendingBytes > MAX_PENDING_BYTES) await pause(5);
          return await task.batch(records, highWatermark);
        },
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
    await this.#producer.close();
  }

  /** All new partitions are restored by one read of the changelog. */
  async #assigned(partitions: readonly AssignedPartition[]): Promise<Map<string, number>> {
    const { kafka, serde, hooks = {} } = this.#options;
    const startedMs = Date.now();
    this.#restoring = (this.#restoring ?? 0) + partitions.length;
    const numbers = partitions.map(({ partition }) => partition);
    const changelog = `${this.#processor.name}.changelog` as TopicName;
    const logger = this.#logger;
    const copies = this.#options.localCopies;
    const onProgress = (progress: RestoreProgress): void => {
      logger.info({ task: this.#processor.name, partitions: numbers.length, ...progress }, 'restoring');
      hooks.onRestoring?.({ partitions: numbers, ...progress });
    };
    const restored = await readChangelog({ kafka, serde, copies, logger, onProgress }, changelog, numbers);
    const ends = await kafka.offsets(this.#processor.input);
    const answers = new Map<string, number>();
    for (const [partition, found] of restored) {
      if (found.meta !== undefined && found.meta.playbookOffset >= 0) {
        await this.#options.playbooks?.readTo(found.meta.playbookOffset);
      }
      const task = new StageTask(
        this.#processor,
        { partition, restored: found },
        {
          serde,
          producer: this.#producer,
          outputs: this.#outputs,
          playbooks: this.#options.playbooks,
          hooks,
          tracer: this.#options.tracer ?? noTracer,
          // New at each start of a task: a zombie's records are never overwritten, nor do they overwrite ours.
          writer: randomUUID(),
          cutEveryMs: this.#options.cutEveryMs ?? 3_000,
          fail: (error) => this.#fail(error),
        },
      );
      task.knowLog(ends.get(partition) ?? { start: 0, end: 0 });
      this.#tasks.set(partition, task);
      const { nextOffset } = task.core.meta;
      const startsAt = ends.get(partition)?.start ?? 0;
      if (found.meta !== undefined && startsAt > found.meta.nextOffset) {
        const gap = { partition, from: found.meta.nextOffset, to: startsAt };
        this.#logger.error(
          { task: this.#processor.name, ...gap },
          'input was deleted before it was read: state has a gap',
        );
      }
      if (found.copy !== undefined) this.#copies.set(partition, found.copy);
      answers.set(`${this.#processor.input}/${partition}`, nextOffset);
      const keys = task.core.states.size;
      const about = { partition, keys, nextOffset, tookMs: Date.now() - startedMs, warm: found.fromCopy > 0 };
      this.#logger.info({ task: this.#processor.name, ...about }, 'restored');
      hooks.onRestored?.(about);
    }
    this.#restoring -= partitions.length;
    return answers;
  }

  async #revoked(partitions: readonly AssignedPartition[]): Promise<void> {
    for (const { partition } of partitions) {
      this.#tasks.get(partition)?.revoke();
      this.#tasks.delete(partition);
      await this.#copies.get(partition)?.close();
      this.#copies.delete(partition);
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
  const counts = new Map<string, number>();
  for (const topic of processor.outputs) counts.set(topic, await kafka.partitionCount(topic));
  const producer = await kafka.producer({ lingerMs: options.lingerMs ?? 0 });
  const outputs = new Outputs(serde, counts, options.source ?? processor.name);
  const stage = new Stage(options, { processor, producer, outputs });
  await stage.start();
  return stage;
};
