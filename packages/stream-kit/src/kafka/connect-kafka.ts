import kafkajs, { type Admin } from 'kafkajs';
import { type Logger, silentLogger } from '../logger.ts';
import type { GroupMember, KafkaPort, ProducerOptions, TopicToCreate } from '../ports.ts';
import { openBatchingProducer } from './batching-producer.ts';
import { registerCodecs } from './codecs.ts';
import { KafkajsConsumer } from './kafkajs-consumer.ts';
import { kafkajsLogs } from './kafkajs-logger.ts';
import { KAFKAJS_MAX_RECORDS, openKafkajsClient } from './kafkajs-producer.ts';
import { openReader } from './kafkajs-reader.ts';
import { type Ends, LogEnds } from './log-ends.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { promptSockets } from './prompt-sockets.ts';
import { quietTimers } from './quiet-timers.ts';
import { retried } from './retriable.ts';
import { endSilentConnections } from './silent-connections.ts';
import { openWireClient, WIRE_MAX_RECORDS } from './wire-producer.ts';

export interface KafkaConnection {
  /** `host:port`, several parted by commas or as a list. */
  readonly brokers: string | readonly string[];
  /** Shown in the broker's log and quotas. */
  readonly clientId: string;
  readonly logger?: Logger;
  /** After this long without a heartbeat a member counts as dead. Default 10,000. */
  readonly sessionTimeoutMs?: number;
  /**
   * A name that no other living process has (service-kit's `holdName`). Members of a group that carry it are dead, then:
   * they leave before this process joins, which need not wait for their session to run out.
   */
  readonly memberName?: string | undefined;
  /** How often a connection is tried again, at the start and after a loss, before the client gives up. Default 22: about a minute. */
  readonly connectRetries?: number;
  /**
   * Who encodes what is produced: `wire` (default) = our own record batches on kafkajs' connections; `kafkajs` = its own
   * producer, slower, to compare with. See docs/adr/0007.
   */
  readonly producer?: 'wire' | 'kafkajs';
}

const toList = (brokers: string | readonly string[]): string[] =>
  (typeof brokers === 'string' ? brokers.split(',') : [...brokers])
    .map((one) => one.trim())
    .filter((one) => one !== '');

const partitionCountOf = async (admin: Admin, topic: string): Promise<number> => {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  return topics[0]?.partitions.length ?? 0;
};

const fetchGroupOffsets = async (admin: Admin, groupId: string, topic: string): Promise<Map<number, number>> => {
  const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
  const committed = (found?.partitions ?? []).filter(({ offset }) => Number(offset) >= 0);
  return new Map(committed.map(({ partition, offset }) => [partition, Number(offset)]));
};

const fetchGroupMembers = async (admin: Admin, groupId: string): Promise<GroupMember[]> => {
  const { groups } = await admin.describeGroups([groupId]);
  return (groups[0]?.members ?? []).map(({ memberId, memberAssignment }) => {
    const assignment = kafkajs.AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment ?? {};
    const partitions = Object.entries(assignment).flatMap(([topic, numbers]) =>
      numbers.map((partition) => ({ topic, partition })),
    );
    return { memberId, partitions };
  });
};

const createTopics = async (admin: Admin, wanted: readonly TopicToCreate[]): Promise<void> => {
  const existing = new Set(await admin.listTopics());
  const missing = wanted.filter(({ name }) => !existing.has(name));
  if (missing.length === 0) return;
  await admin.createTopics({
    // kafkajs' own waiting gives up when the broker does not know a topic yet that it has just made.
    waitForLeaders: false,
    topics: missing.map(({ name, partitions, config }) => ({
      topic: name,
      numPartitions: partitions,
      replicationFactor: -1,
      configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
    })),
  });
  await retried(() => assertLeaders(admin, missing));
};

/** Throws, to be tried again, while a partition of the topics has no leader. */
const assertLeaders = async (admin: Admin, made: readonly TopicToCreate[]): Promise<void> => {
  const { topics } = await admin.fetchTopicMetadata({ topics: made.map(({ name }) => name) });
  const led = new Set(
    topics.filter(({ partitions }) => partitions.every(({ leader }) => leader >= 0)).map(({ name }) => name),
  );
  const waiting = made.filter(({ name }) => !led.has(name));
  if (waiting.length === 0) return;
  throw Object.assign(new Error(`no leader yet for ${waiting.map(({ name }) => name).join(', ')}`), {
    retriable: true,
  });
};

/** Connects to a Kafka cluster through kafkajs. Rejects when no broker answers within the attempts. */
export const connectKafka = async (connection: KafkaConnection): Promise<KafkaPort> => {
  registerCodecs();
  quietTimers();
  endSilentConnections();
  const logger = connection.logger ?? silentLogger;
  const kafka = new kafkajs.Kafka({
    clientId: connection.clientId,
    brokers: toList(connection.brokers),
    logLevel: kafkajs.logLevel.WARN,
    logCreator: kafkajsLogs(logger),
    socketFactory: promptSockets,
    connectionTimeout: 3_000,
    requestTimeout: 20_000,
    retry: { initialRetryTime: 100, maxRetryTime: 3_000, retries: connection.connectRetries ?? 22 },
  });
  const admin = kafka.admin();
  await admin.connect();
  // kafkajs' admin keeps one list of topics for all calls: while two are under way, the metadata that one has fetched lack
  // the topic of the other, which then fails.
  const inTurn = oneAtATime();
  const ends = new LogEnds(kafka);
  const offsets = (topic: string): Promise<Map<number, Ends>> => ends.of(topic);
  const groupOffsets = (groupId: string, topic: string): Promise<Map<number, number>> =>
    fetchGroupOffsets(admin, groupId, topic);
  const partitionCount = (topic: string): Promise<number> => inTurn(() => partitionCountOf(admin, topic));
  const client =
    connection.producer === 'kafkajs'
      ? {
          maxBatchRecords: KAFKAJS_MAX_RECORDS,
          openClient: (options: ProducerOptions) => openKafkajsClient(kafka, options),
        }
      : {
          maxBatchRecords: WIRE_MAX_RECORDS,
          openClient: (options: ProducerOptions) => openWireClient(kafka, logger, options),
        };
  return {
    producer: (options = {}) => openBatchingProducer({ logger, partitionCount, ...client }, options),
    consumer: async (options) => {
      const sessionTimeoutMs = connection.sessionTimeoutMs ?? 10_000;
      const { memberName } = connection;
      const around = { kafka, logger, sessionTimeoutMs, memberName, offsets, groupOffsets };
      const consumer = new KafkajsConsumer(around, options);
      await consumer.start();
      return consumer;
    },
    read: (options) => openReader(kafka, options, logger),
    offsets,
    groupOffsets,
    groupMembers: (groupId) => fetchGroupMembers(admin, groupId),
    createTopics: (wanted) => inTurn(() => createTopics(admin, wanted)),
    partitionCount,
    ping: async () => {
      await admin.describeCluster();
    },
    close: async () => {
      await Promise.all([ends.close(), admin.disconnect()]);
    },
  };
};
