import { headers } from '@kairos/contracts';
import { type DeadLetterReason, toDeadLetter } from '../dead-letters/dead-letter.ts';
import type { IncomingRecord, OutgoingRecord, RecordProducer } from '../ports.ts';
import type { Applied, Output } from '../task-core.ts';
import type { StageHooks } from './hooks.ts';
import type { EncodedOutput, Outputs } from './outputs.ts';
import type { StageTracer, Traced } from './tracing.ts';

interface Surroundings {
  readonly producer: RecordProducer;
  readonly outputs: Outputs;
  readonly hooks: StageHooks;
  readonly tracer: StageTracer;
}

/** What became of the records of a batch. */
export interface BatchOutcomes {
  applied: number;
  repeat: number;
  unknown: number;
  dead: number;
}

/** Where an output comes from. */
export interface Source {
  readonly record: IncomingRecord;
  readonly partition: number;
  readonly playbook: string;
}

/** Outputs are handed over in pieces, so that a large batch does not hold them all. */
const SEND_BYTES = 500_000;
/** The clock is looked at once in so many records. */
const CLOCK_EVERY = 32;

/** The outputs of one batch on their way: encoded when accepted, placed with their traces, handed over in pieces. */
export class BatchRun {
  readonly outcomes: BatchOutcomes = { applied: 0, repeat: 0, unknown: 0, dead: 0 };
  readonly #around: Surroundings;
  readonly #startMs = Date.now();
  readonly #sent: Promise<unknown>[] = [];
  readonly #spans: Traced[] = [];
  #encoded: EncodedOutput[] = [];
  #outgoing: OutgoingRecord[] = [];
  #bytes = 0;
  #records = 0;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** Encodes what a record leads to, before anything has changed: what cannot be encoded fails the record. */
  readonly accept = (outputs: readonly Output[]): void => {
    this.#encoded = outputs.map((output) => this.#around.outputs.encode(output));
  };

  applied(applied: Applied, record: IncomingRecord, playbook: string): void {
    // A refused record counts among the dead.
    if (applied.refused === undefined) this.outcomes[applied.outcome] += 1;
    if (applied.outputs.length === 0) return;
    const source = { record, partition: record.partition, playbook };
    if (applied.kind === 'keyed') this.#placeKeyed(source);
    else this.#placeFired(source);
    this.#encoded = [];
  }

  /** Outputs of timers that fired ahead of the rest of their record. */
  fired(outputs: readonly Output[], source: Source): void {
    this.accept(outputs);
    this.#placeFired(source);
    this.#encoded = [];
  }

  bury(record: IncomingRecord, why: DeadLetterReason): void {
    this.outcomes.dead += 1;
    this.#push(toDeadLetter(record, why));
    const { topic, partition, offset } = record;
    this.#around.hooks.onDeadLetter?.({ topic, partition, offset, code: why.code, reason: why.reason });
  }

  get isFull(): boolean {
    return this.#bytes > SEND_BYTES;
  }

  get looksAtClock(): boolean {
    this.#records += 1;
    return this.#records % CLOCK_EVERY === 0;
  }

  send(): void {
    const records = this.#outgoing;
    if (records.length === 0) return;
    this.#outgoing = [];
    this.#bytes = 0;
    const sending = this.#around.producer.send(records).then(() => this.#tell(records));
    // It is waited for later; until then it must not count as unhandled.
    sending.catch(() => undefined);
    this.#sent.push(sending);
  }

  async acknowledged(): Promise<void> {
    await Promise.all(this.#sent);
  }

  end(): void {
    for (const span of this.#spans) span.end();
  }

  get seconds(): number {
    return (Date.now() - this.#startMs) / 1_000;
  }

  /** Every output of a person's record belongs to the record's trace. */
  #placeKeyed({ record, partition, playbook }: Source): void {
    const { outputs, tracer } = this.#around;
    const incoming = record.headers[headers.traceparent]?.toString('latin1');
    const { topic, offset } = record;
    const span = tracer.process({ topic, partition, offset, traceparent: incoming, startMs: this.#startMs });
    this.#spans.push(span);
    for (const one of this.#encoded) {
      outputs.place(one, { partition, traceparent: span.traceparent, playbook }, (out) => this.#push(out));
    }
  }

  /** What a timer fired has a trace of its own, linked to what armed it; what concerns the whole partition has none. */
  #placeFired({ record, partition, playbook }: Source): void {
    const { outputs, tracer } = this.#around;
    let last: { readonly armedBy: string | undefined; readonly key: string; readonly span: Traced } | undefined;
    for (const one of this.#encoded) {
      const { traceparent: armedBy, key } = one.emission;
      if (armedBy === undefined) {
        outputs.place(one, { partition, traceparent: undefined, playbook }, (out) => this.#push(out));
        continue;
      }
      if (last === undefined || last.key !== key || last.armedBy !== armedBy) {
        last = { key, armedBy, span: tracer.fire({ topic: record.topic, partition, armedBy, startMs: this.#startMs }) };
        this.#spans.push(last.span);
      }
      outputs.place(one, { partition, traceparent: last.span.traceparent, playbook }, (out) => this.#push(out));
    }
  }

  #push(out: OutgoingRecord): void {
    this.#outgoing.push(out);
    this.#bytes += 64 + (out.value?.length ?? 0);
  }

  #tell(records: readonly OutgoingRecord[]): void {
    const { onProduced } = this.#around.hooks;
    if (onProduced === undefined) return;
    const counts = new Map<string, number>();
    for (const { topic } of records) counts.set(topic, (counts.get(topic) ?? 0) + 1);
    for (const [topic, count] of counts) onProduced({ topic, count });
  }
}
