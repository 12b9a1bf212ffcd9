import { type Fields, headers, KairosError, type TopicName, type TopicValues } from '@kairos/contracts';
import type { IncomingRecord, Serde } from './ports.ts';
import type { InputRecord } from './task-types.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const undecodable = (record: IncomingRecord, cause: unknown): KairosError =>
  cause instanceof KairosError
    ? cause
    : new KairosError('RECORD_UNDECODABLE', `a record of ${record.topic} could not be decoded`, { cause });

/** How records of a topic are decoded. */
export interface Decoding {
  readonly serde: Serde;
  readonly fields?: Fields | undefined;
  onOutage(error: KairosError): void;
}

/**
 * Decodes a record, waiting out an absent registry for as long as it takes: that is an outage and not the record's
 * fault. Throws RECORD_UNDECODABLE for what no waiting heals. Synchronous once the writer's schema is known.
 */
export const decodeRecord = <T extends TopicName>(
  topic: T,
  record: IncomingRecord,
  { serde, onOutage, fields }: Decoding,
): TopicValues[T] | Promise<TopicValues[T]> => {
  if (record.value === null) throw new KairosError('RECORD_UNDECODABLE', `a record of ${record.topic} has no value`);
  let decoded: TopicValues[T] | Promise<TopicValues[T]>;
  try {
    decoded = serde.decode(topic, record.value, fields);
  } catch (error) {
    throw undecodable(record, error);
  }
  return decoded instanceof Promise ? decodeSlowly(topic, decoded, { record, serde, fields, onOutage }) : decoded;
};

/** Apart, so that no closure is made for a record that is decoded at once. */
const decodeSlowly = <T extends TopicName>(
  topic: T,
  first: Promise<TopicValues[T]>,
  { record, serde, fields, onOutage }: Decoding & { readonly record: IncomingRecord },
): Promise<TopicValues[T]> =>
  waitOut(first, () => serde.decode(topic, record.value ?? Buffer.alloc(0), fields), { record, onOutage });

const waitOut = async <V>(
  first: Promise<V>,
  again: () => V | Promise<V>,
  { record, onOutage }: { readonly record: IncomingRecord; onOutage(error: KairosError): void },
): Promise<V> => {
  let asked: Promise<V> | V = first;
  for (let waitMs = 100; ; waitMs = Math.min(waitMs * 2, 5_000)) {
    try {
      return await asked;
    } catch (error) {
      if (!(error instanceof KairosError) || error.code !== 'SCHEMA_UNAVAILABLE') throw undecodable(record, error);
      onOutage(error);
      await pause(waitMs);
      asked = again();
    }
  }
};

/** A record as a task meets it. */
export const inputOf = <R>(record: IncomingRecord, value: R): InputRecord<R> => ({
  offset: record.offset,
  logTimeMs: record.logTimeMs,
  value,
  traceparent: record.headers[headers.traceparent]?.toString('latin1'),
  replayed: record.headers[headers.replayed] !== undefined,
});
