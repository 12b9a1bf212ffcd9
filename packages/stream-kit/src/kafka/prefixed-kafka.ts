// length: each line maps one name of the port; taken apart it would say less.
import type { AssignedPartition, ConsumerHandlers, IncomingRecord, KafkaPort } from '../ports.ts';

/**
 * The same cluster seen through a prefix: every topic and group carries it there and not here. Several houses share one
 * cluster, and tests do not meet each other.
 */
export const prefixedKafka = (port: KafkaPort, prefix: string): KafkaPort => {
  const there = (topic: string): string => `${prefix}${topic}`;
  const here = (topic: string): string => topic.slice(prefix.length);
  // Key and headers are cut out when somebody asks for them, as on the port itself.
  const recordHere = (record: IncomingRecord): IncomingRecord => ({
    topic: here(record.topic),
    partition: record.partition,
    offset: record.offset,
    logTimeMs: record.logTimeMs,
    value: record.value,
    get key() {
      return record.key;
    },
    get headers() {
      return record.headers;
    },
  });
  const partitionHere = ({ topic, partition }: AssignedPartition): AssignedPartition => ({
    topic: here(topic),
    partition,
  });
  const partitionThere = ({ topic, partition }: AssignedPartition): AssignedPartition => ({
    topic: there(topic),
    partition,
  });

  const handlersThere = (handlers: ConsumerHandlers): ConsumerHandlers => ({
    assigned: async (partitions) => {
      const answers = await handlers.assigned(partitions.map(partitionHere));
      return new Map([...answers].map(([name, answer]) => [there(name), answer]));
    },
    kept: async (partitions) => (await handlers.kept?.(partitions.map(partitionHere)))?.map(partitionThere) ?? [],
    revoked: (partitions) => handlers.revoked(partitions.map(partitionHere)),
    batch: (records, about) => handlers.batch(records.map(recordHere), about),
    passed: (partition, nextOffset) => handlers.passed?.(partitionHere(partition), nextOffset),
    failed: (error) => handlers.failed(error),
  });

  return {
    producer: async (options) => {
      const producer = await port.producer(options);
      return {
        send: async (records) => {
          const landed = await producer.send(records.map((record) => ({ ...record, topic: there(record.topic) })));
          return landed.map((at) => ({ ...at, topic: here(at.topic) }));
        },
        get pendingBytes() {
          return producer.pendingBytes;
        },
        close: () => producer.close(),
      };
    },
    consumer: async (options) => {
      const consumer = await port.consumer({
        ...options,
        groupId: there(options.groupId),
        topics: options.topics.map(there),
        handlers: handlersThere(options.handlers),
      });
      return {
        pause: (partitions) => consumer.pause(partitions.map(partitionThere)),
        resume: (partitions) => consumer.resume(partitions.map(partitionThere)),
        seek: (partition, offset) => consumer.seek(partitionThere(partition), offset),
        close: () => consumer.close(),
      };
    },
    read: (options) =>
      port.read({
        ...options,
        topic: there(options.topic),
        onRecords: (records) => options.onRecords(records.map(recordHere)),
      }),
    offsets: (topic) => port.offsets(there(topic)),
    groupOffsets: (groupId, topic) => port.groupOffsets(there(groupId), there(topic)),
    groupMembers: async (groupId) =>
      (await port.groupMembers(there(groupId))).map((member) => ({
        ...member,
        partitions: member.partitions.map(partitionHere),
      })),
    createTopics: (topics) => port.createTopics(topics.map((topic) => ({ ...topic, name: there(topic.name) }))),
    partitionCount: (topic) => port.partitionCount(there(topic)),
    ping: () => port.ping(),
    close: () => port.close(),
  };
};
