import type { ChosenRecord } from '@kairos/contracts';
import type { Logger } from '@kairos/service-kit';
import { startSpan, traceparentOf } from '@kairos/service-kit';
import {
  type DecodedRecord,
  type KafkaPort,
  type RecordProducer,
  type RunningConsumer,
  type Serde,
  startConsumer,
} from '@kairos/stream-kit';

const TOPIC = 'messages.chosen';

export interface ChosenConsumerOptions {
  readonly kafka: KafkaPort;
  readonly serde: Serde;
  /** For dead letters. */
  readonly producer: RecordProducer;
  readonly groupId: string;
  readonly log: Logger;
  /** Resolves when all are claimed durably. */
  claim(chosen: readonly { readonly record: ChosenRecord; readonly traceparent: string | null }[]): Promise<void>;
  onOutage(problem: string | null): void;
  fail(error: Error): void;
}

/** Consumes messages.chosen. The group's offset follows the ledger: what is committed is claimed. */
export const consumeChosen = (options: ChosenConsumerOptions): Promise<RunningConsumer> => {
  const { kafka, serde, producer, groupId, log, claim, onOutage, fail } = options;
  return startConsumer({
    kafka,
    serde,
    producer,
    groupId,
    topics: [TOPIC],
    logger: log,
    async handle(records) {
      const spans = records.map(spanOf);
      try {
        await claim(
          records.map(({ value, traceparent }, at) => {
            const span = spans[at];
            const own = span === undefined ? undefined : traceparentOf(span);
            return { record: value, traceparent: own ?? traceparent ?? null };
          }),
        );
      } finally {
        for (const span of spans) span.end();
      }
    },
    onOutage,
    fail,
  });
};

const spanOf = ({ traceparent, partition, offset }: DecodedRecord<typeof TOPIC>) =>
  startSpan(`process ${TOPIC}`, {
    ...(traceparent === undefined ? {} : { parent: traceparent }),
    attributes: {
      'messaging.system': 'kafka',
      'messaging.operation.name': 'process',
      'messaging.destination.name': TOPIC,
      'messaging.destination.partition.id': String(partition),
      'messaging.kafka.offset': offset,
    },
  });
