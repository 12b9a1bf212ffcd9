import { describeBroker } from './parts/kafka.ts';
import { greetingAt } from './parts/mailbox.ts';
import { withPostgres } from './parts/postgres.ts';
import { withRedis } from './parts/redis.ts';
import { registryAnswers } from './parts/registry.ts';
import { smsAnswer } from './parts/sms.ts';
import { answers } from './ports.ts';
import { isAlive, listensOn } from './processes.ts';
import type { PartName, PartRecord } from './types.ts';

const probes: Readonly<Record<PartName, (address: string) => Promise<boolean>>> = {
  kafka: async (address) => (await describeBroker(address)).brokers > 0,
  registry: registryAnswers,
  redis: async (address) => await withRedis(address, async (redis) => (await redis.ping()) === 'PONG'),
  postgres: async (address) =>
    await withPostgres(address, async (client) => (await client.query('select 1')).rowCount === 1),
  mailbox: async (address) => {
    const { hostname, port } = new URL(address);
    return (await greetingAt(Number(port || 25), hostname)).startsWith('220');
  },
  // Somebody else's gateway may say what it likes to a stranger.
  sms: async (address) => (await smsAnswer(address)) !== undefined,
};

/** Whether the part at the address does its work, asked in its own protocol. Never rejects. */
export async function isReady(part: PartName, address: string): Promise<boolean> {
  return await probes[part](address).catch(() => false);
}

/** The port of a part on this machine; of several Kafka brokers the first one's. */
export function portOf(address: string): number {
  const first = address.split(',')[0] ?? '';
  return Number(/^\w+:\/\//.test(first) ? new URL(first).port : first.split(':').at(-1));
}

/** Whether a part that we have started runs, is ours, and works. */
export async function isRunning(record: PartRecord): Promise<boolean> {
  if (record.process !== undefined) {
    if (!isAlive(record.process)) return false;
    const port = portOf(record.address);
    if (listensOn(record.process.pid, port) === false || !(await answers(port))) return false;
  }
  return await isReady(record.name, record.address);
}
