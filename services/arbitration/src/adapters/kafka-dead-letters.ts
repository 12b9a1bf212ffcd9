import { deadLettersOf, headers, type TopicName } from '@kairos/contracts';
import type { Logger } from '@kairos/service-kit';
import type { IncomingRecord, RecordProducer } from '@kairos/stream-kit';
import type { DeadLetters } from '../ports.ts';

/** Keeps the original bytes, key and headers beside the topic, with where they come from and why. */
export class KafkaDeadLetters implements DeadLetters {
  readonly #producer: RecordProducer;
  readonly #log: Logger;
  readonly #counted: () => void;
  readonly #nowMs: () => number;

  constructor(about: { producer: RecordProducer; log: Logger; counted: () => void; nowMs: () => number }) {
    this.#producer = about.producer;
    this.#log = about.log;
    this.#counted = about.counted;
    this.#nowMs = about.nowMs;
  }

  async put(record: IncomingRecord, error: unknown): Promise<void> {
    const { topic, partition, offset, key, value } = record;
    const code = codeOf(error);
    this.#log.error({ topic, partition, offset, code }, 'a record goes to the dead letters');
    await this.#producer.send([
      {
        topic: deadLettersOf(topic as TopicName),
        partition,
        key,
        value,
        headers: {
          ...record.headers,
          [headers.deadReason]: error instanceof Error ? error.message : String(error),
          [headers.deadCode]: code,
          [headers.deadTopic]: topic,
          [headers.deadPartition]: String(partition),
          [headers.deadOffset]: String(offset),
          [headers.deadAttempts]: '1',
          [headers.deadAtMs]: String(this.#nowMs()),
        },
      },
    ]);
    this.#counted();
  }
}

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : 'STEP_FAILED';
}
