// length: one suite, read from top to bottom; its parts share one port.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { partitionOf } from '../partition-of.ts';
import type { IncomingRecord, KafkaPort, RecordConsumer } from '../ports.ts';

export const until = async (what: string, holds: () => boolean | Promise<boolean>, ms = 20_000): Promise<void> => {
  const deadline = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${ms} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

let number = 0;
/** A name that no other test uses, also on a broker that outlives the run. */
export const fresh = (what: string): string => {
  number += 1;
  return `test.${what}.${process.pid}.${Date.now().toString(36)}.${number}`;
};

export const topicOn = async (port: KafkaPort, what: string, partitions: number): Promise<string> => {
  const name = fresh(what);
  await port.createTopics([{ name, partitions, config: { 'message.timestamp.type': 'LogAppendTime' } }]);
  return name;
};

export interface Collecting {
  readonly consumer: RecordConsumer;
  readonly records: IncomingRecord[];
  readonly assigned: Set<string>;
  readonly errors: Error[];
}

/** A member of a group that writes down what it gets. */
export const collect = async (
  port: KafkaPort,
  { groupId, topic }: { readonly groupId: string; readonly topic: string },
  options: {
    readonly start?: (name: string) => number | 'committed' | 'earliest';
    readonly onBatch?: (records: readonly IncomingRecord[]) => Promise<void>;
    readonly concurrency?: number;
  } = {},
): Promise<Collecting> => {
  const records: IncomingRecord[] = [];
  const assigned = new Set<string>();
  const errors: Error[] = [];
  const consumer = await port.consumer({
    groupId,
    topics: [topic],
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    handlers: {
      assigned: async (partitions) => {
        const names = partitions.map(({ partition }) => `${topic}/${partition}`);
        for (const name of names) assigned.add(name);
        return new Map(names.map((name) => [name, options.start?.(name) ?? 'committed']));
      },
      revoked: async (partitions) => {
        for (const { partition } of partitions) assigned.delete(`${topic}/${partition}`);
      },
      batch: async (batch) => {
        await options.onBatch?.(batch);
        records.push(...batch);
      },
      failed: (error) => errors.push(error),
    },
  });
  return { consumer, records, assigned, errors };
};

const text = (record: IncomingRecord): string => record.value?.toString('utf8') ?? '';

/** What every Kafka port must hold, whatever client stands behind it. */
export const portConformance = (name: string, open: () => Promise<KafkaPort>): void => {
  describe(`a Kafka port: ${name}`, () => {
    let port: KafkaPort;
    beforeAll(async () => {
      port = await open();
    });
    afterAll(() => port.close());

    it('acknowledges where each record landed, and reads the same bytes back', async () => {
      const topic = await topicOn(port, 'roundtrip', 3);
      const producer = await port.producer();
      const landed = await producer.send([
        { topic, key: 'user:1', value: Buffer.from('one'), headers: { traceparent: '00-x' } },
        { topic, partition: 1, key: null, value: null },
      ]);
      expect(landed[0]?.partition).toBe(partitionOf('user:1', 3));
      expect(landed[1]).toMatchObject({ topic, partition: 1, offset: 0 });
      expect(Math.abs((landed[0]?.logTimeMs ?? 0) - Date.now())).toBeLessThan(60_000);
      const seen: IncomingRecord[] = [];
      const reader = await port.read({
        topic,
        partitions: [0, 1, 2],
        onRecords: (records) => void seen.push(...records),
      });
      await reader.done;
      const one = seen.find((record) => record.value !== null);
      expect(one).toMatchObject({ partition: landed[0]?.partition, offset: 0, logTimeMs: landed[0]?.logTimeMs });
      expect([one?.key?.toString(), one && text(one), one?.headers.traceparent?.toString()]).toEqual([
        'user:1',
        'one',
        '00-x',
      ]);
      expect(seen.find((record) => record.partition === 1)).toMatchObject({ key: null, value: null });
      await producer.close();
    });

    it('lands all of many concurrent sends, in the order of the calls within each partition', async () => {
      const topic = await topicOn(port, 'order', 2);
      const producer = await port.producer();
      const sends: Promise<unknown>[] = [];
      for (let at = 0; at < 400; at += 1) {
        sends.push(producer.send([{ topic, partition: at % 2, key: 'k', value: Buffer.from(String(at)) }]));
        if (at % 50 === 49) await new Promise((resolve) => setTimeout(resolve, 3));
      }
      await Promise.all(sends);
      expect(producer.pendingBytes).toBe(0);
      const seen: number[][] = [[], []];
      const reader = await port.read({
        topic,
        partitions: [0, 1],
        onRecords: (records) => {
          for (const record of records) seen[record.partition]?.push(Number(text(record)));
        },
      });
      await reader.done;
      expect(seen[0]).toEqual(Array.from({ length: 200 }, (_none, at) => at * 2));
      expect(seen[1]).toEqual(Array.from({ length: 200 }, (_none, at) => at * 2 + 1));
      await producer.close();
    });

    it('refuses a record that is too large without harm to the others', async () => {
      const topic = await topicOn(port, 'large', 1);
      const producer = await port.producer();
      await expect(producer.send([{ topic, key: 'k', value: Buffer.alloc(2_000_000) }])).rejects.toThrow(
        /2000\d+ bytes/,
      );
      await expect(producer.send([{ topic, key: 'k', value: Buffer.alloc(500_000) }])).resolves.toHaveLength(1);
      await producer.close();
    });

    it('reads from an offset, empty partitions too, several reads at once', async () => {
      const topic = await topicOn(port, 'read', 3);
      const producer = await port.producer();
      await producer.send(
        Array.from({ length: 10 }, (_none, at) => ({ topic, partition: 1, key: 'k', value: Buffer.from(String(at)) })),
      );
      const reads = [0, 4, 10].map(async (from) => {
        const seen: string[] = [];
        let caughtUp = 0;
        const reader = await port.read({
          topic,
          partitions: [0, 1, 2],
          from: new Map([[1, from]]),
          onRecords: (records) => void seen.push(...records.map(text)),
          onCaughtUp: () => {
            caughtUp += 1;
          },
        });
        await reader.done;
        return { seen: seen.length, first: seen[0], caughtUp };
      });
      expect(await Promise.all(reads)).toEqual([
        { seen: 10, first: '0', caughtUp: 1 },
        { seen: 6, first: '4', caughtUp: 1 },
        { seen: 0, first: undefined, caughtUp: 1 },
      ]);
      await producer.close();
    });

    it('follows what is written after the read began', async () => {
      const topic = await topicOn(port, 'follow', 1);
      const producer = await port.producer();
      const seen: string[] = [];
      let caughtUp = false;
      const reader = await port.read({
        topic,
        partitions: [0],
        follow: true,
        onRecords: (records) => void seen.push(...records.map(text)),
        onCaughtUp: () => {
          caughtUp = true;
        },
      });
      await until('caught up', () => caughtUp);
      await producer.send([{ topic, key: 'k', value: Buffer.from('later') }]);
      await until('the later record', () => seen.includes('later'));
      await reader.close();
      await reader.done;
      await producer.close();
    });

    it('commits the offset after the last record, and the next member goes on there', async () => {
      const topic = await topicOn(port, 'commit', 2);
      const group = fresh('group');
      const producer = await port.producer();
      await producer.send([0, 1, 2].map((at) => ({ topic, partition: 0, key: 'k', value: Buffer.from(`a${at}`) })));
      const first = await collect(port, { groupId: group, topic });
      await until('three records', () => first.records.length === 3);
      await first.consumer.close();
      expect(await port.groupOffsets(group, topic)).toEqual(new Map([[0, 3]]));
      await producer.send([{ topic, partition: 0, key: 'k', value: Buffer.from('a3') }]);
      const second = await collect(port, { groupId: group, topic });
      await until('the fourth record', () => second.records.length > 0);
      expect(second.records.map(text)).toEqual(['a3']);
      await second.consumer.close();
      await producer.close();
    });

    it('starts where the answer to an assignment says, empty partitions included', async () => {
      const topic = await topicOn(port, 'seek', 2);
      const producer = await port.producer();
      await producer.send([0, 1, 2, 3].map((at) => ({ topic, partition: 0, key: 'k', value: Buffer.from(`a${at}`) })));
      const member = await collect(
        port,
        { groupId: fresh('group'), topic },
        { start: (name) => (name.endsWith('/0') ? 2 : 0) },
      );
      await until('two records', () => member.records.length === 2);
      expect(member.records.map(text)).toEqual(['a2', 'a3']);
      expect(member.assigned).toEqual(new Set([`${topic}/0`, `${topic}/1`]));
      await member.consumer.close();
      await producer.close();
    });

    it('fails loudly when asked to start beyond the end of the log', async () => {
      const topic = await topicOn(port, 'beyond', 1);
      const member = await collect(port, { groupId: fresh('group'), topic }, { start: () => 7 });
      await until('the failure', () => member.errors.length > 0);
      expect(member.errors[0]?.message).toMatch(/ends at 0, and 7 was to be read next/);
      await member.consumer.close();
    });

    it('shares partitions with a second member, loses and doubles nothing, and leaves each with who held it', async () => {
      const topic = await topicOn(port, 'rebalance', 4);
      const group = fresh('group');
      const producer = await port.producer();
      const starts = new Map<string, number>();
      const slowly = (records: readonly IncomingRecord[]): Promise<void> => {
        for (const record of records) starts.set(`${topic}/${record.partition}`, record.offset + 1);
        return new Promise((resolve) => setTimeout(resolve, 5));
      };
      const start = (name: string): number => starts.get(name) ?? 0;
      const one = await collect(port, { groupId: group, topic }, { start, onBatch: slowly });
      let sent = 0;
      const sendSome = async (): Promise<void> => {
        for (let at = 0; at < 20; at += 1) {
          await producer.send(
            [0, 1, 2, 3].map((partition) => ({
              topic,
              partition,
              key: 'k',
              value: Buffer.from(`${partition}:${sent}`),
            })),
          );
          sent += 1;
        }
      };
      await sendSome();
      await until('all four', () => one.assigned.size === 4);
      const two = await collect(port, { groupId: group, topic }, { start, onBatch: slowly });
      await until('two each', () => one.assigned.size === 2 && two.assigned.size === 2, 40_000);
      await sendSome();
      await until('everything', () => new Set([...one.records, ...two.records].map(text)).size === sent * 4);
      const kept = new Set(one.assigned);
      await two.consumer.close();
      await until('four again', () => one.assigned.size === 4, 40_000);
      for (const name of kept) expect(one.assigned).toContain(name);
      await sendSome();
      const all = (): string[] => [...one.records, ...two.records].map(text);
      await until('everything again', () => new Set(all()).size === sent * 4);
      for (const member of [one, two]) {
        for (const partition of [0, 1, 2, 3]) {
          const mine = member.records.filter((record) => record.partition === partition).map(({ offset }) => offset);
          expect(mine).toEqual([...mine].sort((a, b) => a - b));
        }
      }
      expect(one.errors).toEqual([]);
      await one.consumer.close();
      await producer.close();
    }, 90_000);

    it('goes on with the other partitions while one is held, and resumes it', async () => {
      const topic = await topicOn(port, 'pause', 2);
      const producer = await port.producer();
      const member = await collect(port, { groupId: fresh('group'), topic });
      await until('assigned', () => member.assigned.size === 2);
      member.consumer.pause([{ topic, partition: 0 }]);
      await producer.send(
        [0, 1].map((partition) => ({ topic, partition, key: 'k', value: Buffer.from(`p${partition}`) })),
      );
      await until('the other one', () => member.records.length > 0);
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(member.records.map(text)).toEqual(['p1']);
      member.consumer.resume([{ topic, partition: 0 }]);
      await until('both', () => member.records.length === 2);
      await member.consumer.close();
      await producer.close();
    });

    it('does not let a slow partition hold up another', async () => {
      const topic = await topicOn(port, 'slow', 2);
      const producer = await port.producer();
      let release = (): void => undefined;
      const gate = new Promise<void>((resolve) => {
        release = resolve;
      });
      const member = await collect(
        port,
        { groupId: fresh('group'), topic },
        {
          onBatch: (records) => (records[0]?.partition === 0 ? gate : Promise.resolve()),
        },
      );
      await producer.send([{ topic, partition: 0, key: 'k', value: Buffer.from('slow') }]);
      for (let at = 0; at < 5; at += 1) {
        await producer.send([{ topic, partition: 1, key: 'k', value: Buffer.from(`fast${at}`) }]);
      }
      await until('the fast ones', () => member.records.length === 5);
      release();
      await until('the slow one', () => member.records.length === 6);
      await member.consumer.close();
      await producer.close();
    });

    it('tells offsets, partition counts, and answers a ping', async () => {
      const topic = await topicOn(port, 'ends', 2);
      const producer = await port.producer();
      await producer.send([{ topic, partition: 1, key: 'k', value: Buffer.from('x') }]);
      expect(await port.offsets(topic)).toEqual(
        new Map([
          [0, { start: 0, end: 0 }],
          [1, { start: 0, end: 1 }],
        ]),
      );
      expect(await port.partitionCount(topic)).toBe(2);
      await expect(port.ping()).resolves.toBeUndefined();
      await producer.close();
    });

    it('answers what is asked of many topics at once, also first of all on a new connection', async () => {
      const topics = await Promise.all(Array.from({ length: 8 }, (_, at) => topicOn(port, `asked${at}`, 3)));
      const fresh = await open();
      const answers = await Promise.all(topics.flatMap((topic) => [fresh.offsets(topic), fresh.partitionCount(topic)]));
      expect(answers.map((answer) => (typeof answer === 'number' ? answer : answer.size))).toEqual(
        answers.map(() => 3),
      );
      await fresh.close();
    });
  });
};
