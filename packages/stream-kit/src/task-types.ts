import type { KairosError, Origin } from '@kairos/contracts';
import type { FailedTimer } from './partition-plan.ts';
import type { Emission, Route } from './processor.ts';

/** One input record as a task meets it. */
export interface InputRecord<R> {
  readonly offset: number;
  readonly logTimeMs: number;
  readonly value: R;
  readonly traceparent?: string | undefined;
  /** A dead letter put back: its origin is older than what was applied since, and it is no repeat. */
  readonly replayed?: boolean;
}

/** One output with its place among the outputs of its offset. */
export interface Output extends Emission {
  readonly origin: Origin;
}

export interface Applied {
  readonly outcome: 'applied' | 'repeat' | 'unknown';
  /** What the record was; undefined for a repeat. */
  readonly kind?: Route['kind'];
  readonly outputs: readonly Output[];
  readonly failedTimers: readonly FailedTimer[];
  /** The step refused the record: it belongs to the dead letters. */
  readonly refused?: KairosError;
}

/** Finds the compiled playbook of an activation. The runner waits until the playbook was read that far before it applies a marker. */
export type PlaybookAt<P> = (playbookOffset: number, version: string) => P | undefined;
