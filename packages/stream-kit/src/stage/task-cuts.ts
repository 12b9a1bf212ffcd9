import type { TopicName } from '@kairos/contracts';
import type { OutgoingRecord, RecordProducer, Serde } from '../ports.ts';
import type { TaskCore } from '../task-core.ts';
import { copyMeta } from '../task-meta.ts';
import type { Restored } from './changelog-view.ts';
import { partKey, toParts } from './cut-format.ts';

export interface CutWritten {
  readonly partition: number;
  readonly keys: number;
  readonly bytes: number;
  readonly tookMs: number;
  /** A merge: all keys, older records deleted. */
  readonly full: boolean;
}

interface Surroundings {
  readonly topic: TopicName;
  readonly writer: string;
  readonly producer: RecordProducer;
  readonly serde: Serde;
  readonly everyMs: number;
  /** Settles when all outputs of what was applied so far are acknowledged. */
  acknowledged(): Promise<void>;
  /** After so many cuts the next one holds all keys and deletes the others. Default 64. */
  readonly mergeAfterCuts?: number;
  /** Keys in one record at most. Default 5,000. */
  readonly partKeys?: number;
  onCut?(cut: CutWritten): void;
}

const MERGE_AFTER_CUTS = 64;
const MERGE_AFTER_GROWTH = 4;
/** An idle task still gets a tick each second: it need not be replayed from days ago. */
const CUT_AFTER_RECORDS = 5_000;
const MAX_QUIET_MS = 60_000;

/** Writes the cuts of one task. Only called between batches. */
export class TaskCuts<S, R, P> {
  readonly #around: Surroundings;
  readonly #core: TaskCore<S, R, P>;
  readonly #known: Map<string, number>;
  #fromOffset: number;
  #cut = 0;
  #cutsSinceMerge: number;
  #bytes: number;
  #fullBytes: number;
  #lastMs: number;
  #writing: Promise<void> | undefined;

  constructor(core: TaskCore<S, R, P>, restored: Restored, around: Surroundings) {
    this.#core = core;
    this.#around = around;
    this.#known = new Map(restored.known);
    this.#fromOffset = restored.toOffset;
    this.#cutsSinceMerge = restored.cuts;
    this.#bytes = restored.bytes;
    this.#fullBytes = sizeOf(restored.states);
    this.#lastMs = Date.now();
  }

  /** Starts a cut if one is due and none is under way. The answer settles when it was acknowledged. */
  maybe(): Promise<void> | undefined {
    if (this.#writing !== undefined || !this.#isDue()) return undefined;
    return this.#start();
  }

  /** Writes what has changed since the last cut, whatever the time. */
  async last(): Promise<void> {
    await this.#writing;
    if (this.#core.meta.nextOffset > this.#fromOffset) await this.#start();
  }

  #isDue(): boolean {
    const advanced = this.#core.meta.nextOffset - this.#fromOffset;
    const quietMs = Date.now() - this.#lastMs;
    if (advanced <= 0 || quietMs < this.#around.everyMs) return false;
    return this.#core.dirtyKeys > 0 || advanced >= CUT_AFTER_RECORDS || quietMs >= MAX_QUIET_MS;
  }

  #start(): Promise<void> {
    const writing = this.#write().finally(() => {
      this.#writing = undefined;
    });
    this.#writing = writing;
    return writing;
  }

  /**
   * Up to the first await everything is taken at one offset; states are values, so their references stay true. Written
   * only when every output from before that offset is acknowledged.
   */
  async #write(): Promise<void> {
    const startedMs = Date.now();
    const full =
      this.#cutsSinceMerge >= MERGE_AFTER_CUTS || this.#bytes > MERGE_AFTER_GROWTH * this.#fullBytes + 1_000_000;
    const dirty = this.#core.takeDirty();
    const keys: Iterable<readonly [string, S | undefined]> = full ? [...this.#core.states] : dirty;
    const meta = copyMeta(this.#core.meta);
    const fromOffset = full ? 0 : this.#fromOffset;
    this.#cut += 1;
    this.#lastMs = startedMs;
    await this.#around.acknowledged();
    const entries = this.#encoded(keys);
    const { writer, partKeys } = this.#around;
    const parts = toParts({ writer, cut: this.#cut, fromOffset, toOffset: meta.nextOffset, entries, meta }, partKeys);
    const records = parts.map((part) =>
      this.#record(partKey(part), this.#around.serde.encode(this.#around.topic, part as never)),
    );
    await this.#around.producer.send(records);
    const bytes = records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
    this.#fromOffset = meta.nextOffset;
    this.#bytes += bytes;
    this.#cutsSinceMerge += 1;
    for (const part of parts) this.#known.set(partKey(part), meta.nextOffset);
    if (full) await this.#deleteUpTo(meta.nextOffset, bytes);
    this.#around.onCut?.({
      partition: this.#core.partition,
      keys: full ? this.#core.states.size : dirty.size,
      bytes,
      tookMs: Date.now() - startedMs,
      full,
    });
  }

  /** After a merge: what is not newer than it may go, and nothing else (a zombie may have written further). */
  async #deleteUpTo(toOffset: number, fullBytes: number): Promise<void> {
    const own = `${this.#around.writer}/${this.#cut}/`;
    const gone = [...this.#known].filter(([key, to]) => to <= toOffset && !key.startsWith(own)).map(([key]) => key);
    await this.#around.producer.send(gone.map((key) => this.#record(key, null)));
    for (const key of gone) this.#known.delete(key);
    this.#cutsSinceMerge = 1;
    this.#bytes = fullBytes;
    this.#fullBytes = fullBytes;
  }

  *#encoded(keys: Iterable<readonly [string, S | undefined]>): Generator<readonly [string, Uint8Array]> {
    for (const [key, state] of keys) {
      yield [key, state === undefined ? new Uint8Array(0) : this.#core.processor.encode(state)];
    }
  }

  #record(key: string, value: Buffer | null): OutgoingRecord {
    return { topic: this.#around.topic, partition: this.#core.partition, key, value };
  }
}

const sizeOf = (states: ReadonlyMap<string, Uint8Array>): number => {
  let bytes = 0;
  for (const [key, state] of states) bytes += key.length + state.length + 8;
  return bytes;
};
