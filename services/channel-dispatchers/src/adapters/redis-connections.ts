import { Redis } from 'ioredis';

interface RedisLog {
  debug(about: object, message: string): void;
}

export interface RedisConnections {
  readonly redis: Redis;
  /** A subscribed connection can't do anything else. */
  readonly subscriber: Redis;
}

/** Asked and not answered for so long, a connection counts as dead. */
const SILENT_MS = 3_000;
const ASK_EVERY_MS = 10_000;

/**
 * The two connections to Redis. A middlebox that has forgotten a connection tells nobody: whoever waits for an answer gets
 * none, and whoever only listens hears nothing for ever. So silence ends a connection, and the listener asks now and then.
 */
export function openRedisConnections(
  url: string,
  log: RedisLog,
  { silentMs = SILENT_MS, askEveryMs = ASK_EVERY_MS } = {},
): RedisConnections {
  const redis = new Redis(url, { maxRetriesPerRequest: 1, commandTimeout: silentMs, socketTimeout: silentMs });
  // A subscription outlives outages by itself; a command on it may wait.
  const subscriber = new Redis(url, { maxRetriesPerRequest: null, socketTimeout: silentMs });
  for (const one of [redis, subscriber]) one.on('error', (error) => log.debug({ err: error }, 'Redis'));
  const asking = setInterval(() => {
    if (subscriber.status === 'ready') subscriber.ping().catch(() => undefined);
  }, askEveryMs);
  asking.unref();
  subscriber.once('end', () => clearInterval(asking));
  return { redis, subscriber };
}
