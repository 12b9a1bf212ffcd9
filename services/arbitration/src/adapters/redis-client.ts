import { Redis } from 'ioredis';

export interface RedisLog {
  warn(about: object, message: string): void;
}

/** Asked and not answered for so long, a connection counts as dead. */
const SILENT_MS = 10_000;

/**
 * A connection that never acts behind our back: a command whose answer got lost is not sent again (a script may have
 * run), and none is kept for later while Redis is away. Who asks hears of it and decides.
 */
export function openRedis(url: string, log: RedisLog): Redis {
  const redis = new Redis(url, {
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: SILENT_MS,
    // A connection that a middlebox has forgotten gives no error, ever: only ending it leads to a new one.
    socketTimeout: SILENT_MS,
    connectTimeout: 5000,
    connectionName: 'kairos-arbitration',
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 6), 1000),
  });
  let isDown = false;
  redis.on('error', (error: Error & { code?: string }) => {
    if (!isDown) log.warn({ code: error.code ?? error.name }, 'Redis does not answer; asking again');
    isDown = true;
  });
  redis.on('ready', () => {
    isDown = false;
  });
  return redis;
}

/** Resolves when commands can be sent. */
export async function redisReady(redis: Redis): Promise<void> {
  if (redis.status === 'ready') return;
  await new Promise<void>((resolve) => redis.once('ready', () => resolve()));
}

/** A sentence when this Redis may forget keys by itself; undefined when it keeps them or does not tell. */
export async function evictionWarning(redis: Redis): Promise<string | undefined> {
  try {
    const answer = (await redis.config('GET', 'maxmemory-policy')) as string[];
    const policy = answer[1];
    if (policy === undefined || policy === 'noeviction') return undefined;
    return `Redis evicts keys (maxmemory-policy ${policy}): set noeviction, or contact state is rebuilt again and again`;
  } catch {
    return undefined;
  }
}
