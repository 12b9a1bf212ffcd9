import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import type { GroupMember, KafkaPort, TopicToCreate } from '../ports.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { retried } from './retriable.ts';

/** What is asked of the cluster as a whole, beside reading and writing. */
type Questions = Pick<
  KafkaPort,
  'partitionCount' | 'groupOffsets' | 'groupMembers' | 'createTopics' | 'ping' | 'close'
>;

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

/**
 * Opens kafkajs' admin for questions. It gives up at the first connection that is lost, and a stage that asks in the middle
 * of its work would end with it: so what only asks is repeated. `ping` is not, for it is to say how things stand.
 */
export const openQuestions = async (kafka: Kafka): Promise<Questions> => {
  const admin = kafka.admin();
  await admin.connect();
  // kafkajs' admin keeps one list of topics for all calls: while two are under way, the metadata that one has fetched lack
  // the topic of the other, which then fails.
  const inTurn = oneAtATime();
  return {
    partitionCount: (topic) => inTurn(() => retried(() => partitionCountOf(admin, topic))),
    groupOffsets: (groupId, topic) => retried(() => fetchGroupOffsets(admin, groupId, topic)),
    groupMembers: (groupId) => retried(() => fetchGroupMembers(admin, groupId)),
    createTopics: (wanted) => inTurn(() => createTopics(admin, wanted)),
    ping: async () => {
      await admin.describeCluster();
    },
    close: () => admin.disconnect(),
  };
};
