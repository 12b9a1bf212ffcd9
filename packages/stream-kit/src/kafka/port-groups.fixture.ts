import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { IncomingRecord, KafkaPort } from '../ports.ts';
import { collect, fresh, text, topicOn, until } from './port-kit.fixture.ts';

/** What every Kafka port must hold for the members of a group. */
export const portGroups = (name: string, open: () => Promise<KafkaPort>): void => {
  describe(`groups of a Kafka port: ${name}`, () => {
    let port: KafkaPort;
    beforeAll(async () => {
      port = await open();
    });
    afterAll(() => port.close());

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

    it('tells a member for which nothing is left that it has none', async () => {
      const topic = await topicOn(port, 'none', 1);
      const groupId = fresh('group');
      const one = await collect(port, { groupId, topic });
      await until('the only one', () => one.assigned.size === 1);
      const two = await collect(port, { groupId, topic });
      await until('an assignment of none', () => two.assignments.length > 0, 40_000);
      expect(two.assignments).toEqual([0]);
      expect(one.assignments).toEqual([1]);
      for (const { consumer } of [two, one]) await consumer.close();
    }, 60_000);

    it('takes away and gives anew what stayed through a rebalance, where it is doubted', async () => {
      const topic = await topicOn(port, 'doubt', 2);
      const groupId = fresh('group');
      const producer = await port.producer();
      const one = await collect(port, { groupId, topic }, { start: () => 0, doubts: () => true });
      await producer.send(
        [0, 1].map((partition) => ({ topic, partition, key: 'k', value: Buffer.from(`${partition}`) })),
      );
      await until('both', () => one.records.length === 2);
      const two = await collect(port, { groupId, topic }, { start: () => 0 });
      await until('one each', () => one.assigned.size === 1 && two.assigned.size === 1, 40_000);
      await until('it again, from where the answer says', () => one.records.length === 3);
      const [stayed = ''] = one.assigned;
      expect(one.records.map(text).at(-1)).toBe(stayed.at(-1));
      expect(one.assignments).toEqual([2, 1]);
      for (const { consumer } of [two, one]) await consumer.close();
      await producer.close();
    }, 60_000);

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
  });
};
