import { headers, type TopicName } from '@kairos/contracts';
import { reasonOf, toDeadLetter } from '../dead-letters/dead-letter.ts';
import { decodeRecord } from '../decode-record.ts';
import type { PlaybookReader } from '../playbook/playbook-reader.ts';
import type { IncomingRecord, OutgoingRecord, RecordProducer, Serde } from '../ports.ts';
import type { Processor } from '../processor.ts';
import { type Applied, TaskCore } from '../task-core.ts';
import type { Restored } from './changelog-view.ts';
import type { StageHooks } from './hooks.ts';
import type { EncodedOutput, Outputs } from './outputs.ts';
import { TaskCuts } from './task-cuts.ts';
import type { TaskStatus } from './task-status.ts';
import type { StageTracer, Traced } from './tracing.ts';

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

/** A partition and what its changelog holds. */
export interface FoundTask {
  readonly partition: number;
  readonly restored: Restored;
}

/** The marker names an activation that was not read yet. Nothing has changed: the record is applied again afterwards. */
class PlaybookAhead extends Error {
  readonly offset: number;
  constructor(offset: number) {
    super(`the playbook was not read up to ${offset} yet`);
    this.offset = offset;
  }
}

const TRIES = 3;
/** Outputs are handed over in pieces, so that a large batch does not hold them all. */
const SEND_BYTES = 2_000_000;
/** The loop is given up this often, so that heartbeats and the other tasks get their turn. */
const SLICE_MS = 25;

/** One input partition of a stage on Kafka: the fold, and around it rule 4's order of a commit. */
export class StageTask<S, R, P> {
  readonly core: TaskCore<S, R, P>;
  readonly #around: TaskSurroundings<P>;
  readonly #cuts: TaskCuts<S, R, P>;
  readonly #topic: TopicName;
  #revoked = false;
  #ackedOffset: number;
  #endOffset: number;
  #lastLogTimeMs = -1;
  #appliedLogTimeMs = -1;
  #sliceEndMs = 0;

  constructor(processor: Processor<S, R, P>, found: FoundTask, around: TaskSurroundings<P>) {
    const { partition, restored } = found;
    this.#around = around;
    this.#topic = processor.input;
    this.core = new TaskCore(processor, partition, (offset, version) => this.#playbookAt(offset, version));
    if (restored.meta !== undefined) {
      const states = [...restored.states].map(([key, bytes]) => [key, processor.decode(bytes)] as const);
      this.core.restore(states, restored.meta);
    }
    this.#ackedOffset = this.core.meta.nextOffset;
    this.#endOffset = this.#ackedOffset;
    this.#cuts = new TaskCuts(this.core, restored, {
      topic: `${processor.name}.changelog` as TopicName,
      writer: around.writer,
      producer: around.producer,
      serde: around.serde,
      everyMs: around.cutEveryMs,
      onCut: (cut) => around.hooks.onCut?.(cut),
    });
  }

  /** Applies a batch, waits for its outputs, and only then lets cuts and the group offset see it. */
  async batch(records: readonly IncomingRecord[], highWatermark: number): Promise<void> {
    const startMs = Date.now();
    this.#endOffset = Math.max(this.#endOffset, highWatermark);
    this.#sliceEndMs = startMs + SLICE_MS;
    const sent: Promise<unknown>[] = [];
    const spans: Traced[] = [];
    let outgoing: OutgoingRecord[] = [];
    let bytes = 0;
    for (const record of records) {
      if (this.#revoked) return;
      for (const out of await this.#process(record, spans)) {
        outgoing.push(out);
        bytes += 64 + (out.value?.length ?? 0);
      }
      if (bytes > SEND_BYTES) {
        sent.push(this.#send(outgoing));
        outgoing = [];
        bytes = 0;
      }
      if (Date.now() > this.#sliceEndMs) await this.#giveWay();
    }
    sent.push(this.#send(outgoing));
    await Promise.all(sent);
    for (const span of spans) span.end();
    if (this.#revoked) return;
    this.#acknowledged(records, startMs);
  }

  /** A planned stop: everything acknowledged is written down. */
  lastCut(): Promise<void> {
    return this.#cuts.last();
  }

  /** Called on a timer, too: an idle task must not keep its last changes to itself. */
  maybeCut(): void {
    if (this.#revoked || this.core.meta.nextOffset !== this.#ackedOffset) return;
    this.#cuts.maybe()?.catch((error: unknown) => this.#around.fail(error));
  }

  revoke(): void {
    this.#revoked = true;
  }

  /** Where the log of the input starts and ends now: what was deleted before we read it is passed over. */
  knowLog({ start, end }: { readonly start: number; readonly end: number }): void {
    this.passed(start);
    this.#endOffset = Math.max(this.#endOffset, end);
  }

  /** Offsets below hold no record for us any more, or never did. */
  passed(nextOffset: number): void {
    if (this.#revoked || nextOffset <= this.core.meta.nextOffset) return;
    this.core.skip(nextOffset - 1);
    this.#ackedOffset = this.core.meta.nextOffset;
    this.#endOffset = Math.max(this.#endOffset, nextOffset);
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
      timers: timers.size,
      playbookVersion: meta.playbookVersion,
    };
  }

  #acknowledged(records: readonly IncomingRecord[], startMs: number): void {
    this.#ackedOffset = this.core.meta.nextOffset;
    this.#lastLogTimeMs = this.#appliedLogTimeMs;
    this.maybeCut();
    this.#around.hooks.onBatch?.({
      topic: this.#topic,
      partition: this.core.partition,
      records: records.length,
      lag: Math.max(0, this.#endOffset - this.#ackedOffset),
      timeMs: this.core.meta.timeMs,
      seconds: (Date.now() - startMs) / 1000,
    });
  }

  async #process(record: IncomingRecord, spans: Traced[]): Promise<OutgoingRecord[]> {
    const began = performance.now();
    const startMs = Date.now();
    for (let attempt = 1; ; attempt += 1) {
      try {
        const value = await this.#decode(record);
        const encoded: EncodedOutput[] = [];
        const applied = this.#apply(record, value, encoded);
        this.#appliedLogTimeMs = record.logTimeMs;
        this.#told(record, applied, began);
        return this.#place(record, { applied, encoded }, { startMs, spans });
      } catch (error) {
        if (error instanceof PlaybookAhead) {
          await this.#around.playbooks?.readTo(error.offset);
          attempt -= 1;
          continue;
        }
        const why = reasonOf(error, { attempts: attempt, atMs: Date.now() });
        // A step is pure: a pause would change nothing, and garbage stays garbage.
        if (why.code === 'RECORD_UNDECODABLE' || attempt === TRIES) return this.#bury(record, why, began);
      }
    }
  }

  #decode(record: IncomingRecord): R | Promise<R> {
    const { serde, hooks } = this.#around;
    return decodeRecord(this.#topic, record, { serde, onOutage: (error) => hooks.onOutage?.(error) }) as R | Promise<R>;
  }

  #apply(record: IncomingRecord, value: R, encoded: EncodedOutput[]): Applied {
    const traceparent = record.headers[headers.traceparent]?.toString('utf8');
    return this.core.apply(
      {
        offset: record.offset,
        logTimeMs: record.logTimeMs,
        value,
        ...(traceparent === undefined ? {} : { traceparent }),
      },
      (outputs) => {
        for (const output of outputs) encoded.push(this.#around.outputs.encode(output));
      },
    );
  }

  #told(record: IncomingRecord, applied: Applied, began: number): void {
    const { hooks } = this.#around;
    const at = { topic: this.#topic, partition: record.partition };
    hooks.onRecord?.({ ...at, outcome: applied.outcome, seconds: (performance.now() - began) / 1000 });
    for (const { error } of applied.failedTimers) hooks.onFailedTimer?.({ ...at, error });
  }

  /** Gives every output its trace: the record's own, or for a timer a new one that links to what armed it. */
  #place(
    record: IncomingRecord,
    { applied, encoded }: { readonly applied: Applied; readonly encoded: readonly EncodedOutput[] },
    { startMs, spans }: { readonly startMs: number; readonly spans: Traced[] },
  ): OutgoingRecord[] {
    if (applied.outcome !== 'applied') return [];
    const { outputs, tracer } = this.#around;
    const { partition } = record;
    const playbook = this.core.meta.playbookVersion;
    const incoming = record.headers[headers.traceparent]?.toString('utf8');
    if (applied.kind === 'keyed') {
      const span = tracer.process({
        topic: this.#topic,
        partition,
        offset: record.offset,
        traceparent: incoming,
        startMs,
      });
      spans.push(span);
      return encoded.flatMap((one) => outputs.place(one, { partition, traceparent: span.traceparent, playbook }));
    }
    const fired = new Map<string, Traced>();
    return encoded.flatMap((one) => {
      const { traceparent: armedBy, key } = one.emission;
      if (key === '') return outputs.place(one, { partition, traceparent: undefined, playbook });
      const name = `${key} ${armedBy ?? ''}`;
      const span = fired.get(name) ?? tracer.fire({ topic: this.#topic, partition, armedBy, startMs });
      if (!fired.has(name)) spans.push(span);
      fired.set(name, span);
      return outputs.place(one, { partition, traceparent: span.traceparent, playbook });
    });
  }

  #bury(record: IncomingRecord, why: ReturnType<typeof reasonOf>, began: number): OutgoingRecord[] {
    const { hooks } = this.#around;
    const at = { topic: this.#topic, partition: record.partition };
    this.core.skip(record.offset);
    this.#appliedLogTimeMs = record.logTimeMs;
    hooks.onRecord?.({ ...at, outcome: 'dead', seconds: (performance.now() - began) / 1000 });
    hooks.onDeadLetter?.({ ...at, offset: record.offset, code: why.code, reason: why.reason });
    return [toDeadLetter(record, why)];
  }

  #send(records: readonly OutgoingRecord[]): Promise<unknown> {
    if (records.length === 0) return Promise.resolve();
    const counts = new Map<string, number>();
    for (const { topic } of records) counts.set(topic, (counts.get(topic) ?? 0) + 1);
    return this.#around.producer.send(records).then(() => {
      for (const [topic, count] of counts) this.#around.hooks.onProduced?.({ topic, count });
    });
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
