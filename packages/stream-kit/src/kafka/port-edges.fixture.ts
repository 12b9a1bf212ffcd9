import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { IncomingRecord, KafkaPort } from '../ports.ts';
import { collect, fresh, text, topicOn, until } from './port-kit.fixture.ts';

const readAll = async (port: KafkaPort, topic: string): Promise<IncomingRecord[]> => {
  const records: IncomingRecord[] = [];
  const reader = await port.read({ topic, partitions: [0], onRecords: (more) => void records.push(...more) });
  await reader.done;
  return records;
};

const gate = (): { readonly opened: Promise<void>; open(): void } => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
};

const nap = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What every Kafka port must hold when things are uncommon: bytes of all sorts, refusals, losses, endings. */
export const portEdges = (name: string, open: () => Promise<KafkaPort>): void => {
  describe(`a Kafka port at its edges: ${name}`, () => {
    let port: KafkaPort;
    beforeAll(async () => {
      port = await open();
    });
    afterAll(() => port.close());

    it('carries keys, values and headers as bytes, whatever they hold', async () => {
      const topic = await topicOn(port, 'bytes', 1);
      const producer = await port.producer();
      const all = Buffer.from(Array.from({ length: 256 }, (_none, at) => at));
      const long = 'ü'.repeat(5_000);
      await producer.send([
        { topic, partition: 0, key: all, value: all, headers: { raw: all, empty: Buffer.alloc(0), wörter: 'Grüße' } },
        { topic, partition: 0, key: long, value: Buffer.alloc(0), headers: { long } },
        { topic, partition: 0, key: '', value: Buffer.alloc(20_000, 7) },
      ]);
      const [first, second, third] = await readAll(port, topic);
      expect([first?.key, first?.value, first?.headers.raw]).toEqual([all, all, all]);
      expect([first?.headers.empty?.length, first?.headers.wörter?.toString()]).toEqual([0, 'Grüße']);
      expect([second?.key?.toString(), second?.value?.length, second?.headers.long?.toString()]).toEqual([
        long,
        0,
        long,
      ]);
      expect([third?.key?.length, third?.value?.length, Object.keys(third?.headers ?? {}).length]).toEqual([
        0, 20_000, 0,
      ]);
      await producer.close();
    });

    it('refuses what names no topic, or no partition of it, and goes on', async () => {
      const topic = await topicOn(port, 'known', 2);
      const producer = await port.producer();
      const value = Buffer.from('x');
      await expect(producer.send([{ topic: fresh('unknown'), key: 'k', value }])).rejects.toThrow();
      await expect(producer.send([{ topic: fresh('unknown'), partition: 0, key: 'k', value }])).rejects.toThrow();
      await expect(producer.send([{ topic, partition: 2, key: 'k', value }])).rejects.toThrow();
      await expect(producer.send([{ topic, partition: 1, key: 'k', value }])).resolves.toMatchObject([{ offset: 0 }]);
      await expect(
        port.read({ topic: fresh('unknown'), partitions: [0], onRecords: () => undefined }),
      ).rejects.toThrow();
      await producer.close();
    }, 60_000);

    it('acknowledges before it closes what was sent before it was closed', async () => {
      const topic = await topicOn(port, 'drain', 1);
      const producer = await port.producer({ lingerMs: 10_000 });
      const sent = producer.send([{ topic, partition: 0, key: 'k', value: Buffer.from('waiting') }]);
      await nap(20);
      await producer.close();
      expect(await sent).toMatchObject([{ offset: 0 }]);
      await expect(producer.send([{ topic, partition: 0, key: 'k', value: null }])).rejects.toThrow();
      expect((await readAll(port, topic)).map(text)).toEqual(['waiting']);
    });

    it('reads each record once and in order while its handler takes its time, and none after one that failed', async () => {
      const topic = await topicOn(port, 'slow', 3);
      const producer = await port.producer();
      const total = [40, 10, 25];
      // More than one answer of the broker holds, and not as much in each partition.
      for (const [partition, count] of total.entries()) {
        for (let at = 0; at < count; at += 1) {
          await producer.send([{ topic, partition, key: String(at), value: Buffer.alloc(100_000, at) }]);
        }
      }
      const seen: number[][] = [[], [], []];
      let isBusy = false;
      const read = async (failAfter: number): Promise<void> => {
        for (const offsets of seen) offsets.length = 0;
        const reader = await port.read({
          topic,
          partitions: [0, 1, 2],
          onRecords: async (records) => {
            expect(isBusy).toBe(false);
            isBusy = true;
            await nap(30);
            for (const { partition, offset, key, value } of records) {
              expect([key?.toString(), value?.[0]]).toEqual([String(offset), offset]);
              seen[partition]?.push(offset);
            }
            isBusy = false;
            if (seen.flat().length >= failAfter) throw new Error('no more');
          },
        });
        await reader.done;
      };
      await read(Number.POSITIVE_INFINITY);
      expect(seen).toEqual(total.map((count) => Array.from({ length: count }, (_none, at) => at)));
      await expect(read(12)).rejects.toThrow('no more');
      const before = seen.flat().length;
      await nap(200);
      expect(seen.flat().length).toBe(before);
      await producer.close();
    }, 60_000);

    it('ends a batch under way before a consumer closes, and commits it', async () => {
      const topic = await topicOn(port, 'close', 1);
      const group = fresh('group');
      const producer = await port.producer();
      const slow = gate();
      let begun = 0;
      const member = await collect(
        port,
        { groupId: group, topic },
        {
          onBatch: () => {
            begun += 1;
            return slow.opened;
          },
        },
      );
      await producer.send([0, 1, 2].map((at) => ({ topic, partition: 0, key: 'k', value: Buffer.from(String(at)) })));
      await until('the batch', () => begun > 0);
      let closed = false;
      const closing = member.consumer.close().then(() => {
        closed = true;
      });
      await nap(100);
      expect(closed).toBe(false);
      slow.open();
      await closing;
      expect([...(await port.groupOffsets(group, topic)).values()]).toEqual([member.records.length]);
      expect(member.records.length).toBeGreaterThan(0);
      await producer.close();
    });

    it('commits nothing for a partition that was lost while it was worked on', async () => {
      const topic = await topicOn(port, 'lost', 2);
      const group = fresh('group');
      const producer = await port.producer();
      const slow = gate();
      const still = gate();
      const held: number[] = [];
      const first = await collect(
        port,
        { groupId: group, topic },
        {
          start: () => 0,
          onBatch: (records) => {
            held.push(records[0]?.partition ?? -1);
            return slow.opened;
          },
        },
      );
      await until('both', () => first.assigned.size === 2);
      await producer.send([0, 1].map((partition) => ({ topic, partition, key: 'k', value: Buffer.from('x') })));
      await until('both at work', () => held.length === 2);
      // The second member takes one over and holds its hands still: its group offset must stay unset.
      const second = await collect(port, { groupId: group, topic }, { start: () => 0, onBatch: () => still.opened });
      await until('one each', () => first.assigned.size === 1 && second.assigned.size === 1, 40_000);
      slow.open();
      const [kept = ''] = first.assigned;
      const keptPartition = Number(kept.slice(kept.lastIndexOf('/') + 1));
      await until('the commit of the kept one', async () => (await port.groupOffsets(group, topic)).has(keptPartition));
      await nap(600);
      expect(await port.groupOffsets(group, topic)).toEqual(new Map([[keptPartition, 1]]));
      expect(first.errors).toEqual([]);
      still.open();
      await Promise.all([first.consumer.close(), second.consumer.close()]);
      await producer.close();
    }, 90_000);

    it('tells who shares the partitions of a group, and nobody where nobody is', async () => {
      const topic = await topicOn(port, 'members', 3);
      const group = fresh('group');
      expect(await port.groupMembers(group)).toEqual([]);
      const first = await collect(port, { groupId: group, topic });
      const second = await collect(port, { groupId: group, topic });
      await until('a share for each', () => first.assigned.size > 0 && second.assigned.size > 0, 40_000);
      await until('all partitions shared', () => first.assigned.size + second.assigned.size === 3);
      const members = await port.groupMembers(group);
      const shares = members.map(({ partitions }) => partitions.map((one) => `${one.topic}/${one.partition}`).sort());
      expect(shares.sort()).toEqual([[...first.assigned].sort(), [...second.assigned].sort()].sort());
      expect(new Set(members.map(({ memberId }) => memberId)).size).toBe(2);
      await Promise.all([first.consumer.close(), second.consumer.close()]);
    }, 90_000);

    it('tells with each batch where its log ends, so that lag can be known', async () => {
      const topic = await topicOn(port, 'lag', 1);
      const producer = await port.producer();
      await producer.send(
        [0, 1, 2, 3].map((at) => ({ topic, partition: 0, key: 'k', value: Buffer.from(String(at)) })),
      );
      const ends: number[] = [];
      let read = 0;
      const consumer = await port.consumer({
        groupId: fresh('group'),
        topics: [topic],
        handlers: {
          assigned: async () => new Map([[`${topic}/0`, 'earliest' as const]]),
          revoked: async () => undefined,
          batch: async (records, { highWatermark }) => {
            read += records.length;
            ends.push(highWatermark);
          },
          failed: () => undefined,
        },
      });
      await until('all', () => read === 4);
      expect(ends.at(-1)).toBe(4);
      expect((await port.offsets(topic)).get(0)).toEqual({ start: 0, end: 4 });
      await consumer.close();
      await producer.close();
    });

    // The broker writes the log anew in the topic's codec, with Java's libraries: what a foreign producer would send.
    it.each(['gzip', 'snappy', 'lz4', 'zstd'])('reads what was compressed with %s', async (codec) => {
      const topic = fresh(codec);
      const config = { 'compression.type': codec, 'message.timestamp.type': 'LogAppendTime' };
      await port.createTopics([{ name: topic, partitions: 1, config }]);
      const producer = await port.producer();
      const texts = Array.from({ length: 300 }, (_none, at) => `${codec} ${at} `.repeat(1 + (at % 40)));
      await producer.send(
        texts.map((one) => ({ topic, partition: 0, key: 'k', value: Buffer.from(one), headers: { h: codec } })),
      );
      const member = await collect(port, { groupId: fresh('group'), topic }, { start: () => 150 });
      expect((await readAll(port, topic)).map(text)).toEqual(texts);
      await until('the second half', () => member.records.length === 150);
      expect(member.records.map(({ offset }) => offset)).toEqual(Array.from({ length: 150 }, (_none, at) => 150 + at));
      expect(member.records.map(text)).toEqual(texts.slice(150));
      expect(member.records.every(({ headers }) => headers.h?.toString() === codec)).toBe(true);
      await member.consumer.close();
      await producer.close();
    });
  });
};
