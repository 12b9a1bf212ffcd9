import { headers, type Origin, type TopicName } from '@kairos/contracts';
import { partitionOf } from '../partition-of.ts';
import type { OutgoingRecord, Serde } from '../ports.ts';
import type { Emission } from '../processor.ts';
import type { Output } from '../task-core.ts';

/** An output whose value is encoded; headers come when its trace is known. */
export interface EncodedOutput {
  readonly emission: Emission;
  readonly value: Buffer;
}

/** For whom an output is placed. */
export interface Placing {
  readonly partition: number;
  readonly traceparent: string | undefined;
  readonly playbook: string;
}

/** Places and encodes what a task emits. */
export class Outputs {
  readonly #serde: Serde;
  readonly #counts: ReadonlyMap<string, number>;
  readonly #source: Buffer;
  /** Headers of outputs without a trace, the same for all of one playbook. */
  #plain: Readonly<Record<string, string | Buffer>> = {};
  #plainOf: string | undefined;

  constructor(serde: Serde, counts: ReadonlyMap<string, number>, source: string) {
    this.#serde = serde;
    this.#counts = counts;
    this.#source = Buffer.from(source);
  }

  /** Throws when a value does not fit its schema: then the record that led to it has failed. */
  encode(output: Output): EncodedOutput {
    const value = output.value as { origin?: Origin };
    value.origin = output.origin;
    return { emission: output, value: this.#serde.encode(output.topic as TopicName, value as never) };
  }

  place({ emission, value }: EncodedOutput, placing: Placing, put: (record: OutgoingRecord) => void): void {
    const { topic, key, to } = emission;
    const count = this.#counts.get(topic) ?? 1;
    const headers = this.#headers(placing);
    if (to !== 'all') {
      put({ topic, key, value, headers, partition: to === 'same' ? placing.partition : partitionOf(key, count) });
      return;
    }
    for (let partition = 0; partition < count; partition += 1) put({ topic, key, value, headers, partition });
  }

  #headers({ traceparent, playbook }: Placing): Readonly<Record<string, string | Buffer>> {
    if (this.#plainOf !== playbook) {
      this.#plainOf = playbook;
      this.#plain = { [headers.source]: this.#source, ...(playbook === '' ? {} : { [headers.playbook]: playbook }) };
    }
    return traceparent === undefined ? this.#plain : { ...this.#plain, [headers.traceparent]: traceparent };
  }
}
