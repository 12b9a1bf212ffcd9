import type { TopicName } from '@kairos/contracts';
import type { CompiledPlaybook } from '@kairos/decisions';
import { type AnyProcessor, type Output, partitionOf, type Serde, TaskCore } from '@kairos/stream-kit';
import { type HopCheck, Repeats } from '../checker/hop.ts';
import { digestOf, effectOf, type LogEntry, traceparentOf } from './log.ts';

type Core = TaskCore<unknown, unknown, CompiledPlaybook>;

export interface StageFoldOptions {
  readonly processor: AnyProcessor<CompiledPlaybook>;
  readonly playbooks: ReadonlyMap<number, CompiledPlaybook>;
  readonly serde: Serde;
  readonly partitionCount: (topic: TopicName) => number;
  /** Offset up to which the task's kept state stands, per partition: nothing beyond is folded. */
  readonly standsAt: ReadonlyMap<number, number>;
  readonly hop: HopCheck;
}

/** Folds the recorded input of one stage again, offline, by the stage's own core; repeats are taken out before. */
export class StageFold {
  readonly #options: StageFoldOptions;
  readonly #cores = new Map<number, Core>();
  readonly #repeats = new Repeats();
  /** Records and timers that the core refused. */
  readonly refused: string[] = [];

  constructor(options: StageFoldOptions) {
    this.#options = options;
  }

  /** MUST be called in the order of the log, per partition. */
  apply({ record, value }: LogEntry): void {
    const { standsAt, processor } = this.#options;
    if (record.offset >= (standsAt.get(record.partition) ?? 0)) return;
    if (this.#repeats.isRepeat(record, processor.originOf(value))) return;
    const traceparent = traceparentOf(record);
    const { offset, logTimeMs } = record;
    try {
      const { failedTimers } = this.#core(record.partition).apply(
        { offset, logTimeMs, value, ...(traceparent === undefined ? {} : { traceparent }) },
        (outputs) => {
          for (const output of outputs) this.#expect(output, record.partition);
        },
      );
      for (const { key, error } of failedTimers)
        this.refused.push(`the timer of ${key} at ${offset}: ${String(error)}`);
    } catch (error) {
      this.refused.push(`${record.topic}/${record.partition}@${offset}: ${String(error)}`);
    }
  }

  /** Encoded state per key of a partition. */
  states(partition: number): ReadonlyMap<string, Uint8Array> {
    const { processor } = this.#options;
    return new Map([...this.#core(partition).states].map(([key, state]) => [key, processor.encode(state)]));
  }

  #core(partition: number): Core {
    const known = this.#cores.get(partition);
    if (known !== undefined) return known;
    const { processor, playbooks } = this.#options;
    const core = new TaskCore(processor, partition, (offset) => playbooks.get(offset));
    this.#cores.set(partition, core);
    return core;
  }

  #expect({ topic, key, to, value, origin }: Output, from: number): void {
    const { serde, partitionCount, hop } = this.#options;
    const name = topic as TopicName;
    const digest = digestOf(serde.encode(name, { ...value, origin } as never));
    const count = partitionCount(name);
    const targets =
      to === 'all'
        ? Array.from({ length: count }, (_none, partition) => partition)
        : [to === 'same' ? from : partitionOf(key, count)];
    for (const partition of targets) {
      hop.expect({ topic, partition, origin, digest, key, id: effectOf(name, value) });
    }
  }
}
