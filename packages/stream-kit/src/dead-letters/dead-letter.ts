import { deadLettersOf, type ErrorCode, headers, KairosError, type TopicName } from '@kairos/contracts';
import type { IncomingRecord, OutgoingRecord } from '../ports.ts';

export interface DeadLetterReason {
  readonly code: ErrorCode;
  /** A sentence with field, value and remedy; no personal data. */
  readonly reason: string;
  readonly attempts: number;
  /** When it was given up, UTC ms. */
  readonly atMs: number;
}

/** What a refusal is called on the letter; any other fault is a step that failed. */
const CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'RECORD_UNDECODABLE',
  'RECORD_INVALID',
  'EVENT_NONCONFORMING',
  'IDENTITY_CONTRADICTED',
  'TOO_MANY_HOPS',
]);

/** What to write on the letter for an error. */
export const reasonOf = (
  error: unknown,
  about: { readonly attempts: number; readonly atMs: number },
): DeadLetterReason => ({
  code: error instanceof KairosError && CODES.has(error.code) ? error.code : 'STEP_FAILED',
  reason: error instanceof Error ? error.message : String(error),
  ...about,
});

/** The letter: the original bytes and headers, and beside them where it came from and why it was given up. */
export function toDeadLetter(record: IncomingRecord, why: DeadLetterReason): OutgoingRecord {
  return {
    topic: deadLettersOf(record.topic as TopicName),
    // Not by key: a foreign partitioner may have put it elsewhere, and the letter lies where the record lay.
    partition: record.partition,
    key: record.key,
    value: record.value,
    headers: {
      ...record.headers,
      [headers.deadCode]: why.code,
      [headers.deadReason]: why.reason.slice(0, 2_000),
      [headers.deadTopic]: record.topic,
      [headers.deadPartition]: String(record.partition),
      [headers.deadOffset]: String(record.offset),
      [headers.deadAttempts]: String(why.attempts),
      [headers.deadAtMs]: String(why.atMs),
    },
  };
}
