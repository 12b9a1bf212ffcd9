import type { ChangelogPart, TopicName } from '@kairos/contracts';
import type { Landed, OutgoingRecord, RecordProducer, Serde } from '../ports.ts';
import type { TaskCore } from '../task-core.ts';
import { copyMeta } from '../task-meta.ts';
import { ChangelogView } from './changelog-view.ts';
import { type CutHead, grouped, PART_LIMITS, partKey, toPart } from './cut-format.ts';
import { type CopiedRecord, type LocalCopy, reachOf } from './local-copy.ts';
import type { KeyState } from './part-form.ts';
import type { RestoredPartition } from './restore.ts';
import type { StateImage } from './restored.ts';
import { imageOf } from './state-image.ts';

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
  /** Keeps what was written, for a warm start. */
  readonly copy?: LocalCopy | undefined;
  /** After so many cuts the next one holds all keys and deletes the others. Default 64. */
  readonly mergeAfterCuts?: number;
  /** Keys in one record at most. Default 5,000. */
  readonly partKeys?: number;
  onCut?(cut: CutWritten): void;
}

/** Parts of a cut of all keys that may wait for their acknowledgement. */
const MAX_UNDER_WAY_BYTES = 1_000_000;
const MERGE_AFTER_CUTS = 64;
const MERGE_AFTER_GROWTH = 4;
/** Below this a changelog is not worth a merge: it is read in a few milliseconds. */
const SMALL_BYTES = 4_000_000;
/** An idle task still gets a tick each second: it need not be replayed from days ago. */
const CUT_AFTER_RECORDS = 5_000;
const MAX_QUIET_MS = 60_000;

const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

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
  #knownEnd: number;
  #writing: Promise<void> | undefined;

  constructor(core: TaskCore<S, R, P>, restored: RestoredPartition, around: Surroundings) {
    this.#core = core;
    this.#around = around;
    this.#known = new Map([...restored.known].map(([key, { toOffset }]) => [key, toOffset]));
    this.#fromOffset = restored.toOffset;
    this.#cutsSinceMerge = restored.cuts;
    this.#bytes = restored.bytes;
    this.#fullBytes = restored.fullBytes;
    this.#lastMs = Date.now();
    this.#knownEnd = restored.changelogEnd;
  }

  /** What stands in the changelog. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Up to here all of the changelog was read, or written here. Waits for a cut that is under way. */
  async knownEnd(): Promise<number> {
    await this.#writing;
    return this.#knownEnd;
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
    return this.#core.states.dirtyKeys > 0 || advanced >= CUT_AFTER_RECORDS || quietMs >= MAX_QUIET_MS;
  }

  #start(): Promise<void> {
    const writing = this.#write().finally(() => {
      this.#writing = undefined;
    });
    this.#writing = writing;
    return writing;
  }

  /**
   * Up to the first await everything is taken at one offset; states are values, so their references stay true. Encoded
   * and sent part by part, so that nobody waits long; sent only when every output from before that offset is acknowledged.
   */
  async #write(): Promise<void> {
    const startedMs = Date.now();
    const { mergeAfterCuts = MERGE_AFTER_CUTS } = this.#around;
    const full =
      this.#cutsSinceMerge >= mergeAfterCuts || this.#bytes > MERGE_AFTER_GROWTH * this.#fullBytes + SMALL_BYTES;
    const dirty = this.#core.takeDirty();
    const changes = full ? this.#core.snapshot() : dirty;
    const keys = full ? this.#core.states.size : dirty.size;
    const meta = copyMeta(this.#core.meta);
    const { nextOffset } = meta;
    this.#cut += 1;
    this.#lastMs = startedMs;
    const { writer } = this.#around;
    const fromOffset = full ? 0 : this.#fromOffset;
    const head = { writer, cut: this.#cut, fromOffset, toOffset: nextOffset, meta };
    await this.#around.acknowledged();
    const sent = await this.#send(head, changes.encoded());
    const bytes = sent.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
    this.#fromOffset = nextOffset;
    const before = this.#knownEnd;
    this.#knownEnd = reachOf(before, sent);
    this.#bytes += bytes;
    this.#cutsSinceMerge += 1;
    for (const { key } of sent) this.#known.set(key, nextOffset);
    if (full) await this.#around.copy?.replace(sent.slice(-1), reachOf(before, sent), await this.#imageOf(sent));
    else await this.#around.copy?.append(sent);
    if (full) await this.#deleteUpTo(nextOffset, bytes);
    while (this.#core.states.tidy()) await breath();
    const tookMs = Date.now() - startedMs;
    this.#around.onCut?.({ partition: this.#core.partition, keys, bytes, tookMs, full });
  }

  async #send(head: CutHead, entries: Iterable<KeyState>): Promise<CopiedRecord[]> {
    const sent: {
      readonly record: OutgoingRecord & { readonly key: string };
      readonly landed: Promise<readonly Landed[]>;
    }[] = [];
    const groups = grouped(entries, { ...PART_LIMITS, keys: this.#around.partKeys ?? PART_LIMITS.keys });
    let underWay = 0;
    for (let part = 0, next = groups.next(); next.done !== true; part += 1) {
      const group = next.value;
      next = groups.next();
      const value = toPart(head, { part, isLast: next.done === true }, group);
      const record = this.#record(partKey(value), this.#around.serde.encode(this.#around.topic, value as never));
      const landed = this.#around.producer.send([record]);
      // It is waited for below; until then it must not count as unhandled.
      landed.catch(() => undefined);
      sent.push({ record, landed });
      underWay += record.value?.length ?? 0;
      if (underWay > MAX_UNDER_WAY_BYTES) {
        await landed;
        underWay = 0;
      }
      if (next.done !== true) await breath();
    }
    const copied: CopiedRecord[] = [];
    for (const { record, landed } of sent) {
      const [at] = await landed;
      copied.push({ offset: at?.offset ?? -1, key: record.key, value: record.value });
    }
    return copied;
  }

  /** The cut of all keys as a start uses it, and what stands beside it. */
  async #imageOf(sent: readonly CopiedRecord[]): Promise<StateImage> {
    const { serde, topic } = this.#around;
    const view = new ChangelogView();
    for (const { key, value } of sent) {
      if (value !== null) view.add(key, (await serde.decode(topic, value)) as ChangelogPart, value.length);
    }
    const restored = view.restore();
    const known = new Map([...this.#known].map(([key, toOffset]) => [key, { toOffset, bytes: 0 }]));
    const image = imageOf({ ...restored, known: new Map([...known, ...restored.known]) });
    if (image === undefined) throw new Error('a cut of all keys does not hold together');
    return image;
  }

  /** After a merge: what is not newer than it may go, and nothing else (a zombie may have written further). */
  async #deleteUpTo(toOffset: number, fullBytes: number): Promise<void> {
    const own = `${this.#around.writer}/${this.#cut}/`;
    const gone = [...this.#known].filter(([key, to]) => to <= toOffset && !key.startsWith(own)).map(([key]) => key);
    const landed = await this.#around.producer.send(gone.map((key) => this.#record(key, null)));
    const deleted = gone.map((key, at) => ({ offset: landed[at]?.offset ?? -1, key, value: null }));
    this.#knownEnd = reachOf(this.#knownEnd, deleted);
    await this.#around.copy?.append(deleted);
    for (const key of gone) this.#known.delete(key);
    this.#cutsSinceMerge = 1;
    this.#bytes = fullBytes;
    this.#fullBytes = fullBytes;
  }

  #record(key: string, value: Buffer | null): OutgoingRecord & { readonly key: string } {
    return { topic: this.#around.topic, partition: this.#core.partition, key, value };
  }
}
