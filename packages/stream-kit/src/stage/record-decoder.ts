import type { Fields, TopicName } from '@kairos/contracts';
import { type Decoding, decodeRecord } from '../decode-record.ts';
import type { IncomingRecord } from '../ports.ts';
import type { Glance, Processor } from '../processor.ts';

type Readings<R, P> = Pick<Processor<unknown, R, P>, 'input' | 'reads' | 'glance'>;

interface Looking<R> {
  readonly decoding: Decoding;
  suffices(record: R): boolean;
}

/** Decodes the records of a task as far as its processor asks for them under the playbook that is at work. */
export class RecordDecoder<R, P> {
  readonly #topic: TopicName;
  readonly #processor: Readings<R, P>;
  readonly #around: Omit<Decoding, 'fields'>;
  #readFor: P | undefined;
  #whole: Decoding;
  #glance: Looking<R> | undefined;

  constructor(processor: Readings<R, P>, around: Omit<Decoding, 'fields'>) {
    this.#topic = processor.input;
    this.#processor = processor;
    this.#around = around;
    this.#whole = this.#with(processor.reads?.(undefined));
    this.#glance = this.#glanceOf(processor.glance?.(undefined));
  }

  /** At once where the schema of its writer is known: nearly always. Rejects or throws as `decodeRecord`. */
  decode(record: IncomingRecord, playbook: P | undefined): R | Promise<R> {
    if (playbook !== this.#readFor) {
      this.#readFor = playbook;
      this.#whole = this.#with(this.#processor.reads?.(playbook));
      this.#glance = this.#glanceOf(this.#processor.glance?.(playbook));
    }
    if (this.#glance !== undefined) {
      const seen = decodeRecord(this.#topic, record, this.#glance.decoding) as R | Promise<R>;
      if (!(seen instanceof Promise) && this.#glance.suffices(seen)) return seen;
    }
    return decodeRecord(this.#topic, record, this.#whole) as R | Promise<R>;
  }

  #glanceOf(glance: Glance<R> | undefined): Looking<R> | undefined {
    if (glance === undefined) return undefined;
    return { decoding: this.#with(glance.fields), suffices: (record) => glance.suffices(record) };
  }

  #with(fields: Fields | undefined): Decoding {
    const { serde, onOutage } = this.#around;
    return { serde, fields, onOutage };
  }
}
