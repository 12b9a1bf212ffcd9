import type { IncomingRecord } from '@kairos/stream-kit';
import {
  type ContactState,
  type DeadLetters,
  type Outputs,
  type Proposal,
  type ProposalLog,
  StateMoved,
  StateUnavailable,
  type Verdict,
} from '../ports.ts';
import { type FoldOptions, PartitionFold } from './partition-fold.ts';

/** Records of one round trip. */
const CHUNK = 256;
const MAX_PAUSE_MS = 2000;

export interface PartitionTaskOptions extends Omit<FoldOptions, 'poisoned'> {
  readonly state: ContactState;
  readonly log: ProposalLog;
  readonly outputs: Outputs;
  readonly deadLetters: DeadLetters;
  /** Throws KairosError RECORD_UNDECODABLE for what can never be read. */
  decode(record: IncomingRecord): Promise<Proposal>;
  pause(ms: number): Promise<void>;
}

/** The partition was taken away, or the process stops: nothing more is done for it. */
export class TaskEnded extends Error {
  constructor() {
    super('the partition is not dealt with here any more');
    this.name = 'TaskEnded';
  }
}

/**
 * Leads one input partition through the fold: state committed → outputs acknowledged → (the consumer) group offset. When
 * the store is away it waits; when the store is behind the log (rolled back, emptied) it folds the log again from where
 * the store stands, without writing what is on the log already. Nothing new is decided before that is done.
 */
export class PartitionTask {
  readonly #options: PartitionTaskOptions;
  #fold: PartitionFold | undefined;
  /** Below this offset every output is acknowledged. */
  #acknowledgedBelow = -1;
  #ended = false;
  #draining = false;

  constructor(options: PartitionTaskOptions) {
    this.#options = options;
  }

  get fold(): PartitionFold | undefined {
    return this.#fold;
  }

  /** The partition is somebody else's now. */
  end(): void {
    this.#ended = true;
  }

  /** The process stops: what is under way is finished, unless the store is away. */
  drain(): void {
    this.#draining = true;
  }

  /** Deals with records that the consumer delivered; resolves when their outputs are acknowledged. */
  async handle(records: readonly IncomingRecord[]): Promise<void> {
    const [first] = records;
    if (first === undefined) return;
    const proposals = await this.#decoded(records);
    await this.#persistently(async () => {
      const fold = await this.#opened(first.offset);
      await this.#advance(fold, proposals);
    });
  }

  /** Tries until it works: reads the store anew when it moved, waits when it is away. */
  async #persistently(work: () => Promise<void>): Promise<void> {
    const { watch, partition, pause } = this.#options;
    for (let attempt = 0; ; attempt += 1) {
      if (this.#ended) throw new TaskEnded();
      try {
        await work();
        if (attempt > 0) watch.waiting(partition, undefined);
        return;
      } catch (error) {
        // In memory may be what the store does not have.
        this.#fold = undefined;
        if (error instanceof StateMoved) watch.moved(partition, error);
        else if (error instanceof StateUnavailable) watch.waiting(partition, error);
        else throw error;
        if (this.#draining) throw new TaskEnded();
        await pause(Math.min(50 * 2 ** Math.min(attempt, 10), MAX_PAUSE_MS));
      }
    }
  }

  /** The fold, standing right before `offset`. */
  async #opened(offset: number): Promise<PartitionFold> {
    if (this.#fold !== undefined) return this.#fold;
    const { state, log, watch, partition } = this.#options;
    const standing = await state.open();
    this.#acknowledgedBelow = Math.max(this.#acknowledgedBelow, await log.committed());
    const { applied, wasMissing } = standing;
    const isBehind = applied + 1 < this.#acknowledgedBelow;
    if (isBehind) watch.lost({ partition, applied: wasMissing ? -1 : applied, committed: this.#acknowledgedBelow });
    const poisoned = (record: IncomingRecord, error: unknown) => this.#putAside(record, error);
    const fold = await PartitionFold.open({ ...this.#options, poisoned }, standing);
    let records = 0;
    if (applied + 1 < offset) {
      await log.read({ from: applied + 1, to: offset }, async (some) => {
        if (this.#ended) throw new TaskEnded();
        records += some.length;
        await this.#advance(fold, await this.#decoded(some));
      });
    }
    if (isBehind) watch.rebuilt({ partition, records });
    this.#fold = fold;
    return fold;
  }

  async #advance(fold: PartitionFold, proposals: readonly Proposal[]): Promise<void> {
    const old = proposals.filter(({ offset }) => offset <= fold.applied && offset >= this.#acknowledgedBelow);
    const fresh = proposals.filter(({ offset }) => offset > fold.applied);
    if (old.length > 0) await this.#write(fold, await fold.repeats(old.map(({ offset }) => offset)));
    for (let at = 0; at < fresh.length; at += CHUNK) {
      if (this.#ended) throw new TaskEnded();
      await this.#write(fold, await fold.apply(fresh.slice(at, at + CHUNK), this.#acknowledgedBelow));
    }
    const last = proposals[proposals.length - 1];
    if (last !== undefined) this.#acknowledgedBelow = Math.max(this.#acknowledgedBelow, last.offset + 1);
  }

  async #write(fold: PartitionFold, verdicts: readonly Verdict[]): Promise<void> {
    if (verdicts.length === 0) return;
    await this.#options.outputs.write(verdicts);
    fold.acknowledged(verdicts);
  }

  /** What can't be read goes to the dead letters; the partition moves on. */
  async #decoded(records: readonly IncomingRecord[]): Promise<Proposal[]> {
    const { decode } = this.#options;
    const decoded: Proposal[] = [];
    for (const record of records) {
      try {
        decoded.push(await decode(record));
      } catch (error) {
        // The registry being away is no fault of the record.
        if ((error as { code?: unknown }).code === 'SCHEMA_UNAVAILABLE') throw error;
        await this.#putAside(record, error);
        const { offset, logTimeMs } = record;
        decoded.push({ offset, logTimeMs, value: undefined, raw: record });
      }
    }
    return decoded;
  }

  /** Not again in a rebuild: it lies there since. */
  async #putAside(record: IncomingRecord, error: unknown): Promise<void> {
    if (record.offset >= this.#acknowledgedBelow) await this.#options.deadLetters.put(record, error);
  }
}
