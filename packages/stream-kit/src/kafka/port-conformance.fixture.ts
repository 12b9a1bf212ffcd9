import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { partitionOf } from '../partition-of.ts';
import type { IncomingRecord, KafkaPort } from '../ports.ts';
import { text, topicOn, until } from './port-kit.fixture.ts';

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

    it('asks where to read from, telling where partitions start and end', async () => {
      const topic = await topicOn(port, 'asked', 2);
      const producer = await port.producer();
      await producer.send(
        Array.from({ length: 4 }, (_none, at) => ({ topic, partition: 1, key: 'k', value: Buffer.from(`${at}`) })),
      );
      const asked: unknown[] = [];
      const seen: string[] = [];
      const reader = await port.read({
        topic,
        partitions: [0, 1],
        from: async (ends) => {
          asked.push([...ends].sort());
          await new Promise((resolve) => setTimeout(resolve, 20));
          return new Map([[1, 3]]);
        },
        onRecords: (records) => void seen.push(...records.map(text)),
      });
      await reader.done;
      expect(seen).toEqual(['3']);
      expect(asked).toEqual([
        [
          [0, { start: 0, end: 0 }],
          [1, { start: 0, end: 4 }],
        ],
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
