import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CollectedEvent, deadLettersOf, headers } from '@kairos/contracts';
import { partitionOf, type RecordProducer } from '@kairos/stream-kit';
import { arrives, letterWith } from './kit/dead-letters.ts';
import { kairos, openLog, sendCall, timelineOf, unique } from './kit/house.ts';

describe('a poisoned record on events.collected', () => {
  let log: Awaited<ReturnType<typeof openLog>>;
  let producer: RecordProducer;
  let partitions: number;
  beforeAll(async () => {
    log = await openLog();
    producer = await log.kafka.producer();
    partitions = await log.kafka.partitionCount('events.collected');
  }, 30_000);
  afterAll(async () => {
    await producer?.close();
    await log?.close();
  });

  const unknownSchema = Buffer.concat([
    Buffer.from([0]),
    Buffer.from([0x7f, 0xff, 0xff, 0xf0]),
    Buffer.from('anything'),
  ]);
  const eventOf = (userId: string, more: Partial<CollectedEvent> = {}): CollectedEvent => ({
    messageId: unique('m'),
    type: 'track',
    name: 'Replayed',
    anonymousId: null,
    userId,
    email: null,
    phone: null,
    occurredAtMs: Date.now(),
    receivedAtMs: Date.now(),
    originalTimestampMs: null,
    sentAtMs: null,
    properties: '{}',
    traits: '{}',
    context: '{}',
    source: 'server',
    sourceKind: 'server',
    backfill: false,
    candidateId: null,
    flags: [],
    rehomed: false,
    origin: null,
    ...more,
  });

  it.each([
    ['garbage', Buffer.from('this is no Avro'), 'RECORD_UNDECODABLE', 'zero byte'],
    ['a schema id that the registry does not know', unknownSchema, 'RECORD_UNDECODABLE', 'does not know'],
    ['half a record', null, 'RECORD_UNDECODABLE', 'no valid Avro'],
  ])(
    '%s goes to the dead letters with its reason, and its partition moves on',
    async (_, poison, code, reason) => {
      const userId = unique('poisoned');
      const value = poison ?? log.serde.encode('events.collected', eventOf(userId)).subarray(0, 30);
      const partition = partitionOf(userId, partitions);
      const [landed] = await producer.send([{ topic: 'events.collected', partition, key: userId, value }]);
      await sendCall('track', { userId, event: 'After The Poison' });
      await arrives(userId, 'After The Poison');
      const letter = await letterWith(
        'the poison',
        (one) => one.partition === partition && one.offset === landed?.offset,
      );
      expect(letter).toMatchObject({ code, topic: 'events.collected', reason: expect.stringContaining(reason) });
      const shown = JSON.parse((await kairos(['dead-letters', 'show', letter.id])).stdout) as Record<string, unknown>;
      expect(shown).toMatchObject({ key: userId, value: { undecodable: value.toString('base64') } });
    },
    60_000,
  );

  it('a record that nobody could have done is a dead letter, too, and says which field is missing', async () => {
    const value = log.serde.encode('events.collected', eventOf('', { userId: null }));
    const [landed] = await producer.send([{ topic: 'events.collected', key: 'nobody', value }]);
    const letter = await letterWith(
      'nobody',
      (one) => one.partition === landed?.partition && one.offset === landed.offset,
    );
    expect(letter).toMatchObject({ code: 'RECORD_INVALID', reason: expect.stringContaining('anonymousId') });
  }, 60_000);

  it('what died of a fault that is gone by now can be replayed, and takes effect once', async () => {
    const userId = unique('replayed');
    const value = log.serde.encode('events.collected', eventOf(userId));
    const because = {
      [headers.deadTopic]: 'events.collected',
      [headers.deadCode]: 'STEP_FAILED',
      [headers.deadReason]: `a fault of yesterday (${userId})`,
    };
    await producer.send([{ topic: deadLettersOf('events.collected'), key: userId, value, headers: because }]);
    const letter = await letterWith('yesterday', ({ reason }) => reason.includes(userId));
    for (let time = 0; time < 2; time += 1) {
      const replayed = await kairos(['dead-letters', 'replay', letter.id, '--json']);
      expect([replayed.code, JSON.parse(replayed.stdout)]).toEqual([0, { replayed: [letter.id] }]);
    }
    await arrives(userId, 'Replayed');
    await sendCall('track', { userId, event: 'After The Replay' });
    await arrives(userId, 'After The Replay');
    expect((await timelineOf(`user:${userId}`)).filter(({ title }) => title === 'Replayed')).toHaveLength(1);
  }, 60_000);
});
