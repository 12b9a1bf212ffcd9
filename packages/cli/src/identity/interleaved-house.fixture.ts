import { type CollectedEvent, identifiedRecord, type TopicName, type TopicValues, topics } from '@kairos/contracts';
import type { CompiledPlaybook } from '@kairos/decisions';
import {
  type AnyProcessor,
  declaredSources,
  type MemoryRecord,
  memorySerde,
  type Output,
  partitionOf,
  TaskCore,
} from '@kairos/stream-kit';
import { decidingStages, identifyStages } from '../playbook/stages.ts';

interface Task {
  readonly processor: AnyProcessor<CompiledPlaybook>;
  readonly core: TaskCore<unknown, unknown, CompiledPlaybook>;
  readonly log: MemoryRecord[];
  at: number;
  lastLogTimeMs: number;
  /** What was said and not acknowledged yet, per target partition in order. The task reads on when all is. */
  readonly outbox: Map<string, (() => void)[]>;
}

/** A small generator of numbers from a seed: the same seed, the same schedule. */
export const seeded = (seed: number) => {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * below);
  };
};

/**
 * The real cores on logs in memory, every task at its own pace: a seed decides who reads on next, so that records of one
 * partition overtake those of another in every way that a cluster allows.
 */
export class InterleavedHouse {
  readonly #partitions: number;
  readonly #logs = new Map<string, MemoryRecord[]>();
  readonly #tasks: Task[] = [];
  readonly #serde = memorySerde();
  readonly #random: (below: number) => number;
  nowMs: number;

  constructor(about: {
    readonly partitions: number;
    readonly playbook: CompiledPlaybook;
    readonly startMs: number;
    readonly seed: number;
  }) {
    this.#partitions = about.partitions;
    this.#random = seeded(about.seed);
    this.nowMs = about.startMs;
    const stage = { partitionCount: about.partitions, declaredSources: declaredSources(about.partitions) };
    for (const create of [...identifyStages(about.partitions), ...decidingStages]) {
      const count = topics[create(stage).input].partitions === 'single' ? 1 : about.partitions;
      for (let partition = 0; partition < count; partition += 1) {
        const processor = create(stage);
        const core = new TaskCore(processor, partition, () => about.playbook);
        this.#tasks.push({
          processor,
          core,
          log: this.#log(processor.input, partition),
          at: 0,
          lastLogTimeMs: -1,
          outbox: new Map(),
        });
      }
    }
    const activation = { version: 'v1', definitions: [], timeScale: 1, publishedAtMs: 0, publishedBy: 'test' };
    this.#write('playbook.published', 0, { key: 'activation@v1', value: { definition: null, activation } });
    this.drain();
    this.tick();
    this.drain();
  }

  /** A client's event; into a wrong partition when a foreign producer chose it. */
  collect(key: string, event: CollectedEvent, partition = partitionOf(key, this.#partitions)): void {
    this.#write('events.collected', partition, { key, value: event });
  }

  partitionOf(key: string): number {
    return partitionOf(key, this.#partitions);
  }

  /** Some task, chosen by the seed, reads on; false when none has anything to read. */
  step(): boolean {
    const busy = this.#tasks.filter((task) => task.outbox.size > 0 || task.at < task.log.length);
    const task = busy[this.#random(busy.length)];
    if (task === undefined) return false;
    if (task.outbox.size > 0) {
      this.#acknowledge(task);
      return true;
    }
    for (let count = 1 + this.#random(3); count > 0 && task.at < task.log.length; count -= 1) this.#read(task);
    return true;
  }

  /** Steps as many as there are, up to `most`; now and then time is told. */
  run(most: number): void {
    for (let count = 0; count < most; count += 1) {
      if (this.#random(12) === 0) this.tick();
      else if (!this.step()) return;
    }
  }

  drain(): void {
    while (this.step());
  }

  /** Time, as identify's ticker tells it: of a source that is read to its end the present, else just before its last record. */
  tick(): void {
    const sources = this.#tasks
      .filter(({ processor }) => processor.name.startsWith('identify'))
      .map(({ processor, core, log, at, lastLogTimeMs, outbox }) => ({
        source: `${processor.input}/${core.partition}`,
        timeMs: at >= log.length && outbox.size === 0 ? this.nowMs : lastLogTimeMs - 1,
      }));
    const tick = { instance: 'test', sources };
    for (let partition = 0; partition < this.#partitions; partition += 1) {
      this.#write('events.identified', partition, { key: 'tick', value: identifiedRecord({ tick }) });
    }
  }

  records<T extends TopicName>(topic: T): readonly MemoryRecord<TopicValues[T]>[] {
    const all: MemoryRecord[] = [];
    for (let partition = 0; partition < this.#partitions; partition += 1) all.push(...this.#log(topic, partition));
    return all as MemoryRecord<TopicValues[T]>[];
  }

  states(name: string): ReadonlyMap<string, unknown> {
    const all = new Map<string, unknown>();
    for (const { processor, core } of this.#tasks) {
      if (processor.name === name) for (const [key, state] of core.states) all.set(key, state);
    }
    return all;
  }

  #read(task: Task): void {
    const record = task.log[task.at];
    task.at += 1;
    if (record === undefined) return;
    task.lastLogTimeMs = record.logTimeMs;
    const { outputs, failedTimers } = task.core.apply(record);
    for (const { error } of failedTimers) throw error;
    for (const output of outputs) this.#emit(output, task);
  }

  /** Some of what a task said to one partition arrives there; what it said to others may take longer. */
  #acknowledge({ outbox }: Task): void {
    const targets = [...outbox.keys()];
    const target = targets[this.#random(targets.length)] ?? '';
    const queue = outbox.get(target) ?? [];
    for (const write of queue.splice(0, 1 + this.#random(queue.length))) write();
    if (queue.length === 0) outbox.delete(target);
  }

  #emit({ topic, key, to, value, origin }: Output, { core, outbox }: Task): void {
    const from = core.partition;
    const all = Array.from({ length: this.#partitions }, (_none, at) => at);
    const targets = to === 'all' ? all : [to === 'byKey' ? partitionOf(key, this.#partitions) : from];
    for (const partition of targets) {
      const target = `${topic}/${partition}`;
      const queue = outbox.get(target) ?? [];
      queue.push(() => this.#write(topic, partition, { key, value: { ...value, origin } }));
      outbox.set(target, queue);
    }
  }

  #write(topic: TopicName, partition: number, { key, value }: { readonly key: string; readonly value: object }): void {
    const log = this.#log(topic, partition);
    const bytes = this.#serde.encode(topic, value as TopicValues[typeof topic]);
    const decoded: unknown = this.#serde.decode(topic, bytes);
    log.push({ topic, partition, offset: log.length, logTimeMs: this.nowMs, key, value: decoded });
  }

  #log(topic: TopicName, partition: number): MemoryRecord[] {
    const name = `${topic}/${partition}`;
    const known = this.#logs.get(name);
    if (known !== undefined) return known;
    const log: MemoryRecord[] = [];
    this.#logs.set(name, log);
    return log;
  }
}
