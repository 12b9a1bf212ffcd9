import { randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { beforeAll, describe, expect } from '@jest/globals';
import { DEFAULT_PARTITIONS } from '@kairos/contracts';
import { partitionOf } from '@kairos/stream-kit';
import { eventually, readHouse, timelineOf, unique } from './kit/house.ts';
import { mailsTo } from './kit/mailbox.ts';
import { installForeignClient, itWithPython, orderForeignClient } from './kit/python.ts';

/** An id that librdkafka and Java put on different partitions: most are, this one for sure. */
function misplacedId(): string {
  for (;;) {
    const id = unique('foreign');
    if (crc32(id) % DEFAULT_PARTITIONS !== partitionOf(id, DEFAULT_PARTITIONS)) return id;
  }
}

const userId = misplacedId();
const address = `${userId}@example.com`;

const eventOf = (event: Record<string, unknown>) => ({
  messageId: randomUUID(),
  userId,
  occurredAtMs: Date.now(),
  receivedAtMs: Date.now(),
  source: 'server',
  sourceKind: 'server',
  ...event,
});

const addresses = () => {
  const { kafka, registry } = readHouse();
  return { brokers: kafka, registry };
};

beforeAll(() => installForeignClient(), 180_000);

describe('a foreign Avro client, Confluent’s for Python with its default partitioner', () => {
  itWithPython(
    'produces events of its own, which lead to a message',
    async () => {
      const value = [
        eventOf({
          type: 'identify',
          name: 'Identified',
          traits: JSON.stringify({ email: address, firstName: 'Guido' }),
        }),
        eventOf({
          type: 'track',
          name: 'Order Completed',
          properties: JSON.stringify({ total: 31.4, order_id: `o-${userId}` }),
        }),
      ];
      const { landed } = await orderForeignClient<{ landed: readonly { partition: number }[] }>({
        do: 'produce',
        ...addresses(),
        topic: 'events.collected',
        records: value.map((one) => ({ key: userId, value: one })),
      });
      expect(landed).toHaveLength(2);
      // On another partition than any of ours would have chosen: the walk has to bring them home.
      for (const { partition } of landed) expect(partition).not.toBe(partitionOf(userId, DEFAULT_PARTITIONS));
      const [mail] = await eventually('the welcome mail', async () => {
        const mails = await mailsTo(address);
        return mails.length > 0 && mails;
      });
      expect(mail?.subject).toBe('Thank you for your first order, Guido');
      // The mail does not wait for the timeline.
      const events = await eventually('both events on the timeline', async () => {
        const found = (await timelineOf(`user:${userId}`)).filter((entry) => entry.kind === 'event');
        return found.length >= 2 && found;
      });
      expect(events.map(({ title }) => title).sort()).toEqual(['Identified', 'Order Completed']);
    },
    60_000,
  );

  itWithPython(
    'reads what came in, what was noticed and what was decided, with the schemas of the registry',
    async () => {
      const person = { field: 'personId', value: `user:${userId}` };
      const { found } = await orderForeignClient<{ found: Record<string, readonly Record<string, unknown>[]> }>({
        do: 'read',
        ...addresses(),
        topics: {
          'events.collected': { field: 'userId', value: userId },
          'triggers.detected': person,
          'messages.decided': person,
        },
        timeoutMs: 60_000,
      });
      expect(found['events.collected']?.[0]).toMatchObject({ userId, source: 'server' });
      expect(found['triggers.detected']?.[0]).toMatchObject({ triggerId: 'welcome', outcome: 'fired' });
      expect(found['messages.decided']?.[0]).toMatchObject({
        messageId: 'welcome-mail',
        fate: 'chosen',
        channel: 'email',
      });
    },
    90_000,
  );
});
