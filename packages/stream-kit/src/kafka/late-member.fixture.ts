import kafkajs from 'kafkajs';
import { stickyAssigner } from './kafkajs-assigner.ts';
import type { LateMember } from './port-stays.fixture.ts';

/** It hears of a rebalance with its next heartbeat, and until it joins all others wait. */
const HEARTBEAT_MS = 5_000;

/** A member by kafkajs alone that joins late each time, and does nothing with what it gets. */
export const lateMember =
  (brokers: () => string): LateMember =>
  async ({ groupId, topic }) => {
    const kafka = new kafkajs.Kafka({ clientId: 'late', brokers: [brokers()], logLevel: kafkajs.logLevel.NOTHING });
    const held = new Set<string>();
    const consumer = kafka.consumer({
      groupId,
      allowAutoTopicCreation: false,
      partitionAssigners: [stickyAssigner(() => [...held])],
      sessionTimeout: 20_000,
      heartbeatInterval: HEARTBEAT_MS,
      rebalanceTimeout: 30_000,
      maxWaitTimeInMs: 150,
    });
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      held.clear();
      for (const [of, partitions] of Object.entries(payload.memberAssignment)) {
        for (const partition of partitions) held.add(`${of}/${partition}`);
      }
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic] });
    await consumer.run({ autoCommit: false, eachBatch: () => Promise.resolve() });
    return { close: () => consumer.disconnect() };
  };
