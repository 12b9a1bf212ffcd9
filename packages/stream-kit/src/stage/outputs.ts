import { headers, type TopicName } from '@kairos/contracts';
import { partitionOf } from '../partition-of.ts';
import type { OutgoingRecord, Serde } from '../ports.ts';
import type { Emission } from '../processor.ts';
import type { Output } from '../task-core.ts';

/** An output whose value is encoded; headers come when its trace is known. */
export interface EncodedOutput {
  readonly emission: Emission;
  readonly value: Buffer;
}

/** Places and encodes what a task emits. */
export class Outputs {
  readonly #serde: Serde;
  readonly #counts: ReadonlyMap<string, number>;
  readonly #source: Buffer;

  constructor(serde: Serde, counts: ReadonlyMap<string, number>, source: string) {
    this.#serde = serde;
    this.#counts = counts;
    this.#source = Buffer.from(source);
  }

  /** Throws when a value does not fit its schema: then the record that led to it has failed. */
  encode(output: Output): EncodedOutput {
    const value = { ...output.value, origin: output.origin };
    return { emission: output, value: this.#serde.encode(output.topic as TopicName, value as never) };
  }

  place(
    { emission, value }: EncodedOutput,
    about: { readonly partition: number; readonly traceparent: string | undefined; readonly playbook: string },
  ): OutgoingRecord[] {
    const { topic, key, to } = emission;
    const count = this.#counts.get(topic) ?? 1;
    const record = { topic, key, value, headers: this.#headers(about.traceparent, about.playbook) };
    if (to === 'all') return Array.from({ length: count }, (_none, partition) => ({ ...record, partition }));
    return [{ ...record, partition: to === 'same' ? about.partition : partitionOf(key, count) }];
  }

  #headers(traceparent: string | undefined, playbook: string): Record<string, string | Buffer> {
    const all: Record<string, string | Buffer> = { [headers.source]: this.#source };
    if (traceparent !== undefined) all[headers.traceparent] = traceparent;
    if (playbook !== '') all[headers.playbook] = playbook;
    return all;
  }
}
