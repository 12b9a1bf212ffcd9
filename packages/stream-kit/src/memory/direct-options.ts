import type { TopicName, TopicValues } from '@kairos/contracts';
import type { StageAbout } from '../declared-sources.ts';
import type { TaskCore } from '../task-core.ts';
import type { MemoryRecord } from './memory-log.ts';
import type { AnyProcessor, MemorySink } from './memory-runner.ts';

/** Sees what is said on a topic, at the moment it is said. MUST NOT keep the record or change it. */
export type Listener<T extends TopicName> = (record: MemoryRecord<TopicValues[T]>) => void;

export interface DirectRunnerOptions<P> {
  /** Partitions of each walk topic; default 1. */
  readonly partitions?: number;
  /** Where the virtual clock starts; UTC ms. */
  readonly startMs: number;
  /** In the order of the walk. */
  readonly processors: readonly (AnyProcessor<P> | ((about: StageAbout) => AnyProcessor<P>))[];
  readonly sinks?: readonly MemorySink[];
  readonly listeners?: { readonly [T in TopicName]?: Listener<T> };
  /**
   * Time is told at the moment of each record and of each timer, and without a record where nothing is due; what is due at
   * once fires at once. So what becomes of a key depends on its own records alone, whoever else is in the house. Default:
   * each move of the clock is a record.
   */
  readonly tellsQuietly?: boolean;
  /** Topics that `feed` brings as they were recorded: what the stages write into them again is left out. */
  readonly recorded?: readonly TopicName[];
  /** Default: throws what a processor threw. */
  readonly onError?: (error: unknown, record: MemoryRecord, processor: string) => void;
}

/** What is to be written where. */
export interface Written {
  readonly topic: TopicName;
  readonly key: string;
  readonly value: object;
  readonly partition: number;
  readonly traceparent?: string | undefined;
}

/** Who reads a partition here. */
export interface Reader<P> {
  readonly topic: TopicName;
  readonly partition: number;
  /** What waits, from `at` on. */
  queue: MemoryRecord[];
  at: number;
  readonly core?: TaskCore<unknown, unknown, P>;
  readonly sink?: MemorySink;
}

/** One topic: who reads it here, and how many records each of its partitions has had. */
export interface Channel<P> {
  readonly count: number;
  readonly readers: readonly (readonly Reader<P>[])[];
  readonly listener: Listener<TopicName> | undefined;
  readonly isRecorded: boolean;
  /** Nobody reads it here, and nobody listens. */
  readonly isUnheard: boolean;
  readonly next: number[];
}
