import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { fetchArtifact } from '../cache.ts';
import { onPath } from '../prerequisites.ts';
import { launch, type NativeContext, type NativePart } from './native-part.ts';

/** Runs one question over a connection of its own; no retries: the caller asks again. */
export async function withRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: 2_000,
    maxRetriesPerRequest: 0,
  });
  redis.on('error', () => {}); // The rejection below tells the caller.
  try {
    await redis.connect();
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

async function serverProcessId(url: string): Promise<number> {
  const info = await withRedis(url, async (redis) => await redis.info('server'));
  return Number(/process_id:(\d+)/.exec(info)?.[1]);
}

async function redisCommand(context: NativeContext): Promise<{ command: string; why: string }> {
  const system = onPath('redis-server', context.env);
  if (system !== undefined) return { command: system, why: 'redis-server on the PATH' };
  const folder = await fetchArtifact(context.cache, 'redis', context);
  const platform = { linux: 'linux', darwin: 'darwin' }[process.platform as 'linux' | 'darwin'];
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as 'x64' | 'arm64'];
  const name = readdirSync(folder).find(
    (file) => file.startsWith('redis-server-') && file.endsWith(`-${platform}-${arch}`),
  );
  if (name === undefined) {
    throw new Error(
      `embedded-redis has no binary for ${process.platform}-${process.arch}: install redis-server, or set REDIS_URL`,
    );
  }
  const command = join(folder, name);
  chmodSync(command, 0o755);
  return { command, why: `the binary of Maven's embedded-redis` };
}

export const redisPart: NativePart = {
  name: 'redis',
  async start(context) {
    const { command, why } = await redisCommand(context);
    const dir = join(context.paths.data, 'redis');
    mkdirSync(dir, { recursive: true });
    return await launch({
      name: 'redis',
      context,
      stablePort: 16_379,
      why: `no REDIS_URL, no Docker engine: ${why}`,
      address: (port) => `redis://127.0.0.1:${port}/0`,
      command: async (port) => ({
        command,
        cwd: dir,
        args: [
          ...['--port', String(port), '--bind', '127.0.0.1', '--dir', dir],
          // The append-only file is written before a client hears "OK": a killed process forgets nothing.
          ...['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''],
          ...['--maxmemory-policy', 'noeviction', '--daemonize', 'no'],
        ],
      }),
      isReady: async (port, child) => (await serverProcessId(`redis://127.0.0.1:${port}/0`)) === child.identity.pid,
    });
  },
};
