// length: one bench of a partition over Redis serves all of it; each test states one promise
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningStack, startTestStack } from '@kairos/local-stack';
import { RedisContactState } from '../adapters/redis-contact-state.ts';
import {
  candidate,
  cap,
  cooldown,
  DAY_MS,
  HOUR_MS,
  marker,
  NOON_MS,
  playbookWith,
  reachable,
  reported,
  time,
} from '../house.fixture.ts';
import type { ContactState } from '../ports.ts';
import { Instance, MemoryLog, newPrefix, offlineFold, textOf } from './fold-rig.fixture.ts';
import { dumpOf, openDoor, restore } from './redis-faults.fixture.ts';

const book = playbookWith(cap('one-a-week', 1));

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
  options: { keepPersons?: number; redisUrl?: string; book?: typeof book; afterDueTimes?: () => Promise<void> } = {},
) {
  const { redisUrl = url, book: own = book, afterDueTimes, ...rest } = options;
  const newState = (redis: Instance['redis']) => {
    const state = new RedisContactState({ redis, partition: 0, prefix });
    return afterDueTimes === undefined ? state : interrupted(state, afterDueTimes);
  };
  const instance = new Instance(log, own, { redisUrl, newState, ...rest });
  instances.push(instance);
  return instance;
}

/** Once, after the due times were read, something else happens. */
function interrupted(state: RedisContactState, happens: () => Promise<void>): ContactState {
  let isOver = false;
  return {
    open: () => state.open(),
    load: (personIds) => state.load(personIds),
    dueTimes: async () => {
      const due = await state.dueTimes();
      if (!isOver) await happens();
      isOver = true;
      return due;
    },
    commit: (commits) => state.commit(commits),
    verdicts: (offsets) => state.verdicts(offsets),
  };
}

/** A busy log: persons with candidates of all triggers, reports, time. */
function busyLog(persons: number, hours: number): MemoryLog {
  const log = new MemoryLog();
  log.append(marker);
  for (let p = 0; p < persons; p += 1) log.append(reachable(`user:${p}`));
  for (let hour = 0; hour < hours; hour += 1) {
    const atMs = NOON_MS + hour * HOUR_MS;
    for (let p = 0; p < persons; p += 1) {
      const trigger = ['low', 'mid', 'high'][(p + hour) % 3] ?? 'mid';
      log.append(
        candidate(`user:${p}`, trigger, { number: hour, proposedAtMs: atMs }),
        candidate(`user:${p}`, 'mid', { number: 100 + hour, proposedAtMs: atMs }),
      );
      if (p % 4 === 0 && hour > 0) log.append(reported(`user:${p}`, `user:${p}/high/${hour - 1}`, 'failed'));
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
      reachable('user:1'),
      candidate('user:1', 'mid'),
      candidate('user:1', 'high'),
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
    const dump = await dumpOf(first.redis, prefix);
    await first.task.handle(log.records.slice(half, half + 20));
    log.committed = half + 20;
    await restore(first.redis, prefix, dump);
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
      reachable('user:1'),
      candidate('user:1', 'mid'),
      candidate('user:1', 'high'),
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
    log.append(marker, reachable('user:1'));
    for (let n = 0; n < 1000; n += 1)
      log.append(candidate('user:1', ['low', 'mid', 'high'][n % 3] ?? 'mid', { number: n }));
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

  it('decides on nothing that it read while somebody else went on: a paused process that wakes up between two reads', async () => {
    const log = new MemoryLog();
    log.append(marker, reachable('user:1'), reachable('user:2'), time(NOON_MS));
    const prefix = newPrefix();
    const owner = start(log, prefix);
    await owner.task.handle(log.records);
    log.append(
      candidate('user:1', 'mid'),
      candidate('user:2', 'mid'),
      candidate('user:1', 'high'),
      time(NOON_MS + 1000),
      time(NOON_MS + 2000),
    );
    // The sleeper has read the due times when the owner goes on, and reads the persons afterwards.
    const sleeper = start(log, prefix, {
      afterDueTimes: async () => {
        await owner.task.handle(log.records.slice(4, 6));
      },
    });
    await sleeper.task.handle(log.records.slice(4));
    expect(sleeper.watch.moves).toEqual(['repeat']);
    const written = [...owner.written, ...sleeper.written];
    const unique = new Map(written.map((output) => [JSON.stringify(output.origin), textOf(output)]));
    expect([...unique.values()].sort()).toEqual(offlineFold(log, book).map(textOf).sort());
  });

  it('FLUSHALL in mid-run is noticed; the state is rebuilt from the log before anything new is decided, and caps hold', async () => {
    const twoRules = playbookWith(cap('one-a-week', 1), cooldown('pause', DAY_MS));
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
    log.append(
      candidate('user:3', 'high', { number: 999, proposedAtMs: NOON_MS + 20 * DAY_MS }),
      time(NOON_MS + 20 * DAY_MS + 5000),
    );
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
    log.append(marker, reachable('user:1'), candidate('user:1', 'mid'));
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
      reachable('user:1'),
      'no avro at all',
      { proposal: { personId: 'user:1' } as never },
      candidate('user:1', 'mid'),
    );
    log.append(time(NOON_MS + 1000));
    const instance = start(log, newPrefix());
    await instance.task.handle(log.records);
    expect(instance.dead).toEqual([2, 3]);
    expect(instance.watch.decisions).toEqual(['chosen']);
  });
});
