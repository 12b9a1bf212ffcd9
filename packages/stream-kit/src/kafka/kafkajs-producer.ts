import kafkajs, { type Kafka, type ProducerBatch, type RecordMetadata } from 'kafkajs';
import type { ProducerOptions } from '../ports.ts';
import type { RequestClient } from './batching-producer.ts';
import type { BatchLanded, PartitionBatch } from './linger-batcher.ts';

/** kafkajs copies its list of messages once per message: larger batches cost more than they save. */
export const KAFKAJS_MAX_RECORDS = 1_000;

const toKafkajs = (batches: readonly PartitionBatch[]): ProducerBatch => {
  const byTopic = new Map<string, NonNullable<ProducerBatch['topicMessages']>[number]['messages']>();
  for (const { topic, partition, records } of batches) {
    const messages = byTopic.get(topic) ?? [];
    byTopic.set(topic, messages);
    for (const { key, value, headers } of records) {
      messages.push({ key, value, partition, ...(headers === undefined ? {} : { headers: { ...headers } }) });
    }
  }
  return { acks: -1, topicMessages: [...byTopic].map(([topic, messages]) => ({ topic, messages })) };
};

const toLanded = (answer: RecordMetadata): BatchLanded => ({
  topic: answer.topicName,
  partition: answer.partition,
  baseOffset: Number(answer.baseOffset ?? answer.offset ?? -1),
  logTimeMs: Number(answer.logAppendTime ?? -1),
});

/** kafkajs' own producer as a client that sends requests. */
export const openKafkajsClient = async (kafka: Kafka, options: ProducerOptions): Promise<RequestClient> => {
  const client = kafka.producer({
    idempotent: options.idempotent ?? true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    retry: { initialRetryTime: 100, maxRetryTime: 3_000, retries: options.retries ?? 22 },
  });
  await client.connect();
  return {
    send: async (batches) => (await client.sendBatch(toKafkajs(batches))).map(toLanded),
    close: () => client.disconnect(),
  };
};
