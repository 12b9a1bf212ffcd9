import { beforeEach, describe, expect, it } from '@jest/globals';
import { type EnrichedRecord, enrichedRecord, type Origin } from '@kairos/contracts';
import { until } from '../kafka/port-kit.fixture.ts';
import { createWalkTopics } from '../kafka/walk-topics.ts';
import { type MemoryKafka, memoryKafka } from '../memory/memory-kafka.ts';
import { partitionOf } from '../partition-of.ts';
import type { RecordProducer } from '../ports.ts';
import { memorySerde } from '../serde/memory-serde.ts';
import { type FollowProgress, followPerson } from './follow-person.ts';

const PARTITIONS = 3;
const ADA = 'user:ada';
const serde = memorySerde();
const partition = partitionOf(ADA, PARTITIONS);

const waiting = (personId: string, keys: number, offset?: number): EnrichedRecord => {
  const origin: Origin | null =
    offset === undefined ? null : { topic: 'events.identified', partition, offset, number: 0 };
  return { ...enrichedRecord({ waiting: { personId, keys } }), origin };
};
const time = (timeMs: number): EnrichedRecord => enrichedRecord({ time: { timeMs } });
const marker = (playbookOffset: number): EnrichedRecord =>
  enrichedRecord({ marker: { playbookOffset, version: `v${playbookOffset}` } });

let kafka: MemoryKafka;
let producer: RecordProducer;
let told: string[];
let progress: FollowProgress | undefined;

const append = (key: string, value: EnrichedRecord | Buffer, headers = {}) =>
  producer.send([
    {
      topic: 'events.enriched',
      partition,
      key,
      value: Buffer.isBuffer(value) ? value : serde.encode('events.enriched', value),
      headers,
    },
  ]);

const follow = (isLive: boolean) =>
  followPerson<string>({
    kafka,
    serde,
    playbooks: { at: (offset) => `playbook ${offset}`, readTo: async () => {} },
    personId: ADA,
    follow: isLive,
    onRecord: ({ waiting: record }, { playbook, timeMs }) => {
      if (record?.keys === 13) throw new Error('cannot be dealt with');
      told.push(`${record?.keys} under ${playbook ?? 'nothing'} at ${timeMs}`);
    },
    onTime: ({ timeMs }) => told.push(`time ${timeMs}`),
    onPlaybook: ({ playbook }) => told.push(`switch to ${playbook}`),
    onProgress: (at) => {
      progress = at;
    },
    onCaughtUp: () => told.push('caught up'),
  });

beforeEach(async () => {
  [told, progress] = [[], undefined];
  kafka = memoryKafka();
  await createWalkTopics(kafka, { partitions: PARTITIONS });
  producer = await kafka.producer();
});

describe('a person is followed', () => {
  it('through their own records, time and playbooks, and nobody else’s', async () => {
    await append(ADA, waiting(ADA, 1));
    await append('marker', marker(4));
    await append('time', time(1_000));
    await append('user:bob', waiting('user:bob', 2));
    await append(ADA, waiting(ADA, 3));
    await (await follow(false)).done;
    expect(told).toEqual([
      '1 under nothing at -1',
      'switch to playbook 4',
      'time 1000',
      '3 under playbook 4 at 1000',
      'caught up',
    ]);
    expect(progress).toEqual({ partition, startOffset: 0, nextOffset: 5, endOffset: 5 });
  });

  it('without repeats: what a crash wrote again, time that stands still, markers that came before', async () => {
    await append(ADA, waiting(ADA, 1, 7));
    await append(ADA, waiting(ADA, 1, 7));
    await append(ADA, waiting(ADA, 2, 8));
    await append(ADA, waiting(ADA, 1, 7), { 'kairos-replayed': '0/0' });
    for (const one of [time(5), time(5), time(4), marker(2), marker(1), marker(2)]) await append('all', one);
    await (await follow(false)).done;
    expect(told.filter((one) => one !== 'caught up')).toEqual([
      '1 under nothing at -1',
      '2 under nothing at -1',
      '1 under nothing at -1',
      'time 5',
      'switch to playbook 2',
    ]);
  });

  it('past what cannot be read or dealt with, as the detector sets it aside', async () => {
    await append(ADA, Buffer.from('no Avro'));
    await append(ADA, waiting(ADA, 13));
    await append(ADA, waiting(ADA, 2));
    await (await follow(false)).done;
    expect(told).toEqual(['2 under nothing at -1', 'caught up']);
  });

  it('live, until it is closed', async () => {
    const reader = await follow(true);
    await until('the end', () => told.includes('caught up'));
    await append(ADA, waiting(ADA, 1));
    await until('the record', () => told.length === 2);
    await reader.close();
    await append(ADA, waiting(ADA, 2));
    expect(told).toEqual(['caught up', '1 under nothing at -1']);
  });
});
