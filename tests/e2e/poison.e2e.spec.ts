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
  const encoded = (event: CollectedEvent): Buffer => log.serde.encode('events.collected', event);
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
    link: null,
    origin: null,
    ...more,
  });

  it('goes to the dead letters with its reason, and its partition moves on', async () => {
    const nobody = eventOf('', { userId: null });
    const poisons = [
      { bytes: Buffer.from('this is no Avro'), code: 'RECORD_UNDECODABLE', reason: 'zero byte' },
      { bytes: unknownSchema, code: 'RECORD_UNDECODABLE', reason: 'does not know' },
      { bytes: encoded(eventOf('half')).subarray(0, 30), code: 'RECORD_UNDECODABLE', reason: 'no valid Avro' },
      { bytes: encoded(nobody), code: 'RECORD_INVALID', reason: 'anonymousId' },
    ].map((poison) => ({ ...poison, userId: unique('poisoned') }));
    const landed = await producer.send(
      poisons.map(({ bytes, userId }) => {
        const partition = partitionOf(userId, partitions);
        return { topic: 'events.collected', partition, key: userId, value: bytes };
      }),
    );
    for (const { userId } of poisons) {
      await sendCall('track', { userId, event: 'After The Poison' });
      await arrives(userId, 'After The Poison');
    }
    for (const [at, { code, reason }] of poisons.entries()) {
      const { partition, offset } = landed[at] ?? {};
      const letter = await letterWith(reason, (one) => one.partition === partition && one.offset === offset);
      expect(letter).toMatchObject({ code, topic: 'events.collected', reason: expect.stringContaining(reason) });
      if (at > 0) continue;
      const shown = JSON.parse((await kairos(['dead-letters', 'show', letter.id])).stdout) as Record<string, unknown>;
      const undecodable = poisons[0]?.bytes.toString('base64');
      expect(shown).toMatchObject({ key: poisons[0]?.userId, value: { undecodable } });
    }
  }, 90_000);

  it('what died of a fault that is gone by now can be replayed, and takes effect once', async () => {
    const userId = unique('replayed');
    const value = encoded(eventOf(userId));
    const because = {
      [headers.deadTopic]: 'events.collected',
      [headers.deadPartition]: '0',
      [headers.deadOffset]: String(Date.now()),
      [headers.deadCode]: 'STEP_FAILED',
      [headers.deadReason]: `a fault of yesterday (${userId})`,
    };
    await producer.send([{ topic: deadLettersOf('events.collected'), key: userId, value, headers: because }]);
    const letter = await letterWith('yesterday', ({ reason }) => reason.includes(userId));
    // Twice, as by a hand that is not sure.
    for (let time = 1; time <= 2; time++) {
      const replayed = await kairos(['dead-letters', 'replay', letter.id, letter.id, '--json']);
      expect([replayed.code, JSON.parse(replayed.stdout)]).toEqual([0, { replayed: [letter.id] }]);
    }
    await arrives(userId, 'Replayed');
    await sendCall('track', { userId, event: 'After The Replay' });
    await arrives(userId, 'After The Replay');
    expect((await timelineOf(`user:${userId}`)).filter(({ title }) => title === 'Replayed')).toHaveLength(1);
  }, 60_000);
});
