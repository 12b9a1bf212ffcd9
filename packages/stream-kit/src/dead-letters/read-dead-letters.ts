import { deadLettersOf, headers, type TopicName } from '@kairos/contracts';
import type { IncomingRecord, KafkaPort, Landed, RecordProducer } from '../ports.ts';

/** A record that could not be processed, as it lies among the dead letters. */
export interface DeadLetter {
  /** Where it lies: partition and offset of the dead-letter topic name it. */
  readonly partition: number;
  readonly offset: number;
  readonly buriedAtMs: number;
  readonly code: string;
  readonly reason: string;
  readonly attempts: number;
  /** Where it came from. */
  readonly topic: string;
  readonly originalPartition: number;
  readonly originalOffset: number;
  readonly key: Buffer | null;
  /** The original bytes. */
  readonly value: Buffer | null;
  /** The original headers, without what the burial added. */
  readonly headers: Readonly<Record<string, Buffer>>;
}

const added: ReadonlySet<string> = new Set([
  headers.deadCode,
  headers.deadReason,
  headers.deadTopic,
  headers.deadPartition,
  headers.deadOffset,
  headers.deadAttempts,
  headers.deadAtMs,
]);

const toDeadLetter = (topic: TopicName, record: IncomingRecord): DeadLetter => {
  const text = (name: string): string => record.headers[name]?.toString('utf8') ?? '';
  return {
    partition: record.partition,
    offset: record.offset,
    buriedAtMs: Number(text(headers.deadAtMs)),
    code: text(headers.deadCode),
    reason: text(headers.deadReason),
    attempts: Number(text(headers.deadAttempts)),
    topic: text(headers.deadTopic) || topic,
    originalPartition: Number(text(headers.deadPartition)),
    originalOffset: Number(text(headers.deadOffset)),
    key: record.key,
    value: record.value,
    headers: Object.fromEntries(Object.entries(record.headers).filter(([name]) => !added.has(name))),
  };
};

/** The dead letters of a topic, oldest first within each partition. A record buried twice by a crash is listed once. */
export const readDeadLetters = async (kafka: KafkaPort, topic: TopicName): Promise<readonly DeadLetter[]> => {
  const letters = new Map<string, DeadLetter>();
  const name = deadLettersOf(topic);
  const count = await kafka.partitionCount(name);
  const reader = await kafka.read({
    topic: name,
    partitions: Array.from({ length: count }, (_none, partition) => partition),
    onRecords: (records) => {
      for (const record of records) {
        const letter = toDeadLetter(topic, record);
        // What was refused at the door has no place it came from: every such letter stands for itself.
        const origin =
          letter.originalOffset < 0
            ? `refused ${letter.partition}/${letter.offset}`
            : `${letter.originalPartition}/${letter.originalOffset}/${letter.code}`;
        if (!letters.has(origin)) letters.set(origin, letter);
      }
    },
  });
  await reader.done;
  return [...letters.values()].sort((a, b) => a.partition - b.partition || a.offset - b.offset);
};

/**
 * Puts a dead letter back where it came from: the original bytes, key, headers and partition. Its ids are the same, so
 * no message goes out twice. Put a letter back once: a count takes it as often as it comes. The letter itself stays until retention takes it.
 */
export const replayDeadLetter = async (producer: RecordProducer, letter: DeadLetter): Promise<Landed> => {
  const [landed] = await producer.send([
    {
      topic: letter.topic,
      partition: letter.originalPartition,
      key: letter.key,
      value: letter.value,
      headers: { ...letter.headers, [headers.replayed]: `${letter.partition}/${letter.offset}` },
    },
  ]);
  if (landed === undefined) throw new Error('the broker acknowledged nothing');
  return landed;
};
