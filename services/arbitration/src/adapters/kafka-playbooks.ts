import type { PlaybookRecord } from '@kairos/contracts';
import { type CompiledPlaybook, compilePlaybook } from '@kairos/decisions';
import { fromRecords, type PublishedRecord } from '@kairos/playbook';
import type { Logger } from '@kairos/service-kit';
import type { IncomingRecord, KafkaPort, RecordReader, Serde } from '@kairos/stream-kit';
import type { Playbooks } from '../ports.ts';

const TOPIC = 'playbook.published';

/** Follows the playbook topic and compiles an activation when a stage meets its marker. */
export class KafkaPlaybooks implements Playbooks {
  readonly #serde: Serde;
  readonly #log: Logger;
  readonly #records: PublishedRecord[] = [];
  readonly #compiled = new Map<number, CompiledPlaybook>();
  readonly #waiting = new Set<{ readonly offset: number; readonly resolve: () => void }>();
  #readTo = -1;
  #reader: RecordReader | undefined;

  constructor(serde: Serde, log: Logger) {
    this.#serde = serde;
    this.#log = log;
  }

  /** `failed` is told when the topic can't be followed any more. */
  async start(kafka: KafkaPort, failed: (error: unknown) => void): Promise<void> {
    this.#reader = await kafka.read({
      topic: TOPIC,
      partitions: [0],
      from: 'earliest',
      follow: true,
      onRecords: (records) => this.#read(records),
    });
    this.#reader.done.catch(failed);
  }

  async close(): Promise<void> {
    await this.#reader?.close();
  }

  readUpTo(offset: number): Promise<void> {
    if (offset <= this.#readTo) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.add({ offset, resolve });
    });
  }

  at(offset: number): CompiledPlaybook | undefined {
    const known = this.#compiled.get(offset);
    if (known !== undefined) return known;
    const published = fromRecords(this.#records, offset);
    if (published === null) return undefined;
    const compiled = compilePlaybook(published);
    for (const { kind, id, field, fault } of compiled.faults)
      this.#log.error({ kind, id, field, code: fault.code }, 'a part of the playbook does not compile and is off');
    this.#compiled.set(offset, compiled);
    return compiled;
  }

  async #read(records: readonly IncomingRecord[]): Promise<void> {
    for (const { offset, value } of records) {
      if (value !== null) await this.#keep(offset, value);
      this.#readTo = offset;
    }
    for (const one of this.#waiting) {
      if (one.offset > this.#readTo) continue;
      this.#waiting.delete(one);
      one.resolve();
    }
  }

  async #keep(offset: number, bytes: Buffer): Promise<void> {
    try {
      const value: PlaybookRecord = await this.#serde.decode(TOPIC, bytes);
      this.#records.push({ offset, value });
    } catch (error) {
      this.#log.error({ offset, err: error }, 'a record of playbook.published cannot be read and is passed over');
    }
  }
}
