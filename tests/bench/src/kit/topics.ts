import { connectKafka, type KafkaPort } from '@kairos/stream-kit';
import kafkajs from 'kafkajs';
import type { BenchContext } from './bench.ts';

/** Never deleted by age: benches write old times. */
const KEPT = { 'message.timestamp.type': 'LogAppendTime', 'cleanup.policy': 'delete', 'retention.ms': '-1' };

/** The broker of the bench's stack, seen through the port. Closed, and its topics deleted, when the bench ends. */
export const openCluster = async (
  context: BenchContext,
): Promise<{ readonly brokers: string; readonly port: KafkaPort }> => {
  const stack = await context.stack(['kafka']);
  const brokers = stack.address('kafka');
  const port = await connectKafka({ brokers, clientId: 'bench' });
  context.onEnd(async () => {
    await port.close();
    await deleteTopics(brokers, context.prefix);
  });
  return { brokers, port };
};

/** A topic of this bench, with its prefix before the name. Answers the whole name. */
export const makeTopic = async (
  context: BenchContext,
  port: KafkaPort,
  topic: { readonly name: string; readonly partitions: number },
): Promise<string> => {
  const name = `${context.prefix}${topic.name}`;
  await port.createTopics([{ name, partitions: topic.partitions, config: KEPT }]);
  return name;
};

const deleteTopics = async (brokers: string, prefix: string): Promise<void> => {
  const admin = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const topics = (await admin.listTopics()).filter((name) => name.startsWith(prefix));
    if (topics.length > 0) await admin.deleteTopics({ topics });
  } finally {
    await admin.disconnect();
  }
};
