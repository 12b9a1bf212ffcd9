import type { Fields, KairosError, Origin, TopicName } from '@kairos/contracts';
import type { FlatCodec } from './state-arena.ts';

/** One record to be written. The task adds `origin` to its value, which is the task's from then on; a processor never sets it. */
export interface Emission {
  readonly topic: TopicName;
  readonly key: string;
  readonly value: object;
  /**
   * Where to: `same` = the partition of the record being processed (everything from events.identified on),
   * `byKey` = murmur2 of the key, `all` = a copy to every partition (markers).
   */
  readonly to: 'same' | 'byKey' | 'all';
  /** traceparent of the cause, kept with a timer's state so that its firing can link to it. */
  readonly traceparent?: string | undefined;
}

/** What a record is to a task. The task itself handles all kinds but `keyed`. */
export type Route =
  | { readonly kind: 'keyed'; readonly key: string }
  /** Progress of sources (enrich folds the minimum of the vector). */
  | { readonly kind: 'tick'; readonly sources: readonly { readonly source: string; readonly timeMs: number }[] }
  /** The watermark as a record (detector, arbitration). */
  | { readonly kind: 'time'; readonly timeMs: number }
  | { readonly kind: 'marker'; readonly playbookOffset: number; readonly version: string }
  /** Nothing this task knows: a newer writer's body. Counted, never an error. */
  | { readonly kind: 'unknown' };

/**
 * All that a step may see beside state and record. No clock: `timeMs` is the partition's watermark, -1 before there is
 * time. Good for the call only: the task uses the same object again for the next record.
 */
export interface StepContext<P> {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** LogAppendTime of the record, UTC ms. Only identify may use it (it stamps `loggedAtMs`); later stages use times in values, so that a fold of the recorded log gives the same result. */
  readonly logTimeMs: number;
  readonly timeMs: number;
  /** The playbook that is active at this point of the log; undefined before the first marker. */
  readonly playbook: P | undefined;
  readonly playbookVersion: string;
  readonly playbookOffset: number;
  /** traceparent header of the record being processed. */
  readonly traceparent?: string | undefined;
}

export interface StepResult<S> {
  /** undefined = the key holds nothing any more. States are values: never change one in place. */
  readonly state: S | undefined;
  readonly emissions: readonly Emission[];
  /** The record is refused: it goes to the dead letters, once, with this reason, and what the step says of it is written all the same. */
  readonly refused?: KairosError;
}

/** Most events concern no rule: their names say so, and the rest of them need not be decoded. */
export interface Glance<R> {
  /** Made once and kept, as `Fields` are. */
  readonly fields: Fields;
  /** Whether `originOf`, `route` and `step` would do the same with all that `reads` asks for. */
  suffices(record: R): boolean;
}

/**
 * A log-pure stage as a value: what it reads, what it writes, and a pure step per key. It runs on Kafka in production and
 * in memory with virtual time in tests. MUST NOT read a clock, draw random numbers or do I/O.
 */
export interface Processor<S, R, P> {
  /** Name of the task; its changelog is `<name>.changelog`. */
  readonly name: string;
  readonly input: TopicName;
  readonly outputs: readonly TopicName[];
  /** Which fields of its input it asks for under a playbook; the others are not decoded. All without it. MUST answer the same object for the same playbook. */
  reads?(playbook: P | undefined): Fields | undefined;
  /** A look at few of these fields that tells of most records that no more is needed. None without it. */
  glance?(playbook: P | undefined): Glance<R> | undefined;
  route(record: R, context: StepContext<P>): Route;
  /** The origin that the record carries, if its writer is log-pure. */
  originOf(record: R): Origin | null;
  step(state: S | undefined, record: R, context: StepContext<P>): StepResult<S>;
  /** True = whatever the key's state, `step` would answer the same state and nothing else: the task need not look it up. */
  passesOver?(record: R, context: StepContext<P>): boolean;
  /** Earliest due time of the state's timers, UTC ms; undefined = none. Read from the state alone: the index is rebuilt from it. */
  dueAtMs?(state: S): number | undefined;
  /** Fires what is due at `context.timeMs`. Called on ticks only, in order of due time, ties by key. MUST move dueAtMs beyond timeMs. */
  fire?(state: S, key: string, context: StepContext<P>): StepResult<S>;
  /** Partition-wide outputs when time moved on, after the timers have fired (enrich and detector pass time on). */
  onTime?(context: StepContext<P>): readonly Emission[];
  /** Partition-wide outputs when the playbook switched. */
  onMarker?(context: StepContext<P>): readonly Emission[];
  /** Sources (`topic/partition`) that must all have ticked before there is time; only for a task that routes ticks. */
  readonly declaredSources?: readonly string[];
  encode(state: S): Uint8Array;
  decode(bytes: Uint8Array): S;
  /** For states that are encoded and decoded in about a microsecond: they are kept encoded between two steps. Same bytes as `encode`. */
  readonly flat?: FlatCodec<S>;
}
