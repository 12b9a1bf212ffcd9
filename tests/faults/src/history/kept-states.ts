import { type TopicName, topics } from '@kairos/contracts';
import { readChangelog } from '@kairos/stream-kit';
import type { Redis } from 'ioredis';
import type { OpenLog } from './log.ts';

/** State of one task partition as the house has kept it, and the input offset that it stands at. */
export interface KeptState {
  readonly states: ReadonlyMap<string, Uint8Array>;
  readonly nextOffset: number;
}

/** What a restart of the task would find: its changelog, restored by the house's own rules. */
export async function keptInChangelog(log: OpenLog, task: string): Promise<ReadonlyMap<number, KeptState>> {
  const topic = `${task}.changelog` as TopicName;
  const count = await log.kafka.partitionCount(topics[topic].name);
  const partitions = Array.from({ length: count }, (_none, partition) => partition);
  const restored = await readChangelog(log, topic, partitions);
  return new Map(
    [...restored].map(([partition, { states, meta }]) => [partition, { states, nextOffset: meta?.nextOffset ?? 0 }]),
  );
}

/** Arbitration's state in Redis: one hash for each person under the partition's tag and epoch. */
export async function keptInRedis(redis: Redis, partitions: number): Promise<ReadonlyMap<number, KeptState>> {
  const kept = new Map<number, KeptState>();
  for (let partition = 0; partition < partitions; partition += 1) {
    const tag = `{ka:${partition}}`;
    const [epoch, applied] = await redis.hmget(`${tag}:meta`, 'epoch', 'applied');
    const states = new Map<string, Uint8Array>();
    if (epoch != null) {
      for (const [person, state] of await personsBelow(redis, `${tag}:${epoch}:person:`))
        states.set(person, Buffer.from(state));
    }
    kept.set(partition, { states, nextOffset: Number(applied ?? -1) + 1 });
  }
  return kept;
}

async function personsBelow(redis: Redis, prefix: string): Promise<(readonly [string, string])[]> {
  const keys = new Set<string>();
  const pattern = `${prefix.replaceAll(/[*?[\]\\]/g, '\\$&')}*`;
  let cursor = '0';
  do {
    const [next, some] = await redis.scan(cursor, 'MATCH', pattern, 'COUNT', 5_000);
    for (const key of some) keys.add(key);
    cursor = next;
  } while (cursor !== '0');
  const all = [...keys];
  const found: (readonly [string, string])[] = [];
  for (let at = 0; at < all.length; at += 500) {
    const some = all.slice(at, at + 500);
    const pipeline = redis.pipeline();
    for (const key of some) pipeline.hget(key, 'state');
    const replies = (await pipeline.exec()) ?? [];
    some.forEach((key, index) => {
      const state = replies[index]?.[1];
      if (typeof state === 'string') found.push([key.slice(prefix.length), state]);
    });
  }
  return found;
}
