import type { TopicName } from '@kairos/contracts';
import { reasonOf } from '../dead-letters/dead-letter.ts';
import { inputOf } from '../decode-record.ts';
import type { PlaybookReader } from '../playbook/playbook-reader.ts';
import type { IncomingRecord, Later, RecordProducer, Serde } from '../ports.ts';
import type { Processor } from '../processor.ts';
import { type Applied, type InputRecord, type Output, TaskCore } from '../task-core.ts';
import { BatchRun } from './batch-run.ts';
import type { StageHooks } from './hooks.ts';
import type { Outputs } from './outputs.ts';
import { PlaybookAhead } from './playbook-ahead.ts';
import { RecordDecoder } from './record-decoder.ts';
import type { Rest } from './resting-tasks.ts';
import type { RestoredPartition } from './restore.ts';
import { TaskCuts } from './task-cuts.ts';
import type { TaskStatus } from './task-status.ts';
import type { StageTracer } from './tracing.ts';

export interface TaskSurroundings<P> {
  readonly serde: Serde;
  readonly producer: RecordProducer;
  readonly outputs: Outputs;
  readonly playbooks: PlaybookReader<P> | undefined;
  readonly hooks: StageHooks;
  readonly tracer: StageTracer;
  readonly writer: string;
  readonly cutEveryMs: number;
  fail(error: unknown): void;
}

const TRIES = 3;
/** The loop is given up this often, so that heartbeats and the other tasks get their turn. */
const SLICE_MS = 20;
/** Timers fired between two looks at the clock. */
const FIRE_AT_ONCE = 200;
/** Batches of one task whose outputs are not acknowledged yet. One is computed while the others are under way. */
const MAX_UNACKED_BATCHES = 3;

/** One input partition of a stage on Kafka: the fold, and around it rule 4's order of a commit. */
export class StageTask<S, R, P> {
  readonly core: TaskCore<S, R, P>;
  readonly #around: TaskSurroundings<P>;
  readonly #cuts: TaskCuts<S, R, P>;
  readonly #topic: TopicName;
  #revoked = false;
  /** Within a batch: state stands between two boundaries. */
  #isBusy = false;
  #ackedOffset: number;
  #endOffset: number;
  #lastLogTimeMs = -1;
  #appliedLogTimeMs = -1;
  #sliceEndMs = 0;
  readonly #decoder: RecordDecoder<R, P>;
  /** Settles when everything sent so far is acknowledged and noted. */
  #acked: Promise<void> = Promise.resolve();
  readonly #unacked: Promise<void>[] = [];

  constructor(processor: Processor<S, R, P>, restored: RestoredPartition, around: TaskSurroundings<P>) {
    const { partition } = restored;
    this.#around = around;
    this.#topic = processor.input;
    const { serde, hooks } = around;
    this.#decoder = new RecordDecoder(processor, { serde, onOutage: (error) => hooks.onOutage?.(error) });
    this.core = new TaskCore(processor, partition, (offset, version) => this.#playbookAt(offset, version));
    if (restored.meta !== undefined) this.core.restore(restored.states, restored.meta);
    this.#ackedOffset = this.core.meta.nextOffset;
    this.#endOffset = this.#ackedOffset;
    this.#cuts = new TaskCuts(this.core, restored, {
      topic: `${processor.name}.changelog` as TopicName,
      writer: around.writer,
      producer: around.producer,
      serde: around.serde,
      everyMs: around.cutEveryMs,
      acknowledged: () => this.#acked,
      copy: restored.copy,
      onCut: (cut) => around.hooks.onCut?.(cut),
    });
  }

  /**
   * Applies a batch and hands its outputs over; the next may be applied while they are under way. Only when they are
   * acknowledged do cuts and the group offset see the batch.
   */
  async batch(records: readonly IncomingRecord[], highWatermark: number): Promise<Later> {
    this.#endOffset = Math.max(this.#endOffset, highWatermark);
    this.#sliceEndMs = Date.now() + SLICE_MS;
    this.#isBusy = true;
    const run = new BatchRun(this.#around);
    for (const record of records) {
      if (this.#revoked) return { acknowledged: this.#acked };
      const waits = this.#process(record, run);
      if (waits !== undefined) await waits;
      if (run.isFull) run.send();
      if (run.looksAtClock && Date.now() > this.#sliceEndMs) await this.#giveWay();
    }
    run.send();
    this.#isBusy = false;
    this.#acked = this.#whenAcked(run, records.length);
    this.maybeCut();
    await this.#waitForRoom();
    return { acknowledged: this.#acked };
  }

  /** A planned stop: everything is acknowledged and written down. */
  async lastCut(): Promise<void> {
    await this.#acked;
    await this.#cuts.last();
  }

  /** Called on a timer, too: an idle task must not keep its last changes to itself. */
  maybeCut(): void {
    if (this.#revoked || this.#isBusy) return;
    this.#cuts.maybe()?.catch((error: unknown) => this.#around.fail(error));
  }

  revoke(): void {
    this.#revoked = true;
  }

  /** See `RestingTasks`. */
  readonly rest: Rest = {
    isAtBoundary: () => !this.#isBusy,
    knownChangelogEnd: () => this.#acked.then(() => this.#cuts.knownEnd()),
    wake: () => {
      this.#revoked = false;
      this.#ackedOffset = this.core.meta.nextOffset;
      this.#lastLogTimeMs = this.#appliedLogTimeMs;
    },
  };

  /** Where the log of the input starts and ends now: what was deleted before we read it is passed over. */
  knowLog({ start, end }: { readonly start: number; readonly end: number }): void {
    this.passed(start);
    this.#endOffset = Math.max(this.#endOffset, end);
  }

  /** Offsets below hold no record for us any more, or never did. */
  passed(nextOffset: number): void {
    if (this.#revoked || nextOffset <= this.core.meta.nextOffset) return;
    this.core.skip(nextOffset - 1);
    this.#endOffset = Math.max(this.#endOffset, nextOffset);
    // What is under way notes it when it has arrived.
    if (this.#unacked.length === 0) this.#ackedOffset = this.core.meta.nextOffset;
    else {
      this.#acked = this.#noteWhenAcked(this.core.meta.nextOffset);
      // The batches under way tell of a failure themselves.
      this.#acked.catch(() => undefined);
    }
  }

  status(): TaskStatus {
    const { meta, states, timers, partition } = this.core;
    return {
      topic: this.#topic,
      partition,
      nextOffset: this.#ackedOffset,
      endOffset: this.#endOffset,
      lag: Math.max(0, this.#endOffset - this.#ackedOffset),
      lastLogTimeMs: this.#lastLogTimeMs,
      timeMs: meta.timeMs,
      keys: states.size,
      stateBytes: this.#cuts.bytes,
      timers: timers.size,
      playbookVersion: meta.playbookVersion,
    };
  }

  /** In order: a batch counts as acknowledged when all before it are, too. */
  #whenAcked(run: BatchRun, records: number): Promise<void> {
    const [before, nextOffset, logTimeMs] = [this.#acked, this.core.meta.nextOffset, this.#appliedLogTimeMs];
    const acked = (async () => {
      await run.acknowledged();
      await before;
      run.end();
      if (this.#revoked) return;
      this.#ackedOffset = Math.max(this.#ackedOffset, nextOffset);
      this.#lastLogTimeMs = logTimeMs;
      this.#around.hooks.onBatch?.({
        topic: this.#topic,
        partition: this.core.partition,
        records,
        outcomes: run.outcomes,
        lag: Math.max(0, this.#endOffset - this.#ackedOffset),
        timeMs: this.core.meta.timeMs,
        seconds: run.seconds,
      });
    })();
    this.#unacked.push(acked);
    // Whoever waits for it hears of a failure; nobody else need.
    const settle = (): void => void this.#unacked.splice(this.#unacked.indexOf(acked), 1);
    acked.then(settle, settle);
    return acked;
  }

  async #noteWhenAcked(nextOffset: number): Promise<void> {
    await this.#acked;
    this.#ackedOffset = Math.max(this.#ackedOffset, nextOffset);
  }

  async #waitForRoom(): Promise<void> {
    while (this.#unacked.length >= MAX_UNACKED_BATCHES) await this.#unacked[0];
  }

  /** One record, at once where nothing has to be waited for: nearly always. */
  #process(record: IncomingRecord, run: BatchRun): Promise<void> | undefined {
    let value: R | Promise<R>;
    try {
      value = this.#decode(record);
      if (value instanceof Promise) return this.#processSlowly(record, value, run);
      const input = inputOf(record, value);
      if (this.core.hasManyDue(input, FIRE_AT_ONCE)) return this.#processSlowly(record, value, run);
      this.#apply(record, input, run);
      return undefined;
    } catch (error) {
      return this.#retry(record, error, run);
    }
  }

  async #processSlowly(record: IncomingRecord, decoding: R | Promise<R>, run: BatchRun): Promise<void> {
    try {
      const input = inputOf(record, await decoding);
      const sent = { record, partition: record.partition, playbook: this.core.meta.playbookVersion };
      const accept = (outputs: readonly Output[]): void => run.fired(outputs, sent);
      while (this.core.fireAhead(input, FIRE_AT_ONCE, accept)) {
        if (run.isFull) run.send();
        if (Date.now() > this.#sliceEndMs) await this.#giveWay();
        if (this.#revoked) return;
      }
      this.#apply(record, input, run);
    } catch (error) {
      await this.#retry(record, error, run);
    }
  }

  /** A step is pure: a pause would change nothing. A registry that is away was waited for already; garbage stays garbage. */
  async #retry(record: IncomingRecord, first: unknown, run: BatchRun): Promise<void> {
    let error = first;
    for (let attempt = 1; ; attempt += 1) {
      if (error instanceof PlaybookAhead) {
        await this.#around.playbooks?.readTo(error.offset);
        attempt -= 1;
      } else {
        const why = reasonOf(error, { attempts: attempt, atMs: Date.now() });
        if (why.code === 'RECORD_UNDECODABLE' || attempt === TRIES) {
          this.core.skip(record.offset);
          this.#appliedLogTimeMs = record.logTimeMs;
          run.bury(record, why);
          return;
        }
      }
      try {
        this.#apply(record, inputOf(record, await this.#decode(record)), run);
        return;
      } catch (again) {
        error = again;
      }
    }
  }

  #decode(record: IncomingRecord): R | Promise<R> {
    return this.#decoder.decode(record, this.core.playbook);
  }

  #apply(record: IncomingRecord, input: InputRecord<R>, run: BatchRun): void {
    const applied: Applied = this.core.apply(input, run.accept);
    this.#appliedLogTimeMs = record.logTimeMs;
    run.applied(applied, record, this.core.meta.playbookVersion);
    if (applied.refused !== undefined) run.bury(record, reasonOf(applied.refused, { attempts: 1, atMs: Date.now() }));
    for (const { error } of applied.failedTimers) {
      this.#around.hooks.onFailedTimer?.({ topic: this.#topic, partition: record.partition, error });
    }
  }

  async #giveWay(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#sliceEndMs = Date.now() + SLICE_MS;
  }

  #playbookAt(offset: number, version: string): P | undefined {
    const { playbooks } = this.#around;
    if (playbooks === undefined) return undefined;
    const playbook = playbooks.at(offset, version);
    if (playbook === undefined && playbooks.position <= offset) throw new PlaybookAhead(offset);
    return playbook;
  }
}
