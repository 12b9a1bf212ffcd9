import type { Logger } from '@kairos/service-kit';
import { type IncomingRecord, type RecordProducer, reasonOf, toDeadLetter } from '@kairos/stream-kit';
import type { DeadLetters } from '../ports.ts';

export interface KafkaDeadLettersOptions {
  readonly producer: RecordProducer;
  readonly log: Logger;
  counted(): void;
  nowMs(): number;
}

/** Keeps the original bytes, key and headers beside the topic, with where they come from and why. */
export class KafkaDeadLetters implements DeadLetters {
  readonly #options: KafkaDeadLettersOptions;

  constructor(options: KafkaDeadLettersOptions) {
    this.#options = options;
  }

  async put(record: IncomingRecord, error: unknown): Promise<void> {
    const { producer, log, counted, nowMs } = this.#options;
    // The step is pure: what failed once fails always, so one attempt says as much as three.
    const why = reasonOf(error, { attempts: 1, atMs: nowMs() });
    const { topic, partition, offset } = record;
    log.error({ topic, partition, offset, code: why.code }, 'a record goes to the dead letters');
    await producer.send([toDeadLetter(record, why)]);
    counted();
  }
}
