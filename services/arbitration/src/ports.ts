import type { ProposedRecord } from '@kairos/contracts';
import type { CompiledPlaybook, PersonContactState } from '@kairos/decisions';
import type { IncomingRecord, InputRecord, Output } from '@kairos/stream-kit';

/**
 * Contact state of one partition, kept outside the process. A cache of the log: it may roll back or vanish as a whole,
 * never in part, and every method that meets that says so by `StateMoved`. Every method rejects with
 * `StateUnavailable` when the store does not answer; then nobody knows whether a commit took effect, and asking again
 * by offset is safe.
 */
export interface ContactState {
  /** Where the partition stands; begins it anew (`wasMissing`) when nothing is there. */
  open(): Promise<Standing>;
  /** What is remembered of these persons; one that is missing has nothing. */
  load(personIds: readonly string[]): Promise<ReadonlyMap<string, Remembered>>;
  /** When waiting candidates must be decided, for all persons. */
  dueTimes(): Promise<readonly (readonly [personId: string, dueAtMs: number])[]>;
  /**
   * Applies input records in order, each atomically: changed persons, due times, meta and the verdict, or nothing. Rejects
   * with `StateMoved` at the first that does not stand on what is there (applied before, gap, changed person, lost
   * store, somebody else's commit since `open`); those before it took effect, and none behind it. So whatever was read
   * since `open` was true when a commit takes effect.
   */
  commit(commits: readonly Commit[]): Promise<void>;
  /** Stored verdicts of offsets applied before; missing ones had no outputs or were acknowledged. */
  verdicts(offsets: readonly number[]): Promise<ReadonlyMap<number, string>>;
}

export interface Standing {
  /** Offset of the last input record that was applied; -1 = none. */
  readonly applied: number;
  /** Meta as committed last; '' = none. */
  readonly meta: string;
  readonly wasMissing: boolean;
}

export interface Remembered {
  readonly state: PersonContactState;
  /** Changes with each write. */
  readonly version: string;
}

export interface Commit {
  readonly offset: number;
  /** What must be applied for this one to be next. */
  readonly expectedApplied: number;
  readonly meta: string;
  readonly persons: readonly {
    readonly personId: string;
    /** '' = must not be there. */
    readonly expectedVersion: string;
    readonly state: PersonContactState | undefined;
    readonly dueAtMs: number | undefined;
  }[];
  /** The outputs, to be written again should the process end before they are acknowledged; '' = none. */
  readonly verdict: string;
  /** Offsets whose outputs were acknowledged since: their verdicts are forgotten. */
  readonly acknowledged: readonly number[];
}

/** The version under which a person stands after the commit of an offset. */
export const versionAt = (offset: number): string => String(offset);

/** The store is not where this process believed it to be: read it anew and go on from there. */
export class StateMoved extends Error {
  readonly reason: 'repeat' | 'gap' | 'taken' | 'stale' | 'lost';
  constructor(reason: StateMoved['reason'], message: string) {
    super(message);
    this.name = 'StateMoved';
    this.reason = reason;
  }
}

/** The store does not answer: wait and ask again. */
export class StateUnavailable extends Error {
  constructor(cause: unknown) {
    super(`contact state does not answer: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'StateUnavailable';
  }
}

/** A record of messages.proposed; `value` is missing for one that nobody can read. */
export interface Proposal extends Omit<InputRecord<ProposedRecord>, 'value'> {
  readonly value: ProposedRecord | undefined;
  readonly raw: IncomingRecord;
}

/** The topic of proposals, beside what the consumer delivers. */
export interface ProposalLog {
  /** Existing records from an offset up to, and not including, another; in order, in batches. */
  read(
    range: { readonly from: number; readonly to: number },
    onRecords: (records: readonly IncomingRecord[]) => Promise<void>,
  ): Promise<void>;
  /** Below this offset all outputs are acknowledged; 0 when nobody ever committed. */
  committed(): Promise<number>;
}

/** One record's outputs, ready to be written. */
export interface Verdict {
  readonly offset: number;
  readonly outputs: readonly Output[];
  readonly playbookVersion: string;
  /** traceparent of the record, for outputs that have none of their own. */
  readonly traceparent: string | undefined;
}

export interface Outputs {
  /** Resolves when all are acknowledged; a rejection means that nobody knows, and ends the process. */
  write(verdicts: readonly Verdict[]): Promise<void>;
}

export interface Playbooks {
  /** Resolves when the playbook was read up to this offset. */
  readUpTo(offset: number): Promise<void>;
  at(offset: number, version: string): CompiledPlaybook | undefined;
}

export interface DeadLetters {
  /** Resolves when the record is kept beside, with the reason. */
  put(record: IncomingRecord, error: unknown): Promise<void>;
}

/** What a partition tells about itself, for metrics and readiness. */
export interface Watch {
  applied(records: number): void;
  repeats(records: number): void;
  decided(fate: string, code: string | null, channel: string | null): void;
  /** Contact state was found behind the log, and is rebuilt from it. */
  lost(about: { readonly partition: number; readonly applied: number; readonly committed: number }): void;
  rebuilt(about: { readonly partition: number; readonly records: number }): void;
  /** Waits for the store since then; undefined = not any more. */
  waiting(partition: number, error: Error | undefined): void;
  moved(partition: number, error: StateMoved): void;
  /** A waiting person could not be decided; it is tried again with the next tick. */
  failed(partition: number, error: unknown): void;
}
