import { type EnrichedRecord, headers as headerNames } from '@kairos/contracts';
import { partitionOf, type Serde } from '@kairos/stream-kit';
import kafkajs, { type Message } from 'kafkajs';
import type { PublishedPlaybook } from '../../kit/publish-playbook.ts';
import { enrichedRecord } from '../../kit/samples.ts';
import { originOf, PatchedValues } from './patched-values.ts';
import { EVENTS_PER_TICK, personOf, type ShopSize, shopEvents, timeOf } from './shop.ts';

export const INPUT = 'events.enriched';
export const PARTITIONS = 4;
/** Records in one request. */
const PER_REQUEST = 4_000;

/** How many records the topic of a size has: markers, events, and time. */
export const recordsOf = ({ events }: ShopSize): number =>
  events + PARTITIONS * (1 + Math.ceil(events / EVENTS_PER_TICK));

/** A record of the topic, as it is written. */
export interface FilledRecord {
  readonly partition: number;
  readonly key: string;
  readonly value: Buffer;
  readonly atMs: number;
}

/**
 * The records of `events.enriched` as enrich would have written them: a marker, then the events of a shop's day, and time
 * in every partition after each thousand.
 */
export function* enrichedRecords(serde: Serde, playbook: PublishedPlaybook, size: ShopSize): Generator<FilledRecord> {
  const values = new PatchedValues(serde, PARTITIONS);
  // Per partition: how many records it has, which is also the origin of the next.
  const counts = new Array<number>(PARTITIONS).fill(0);
  const numberIn = (partition: number): number => {
    const number = counts[partition] ?? 0;
    counts[partition] = number + 1;
    return number;
  };
  const inAll = (atMs: number, body: Pick<Partial<EnrichedRecord>, 'time' | 'marker'>): FilledRecord[] =>
    counts.map((_count, partition) => {
      const value = enrichedRecord({ origin: originOf(partition, numberIn(partition)), ...body });
      return { partition, key: '', value: serde.encode(INPUT, value), atMs };
    });
  yield* inAll(timeOf(0, size), { marker: playbook });
  for (const event of shopEvents(size)) {
    const key = personOf(event.customer);
    const { atMs, number } = event;
    const partition = partitionOf(key, PARTITIONS);
    const value = values.make(event, key, { partition, originNumber: numberIn(partition) });
    yield { partition, key, value, atMs };
    const isLast = number === size.events - 1;
    if (isLast || number % EVENTS_PER_TICK === EVENTS_PER_TICK - 1) yield* inAll(atMs, { time: { timeMs: atMs } });
  }
}

export interface FillOptions {
  readonly brokers: string;
  readonly serde: Serde;
  readonly playbook: PublishedPlaybook;
  readonly size: ShopSize;
}

export interface Filled {
  readonly records: number;
  readonly valueBytes: number;
  readonly seconds: number;
}

/**
 * Fills `events.enriched`, one request under way while the next is being made. The log's timestamps are those of the events
 * (CreateTime), because Kafka Streams tells the time by them; the topic must therefore keep records for ever.
 */
export const fillTopic = async ({ brokers, serde, playbook, size }: FillOptions): Promise<Filled> => {
  const startedMs = performance.now();
  const client = new kafkajs.Kafka({ clientId: 'bench-fill', brokers: brokers.split(','), logLevel: 1 });
  const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  const headers = { [headerNames.source]: 'profile-enricher', [headerNames.playbook]: playbook.version };
  let records = 0;
  let valueBytes = 0;
  let messages: Message[] = [];
  let sending: Promise<unknown> = Promise.resolve();
  const flush = async (): Promise<void> => {
    await sending;
    sending = producer.sendBatch({ acks: -1, topicMessages: [{ topic: INPUT, messages }] });
    // It is awaited before the next; until then nobody else would see it fail.
    sending.catch(() => undefined);
    messages = [];
  };
  for (const { partition, key, value, atMs } of enrichedRecords(serde, playbook, size)) {
    records += 1;
    valueBytes += value.length;
    messages.push({ partition, key, value, timestamp: String(atMs), headers });
    if (messages.length >= PER_REQUEST) await flush();
  }
  if (messages.length > 0) await flush();
  await sending;
  await producer.disconnect();
  return { records, valueBytes, seconds: (performance.now() - startedMs) / 1_000 };
};
