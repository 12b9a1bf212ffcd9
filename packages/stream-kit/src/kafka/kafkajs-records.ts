import type { IHeaders, KafkaMessage } from 'kafkajs';
import type { IncomingRecord } from '../ports.ts';

const NO_HEADERS: Readonly<Record<string, Buffer>> = Object.freeze({});

const toHeaders = (headers: IHeaders | undefined): Readonly<Record<string, Buffer>> => {
  if (headers === undefined) return NO_HEADERS;
  const names = Object.keys(headers);
  if (names.length === 0) return NO_HEADERS;
  const kept: Record<string, Buffer> = {};
  for (const name of names) {
    const value = headers[name];
    // A header that comes twice: the last one counts, as in Java's `lastHeader`.
    const last = Array.isArray(value) ? value[value.length - 1] : value;
    if (last !== undefined) kept[name] = typeof last === 'string' ? Buffer.from(last) : last;
  }
  return kept;
};

/** A record of kafkajs as the port shows it. */
export const toIncoming = (topic: string, partition: number, message: KafkaMessage): IncomingRecord => ({
  topic,
  partition,
  offset: Number(message.offset),
  logTimeMs: Number(message.timestamp),
  key: message.key,
  value: message.value,
  headers: toHeaders(message.headers),
});
