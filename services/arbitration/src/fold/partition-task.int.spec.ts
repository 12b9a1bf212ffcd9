import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { ProposedRecord } from '@kairos/contracts';
import { type RunningStack, startTestStack } from '@kairos/local-stack';
import {
  cap,
  contact,
  cooldown,
  DAY_MS,
  HOUR_MS,
  NOON_MS,
  playbook,
  proposed,
  reported,
} from '../../../../packages/decisions/src/arbitration/arbitration.fixture.ts';
import { Instance, MemoryLog, newPrefix, none, offlineFold, textOf } from './fold-rig.fixture.ts';

const book = playbook([cap('one-a-week', 1)]);
const marker = { marker: { playbookOffset: 7, version: 'v1' } };
const time = (timeMs: number) => ({ time: { timeMs } });
const person = (id: string): Partial<ProposedRecord> => ({
  contactEvent: { ...(reachedOf(id) as NonNullable<ProposedRecord['contactEvent']>) },
});
const reachedOf = (personId: string): ProposedRecord['contactEvent'] => ({
  personId,
  name: 'Identified',
  messageId: `contact-${personId}`,
  atMs: NOON_MS,
  contact: contact(),
  blocks: [],
});
const candidate = (personId: string, triggerId: string, number: number, proposedAtMs = NOON_MS) => ({
  proposal: proposed(triggerId, { personId, candidateId: `${personId}/${triggerId}/${number}`, proposedAtMs }).proposal,
});

let stack: RunningStack;
let url: string;
const instances: Instance[] = [];

beforeAll(async () => {
  stack = await startTestStack({ parts: ['redis'], own: true });
  url = stack.address('redis');
}, 120_000);
afterAll(() => stack.stop());
afterEach(() => {
  for (const instance of instances.splice(0)) instance.close();
});

function start(
  log: MemoryLog,
  prefix: string,
  options: { keepPersons?: number; redisUrl?: string; book?: typeof book } = {},
) {
  const { redisUrl = url, book: own = book, ...rest } = options;
  const instance = new Instance(log, own, { redisUrl, prefix, ...rest });
  instances.push(instance);
  return instance;
}

/** A busy log: persons with candidates of all triggers, reports, time. */
function busyLog(persons: number, hours: number): MemoryLog {
  const log = new MemoryLog();
  log.append(marker);
  for (let p = 0; p < persons; p += 1) log.append(person(`user:${p}`));
  for (let hour = 0; hour < hours; hour += 1) {
    const atMs = NOON_MS + hour * HOUR_MS;
    for (let p = 0; p < persons; p += 1) {
      const trigger = ['low', 'mid', 'high'][(p + hour) % 3] ?? 'mid';
      log.append(candidate(`user:${p}`, trigger, hour, atMs), candidate(`user:${p}`, 'mid', 100 + hour, atMs));
      if (p % 4 === 0 && hour > 0)
        log.append({
          feedback: {
            ...reported(`user:${p}/high/${hour - 1}`, 'failed', atMs).feedback,
            personId: `user:${p}`,
          } as ProposedRecord['feedback'],
        });
    }
    log.append(time(atMs + 1000), time(atMs + 2000));
  }
  log.append(time(NOON_MS + 20 * DAY_MS));
  return log;
}

describe('a partition over Redis', () => {
  it('gives the same outputs under the same origins as the offline fold, also when memory holds few persons', async () => {
    const log = busyLog(30, 6);
    const expected = offlineFold(log, book).map(textOf);
    expect(expected.length).toBeGreaterThan(300);
    for (const keepPersons of [20_000, 3]) {
      const instance = start(log, newPrefix(), { keepPersons });
      for (let at = 0; at < log.records.length; at += 50) await instance.task.handle(log.records.slice(at, at + 50));
      expect(instance.texts).toEqual(expected);
      expect(instance.watch.moves).toEqual([]);
    }
  });

  it('answers a replay with the stored verdict: what was committed and not acknowledged comes again, once and unchanged', async () => {
    const log = new MemoryLog();
    log.append(
      marker,
      person('user:1'),
      candidate('user:1', 'mid', 1),
      candidate('user:1', 'high', 1),
      time(NOON_MS + 1000),
    );
    const prefix = newPrefix();
    const before = start(log, prefix);
    before.crashNext = true;
    await expect(before.task.handle(log.records)).rejects.toThrow('crash before the acknowledgement');
    expect(before.written).toEqual([]);
    const after = start(log, prefix);
    await after.task.handle(log.records);
    expect(after.texts).toEqual(offlineFold(log, book).map(textOf));
    expect(after.watch.repeated).toBe(5);
    expect(after.watch.decisions).toEqual([]);
    // Acknowledged by now: nothing of it is kept.
    log.append(time(NOON_MS + 2000));
    await after.task.handle(log.records.slice(5));
    const keys = await after.redis.keys(`${prefix}{ka:0}:*:verdicts`);
    expect(keys).toEqual([]);
  });

  it('a store that stands behind (rolled back) makes the caller go back and fold the gap, without writing again what is on the log', async () => {
    const log = busyLog(5, 4);
    const half = Math.floor(log.records.length / 2);
    const prefix = newPrefix();
    const first = start(log, prefix);
    await first.task.handle(log.records.slice(0, half));
    const dump = await dumpOf(first, prefix);
    await first.task.handle(log.records.slice(half, half + 20));
    log.committed = half + 20;
    await restore(first, prefix, dump);
    await first.task.handle(log.records.slice(half + 20));
    expect(first.watch.moves).toEqual(['gap']);
    expect(first.watch.lostAt).toEqual([{ applied: half - 1, committed: half + 20 }]);
    expect(first.watch.rebuilds).toEqual([20]);
    expect(first.texts).toEqual(offlineFold(log, book).map(textOf));
  });

  it('notices that somebody else changed a person, reads again and decides anew', async () => {
    const log = new MemoryLog();
    log.append(
      marker,
      person('user:1'),
      candidate('user:1', 'mid', 1),
      candidate('user:1', 'high', 1),
      time(NOON_MS + 1000),
    );
    const prefix = newPrefix();
    const instance = start(log, prefix);
    await instance.task.handle(log.records.slice(0, 4));
    // As an inbound request would: the one slot of the week is taken.
    const [key] = await instance.redis.keys(`${prefix}{ka:0}:*:person:user:1`);
    const state = JSON.parse((await instance.redis.hget(key ?? '', 'state')) ?? '') as { sends: unknown[] };
    state.sends.push({
      candidateId: 'inbound',
      triggerId: 'inbound',
      messageId: 'hello',
      channel: 'onsite',
      purpose: 'marketing',
      atMs: NOON_MS + 500,
      state: 'reserved',
    });
    await instance.redis.hset(key ?? '', 'state', JSON.stringify(state), 'version', 'inbound-1');
    await instance.task.handle(log.records.slice(4));
    expect(instance.watch.moves).toEqual(['stale']);
    expect(instance.watch.decisions).toEqual(['deferred CAP_REACHED', 'deferred CAP_REACHED']);
  });

  it('1,000 simultaneous candidates of one person under a cap of 1: exactly 1 is chosen, also by two processes at once', async () => {
    const log = new MemoryLog();
    log.append(marker, person('user:1'));
    for (let n = 0; n < 1000; n += 1) log.append(candidate('user:1', ['low', 'mid', 'high'][n % 3] ?? 'mid', n));
    log.append(time(NOON_MS + 1000));
    const prefix = newPrefix();
    const [one, two] = [start(log, prefix), start(log, prefix)];
    const drive = async (instance: Instance, step: number) => {
      for (let at = 0; at < log.records.length; at += step)
        await instance.task.handle(log.records.slice(at, at + step));
    };
    await Promise.all([drive(one, 37), drive(two, 53)]);
    const unique = new Map(
      [...one.written, ...two.written].map((output) => [JSON.stringify(output.origin), textOf(output)]),
    );
    expect([...unique.values()].sort()).toEqual(offlineFold(log, book).map(textOf).sort());
    const chosen = new Set(
      [...one.written, ...two.written].flatMap(({ topic, value }) =>
        topic === 'messages.chosen' ? [(value as { message: { candidateId: string } }).message.candidateId] : [],
      ),
    );
    expect([...chosen]).toEqual(['user:1/high/101']);
    expect(one.watch.moves.length + two.watch.moves.length).toBeGreaterThan(0);
  }, 60_000);

  it('FLUSHALL in mid-run is noticed; the state is rebuilt from the log before anything new is decided, and caps hold', async () => {
    const twoRules = playbook([cap('one-a-week', 1), cooldown('pause', DAY_MS)]);
    const log = busyLog(20, 6);
    const expected = offlineFold(log, twoRules).map(textOf);
    const prefix = newPrefix();
    const instance = start(log, prefix, { book: twoRules });
    const cut = Math.floor(log.records.length * 0.6);
    await instance.task.handle(log.records.slice(0, cut));
    log.committed = cut;
    await instance.redis.flushall();
    await instance.task.handle(log.records.slice(cut));
    expect(instance.texts).toEqual(expected);
    expect(instance.watch.moves).toEqual(['lost']);
    expect(instance.watch.lostAt).toEqual([{ applied: -1, committed: cut }]);
    expect(instance.watch.rebuilds).toEqual([cut]);
    // The same for a process that starts after the loss.
    await instance.redis.flushall();
    log.committed = log.records.length;
    log.append(candidate('user:3', 'high', 999, NOON_MS + 20 * DAY_MS), time(NOON_MS + 20 * DAY_MS + 5000));
    const restarted = start(log, prefix, { book: twoRules });
    await restarted.task.handle(log.records.slice(log.committed));
    expect([...instance.texts, ...restarted.texts]).toEqual(offlineFold(log, twoRules).map(textOf));
    expect(restarted.watch.lostAt).toHaveLength(1);
  });

  it('Redis away for 5 s in mid-run: the partition waits and says so; nothing is lost, nothing comes twice', async () => {
    const door = await openDoor(url);
    try {
      const log = busyLog(20, 6);
      const instance = start(log, newPrefix(), { redisUrl: door.url });
      const cut = Math.floor(log.records.length / 2);
      for (let at = 0; at < cut; at += 20) await instance.task.handle(log.records.slice(at, Math.min(at + 20, cut)));
      const before = instance.written.length;
      const rest = (async () => {
        for (let at = cut; at < log.records.length; at += 20)
          await instance.task.handle(log.records.slice(at, at + 20));
      })();
      door.shut();
      const writtenWhileAway = await new Promise<number>((resolve) =>
        setTimeout(() => resolve(instance.written.length), 5000),
      );
      expect(writtenWhileAway - before).toBeLessThan(50);
      expect(instance.watch.waits.length).toBeGreaterThan(2);
      door.open();
      await rest;
      expect(instance.texts).toEqual(offlineFold(log, book).map(textOf));
      expect(instance.watch.lostAt).toEqual([]);
    } finally {
      await door.close();
    }
  }, 30_000);

  it('a flushed script is loaded again', async () => {
    const log = new MemoryLog();
    log.append(marker, person('user:1'), candidate('user:1', 'mid', 1));
    const instance = start(log, newPrefix());
    await instance.task.handle(log.records);
    await instance.redis.script('FLUSH');
    log.append(time(NOON_MS + 1000));
    await instance.task.handle(log.records.slice(3));
    expect(instance.texts).toEqual(offlineFold(log, book).map(textOf));
  });

  it('a record that cannot be read, or that the step refuses, goes to the dead letters and the partition moves on', async () => {
    const log = new MemoryLog();
    log.append(
      marker,
      person('user:1'),
      'no avro at all',
      { proposal: { personId: 'user:1' } as never, origin: none.origin },
      candidate('user:1', 'mid', 1),
    );
    log.append(time(NOON_MS + 1000));
    const instance = start(log, newPrefix());
    await instance.task.handle(log.records);
    expect(instance.dead).toEqual([2, 3]);
    expect(instance.watch.decisions).toEqual(['chosen']);
  });
});

type Dump = Map<string, { kind: string; data: unknown }>;
async function dumpOf({ redis }: Instance, prefix: string): Promise<Dump> {
  const dump: Dump = new Map();
  for (const key of await redis.keys(`${prefix}*`)) {
    const kind = await redis.type(key);
    dump.set(key, {
      kind,
      data: kind === 'hash' ? await redis.hgetall(key) : await redis.zrange(key, 0, -1, 'WITHSCORES'),
    });
  }
  return dump;
}

/** An older copy takes over, as after a failover: all keys of the partition roll back together. */
async function restore({ redis }: Instance, prefix: string, dump: Dump): Promise<void> {
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
async function openDoor(target: string) {
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
