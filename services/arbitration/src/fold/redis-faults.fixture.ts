import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Redis } from 'ioredis';

/** All keys with a prefix, as they stand. */
export type Dump = Map<string, { kind: string; data: unknown }>;
export async function dumpOf(redis: Redis, prefix: string): Promise<Dump> {
  const dump: Dump = new Map();
  for (const key of await redis.keys(`${prefix}*`)) {
    const kind = await redis.type(key);
    dump.set(key, {
      kind,
      data: kind === 'hash' ? await redis.hgetall(key) : await redis.zrange(key, '0', '-1', 'WITHSCORES'),
    });
  }
  return dump;
}

/** An older copy takes over, as after a failover: all keys of the partition roll back together. */
export async function restore(redis: Redis, prefix: string, dump: Dump): Promise<void> {
  const keys = await redis.keys(`${prefix}*`);
  if (keys.length > 0) await redis.del(...keys);
  for (const [key, { kind, data }] of dump) {
    if (kind === 'hash') await redis.hset(key, data as Record<string, string>);
    else {
      const flat = data as string[];
      for (let at = 0; at < flat.length; at += 2) await redis.zadd(key, flat[at + 1] ?? '0', flat[at] ?? '');
    }
  }
}

/** A TCP door before Redis that can be shut. */
export async function openDoor(target: string) {
  const { hostname, port, pathname } = new URL(target);
  const sockets = new Set<Socket>();
  let isShut = false;
  const server: Server = createServer((socket) => {
    if (isShut) return void socket.destroy();
    const through = connect(Number(port), hostname);
    for (const each of [socket, through]) {
      sockets.add(each);
      each.on('error', () => undefined);
      each.on('close', () => {
        sockets.delete(each);
        socket.destroy();
        through.destroy();
      });
    }
    socket.pipe(through).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as { port: number };
  return {
    url: `redis://127.0.0.1:${address.port}${pathname}`,
    shut() {
      isShut = true;
      for (const socket of sockets) socket.destroy();
    },
    open() {
      isShut = false;
    },
    close: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
