import kafkajs from 'kafkajs';
import { type Logger, silentLogger } from '../logger.ts';
import type { KafkaPort, ProducerOptions } from '../ports.ts';
import { openBatchingProducer } from './batching-producer.ts';
import { openCleanConnections } from './clean-connections.ts';
import { registerCodecs } from './codecs.ts';
import { SharedCluster } from './kafkajs-cluster.ts';
import { KafkajsConsumer } from './kafkajs-consumer.ts';
import { kafkajsLogs } from './kafkajs-logger.ts';
import { KAFKAJS_MAX_RECORDS, openKafkajsClient } from './kafkajs-producer.ts';
import { openQuestions } from './kafkajs-questions.ts';
import { openReader } from './kafkajs-reader.ts';
import { type Ends, LogEnds } from './log-ends.ts';
import { promptSockets } from './prompt-sockets.ts';
import { quietTimers } from './quiet-timers.ts';
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

/** Connects to a Kafka cluster through kafkajs. Rejects when no broker answers within the attempts. */
export const connectKafka = async (connection: KafkaConnection): Promise<KafkaPort> => {
  registerCodecs();
  quietTimers();
  endSilentConnections();
  openCleanConnections();
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
  const questions = await openQuestions(kafka);
  const shared = new SharedCluster(kafka);
  const ends = new LogEnds(shared);
  const offsets = (topic: string): Promise<Map<number, Ends>> => ends.of(topic);
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
    ...questions,
    producer: (options = {}) =>
      openBatchingProducer({ logger, partitionCount: questions.partitionCount, ...client }, options),
    consumer: async (options) => {
      const sessionTimeoutMs = connection.sessionTimeoutMs ?? 10_000;
      const { memberName } = connection;
      const { groupOffsets } = questions;
      const around = { kafka, logger, sessionTimeoutMs, memberName, offsets, groupOffsets };
      const consumer = new KafkajsConsumer(around, options);
      await consumer.start();
      return consumer;
    },
    read: (options) => openReader(options, { kafka, shared, logger }),
    offsets,
    close: async () => {
      await Promise.all([shared.close(), questions.close()]);
    },
  };
};
