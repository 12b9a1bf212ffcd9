import { topics } from '@kairos/contracts';
import { Redis } from 'ioredis';
import kafkajs from 'kafkajs';
import { Client } from 'pg';

export type { Redis } from 'ioredis';

export const openRedis = (url: string): Redis => new Redis(url, { maxRetriesPerRequest: null });

/** Takes everything out of the parts that a scenario may have left behind. */
export async function emptyParts(parts: { brokers: string; database: string; redis: Redis }): Promise<void> {
  await Promise.all([emptyBroker(parts.brokers), emptyDatabase(parts.database), parts.redis.flushall()]);
}

async function emptyBroker(brokers: string): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers: brokers.split(','), clientId: 'kairos-faults', logLevel: 0 });
  const admin = kafka.admin();
  await admin.connect();
  try {
    const { groups } = await admin.listGroups();
    if (groups.length > 0) await admin.deleteGroups(groups.map(({ groupId }) => groupId));
    const ours = new Set<string>(Object.keys(topics));
    const there = await admin.listTopics();
    const gone = there.filter((topic) => ours.has(topic) || topic.endsWith('.dead-letters'));
    if (gone.length > 0) await admin.deleteTopics({ topics: gone });
  } finally {
    await admin.disconnect();
  }
}

async function emptyDatabase(connectionString: string): Promise<void> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `select schema_name as name from information_schema.schemata
       where schema_name not like 'pg\\_%' and schema_name <> 'information_schema'`,
    );
    for (const { name } of rows) await client.query(`drop schema "${name}" cascade`);
    await client.query('create schema public');
  } finally {
    await client.end();
  }
}
