import { createHash } from 'node:crypto';
import { type Fields, headers, type Origin, type TopicName } from '@kairos/contracts';
import type { IncomingRecord, KafkaPort, Serde } from '@kairos/stream-kit';

/** The house's log, opened for a run. */
export interface OpenLog {
  readonly kafka: KafkaPort;
  readonly serde: Serde;
}

/** A decoded record, whatever its topic: every value of the walk may carry an origin. */
export interface LogEntry {
  readonly record: IncomingRecord;
  readonly value: { readonly origin?: Origin | null } & Readonly<Record<string, unknown>>;
}

export const keyText = (record: IncomingRecord): string => record.key?.toString('utf8') ?? '';

export const traceparentOf = (record: IncomingRecord): string | undefined =>
  record.headers[headers.traceparent]?.toString('utf8');

/** What a record says, in short: equal digests mean equal bytes. */
export const digestOf = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('base64');

/** Where a record comes from, and no more. */
export const ORIGIN_ONLY: Fields = { origin: true };

/**
 * Reads a topic from its start to where it ends now: each partition in the order of its log. With `fields` the others are
 * not decoded.
 */
export async function readTopic(
  { kafka, serde }: OpenLog,
  topic: TopicName,
  take: ((entry: LogEntry) => void) | { readonly fields: Fields; onEntry(entry: LogEntry): void },
): Promise<void> {
  const { fields, onEntry } = typeof take === 'function' ? { fields: undefined, onEntry: take } : take;
  const partitions = Array.from({ length: await kafka.partitionCount(topic) }, (_none, partition) => partition);
  const reader = await kafka.read({
    topic,
    partitions,
    onRecords: async (records) => {
      for (const record of records) {
        if (record.value === null) continue;
        const decoded = serde.decode(topic, record.value, fields);
        const value = (decoded instanceof Promise ? await decoded : decoded) as unknown as LogEntry['value'];
        onEntry({ record, value });
      }
    },
  });
  await reader.done;
}

interface Named {
  readonly messageId?: string;
  readonly candidateId?: string;
  readonly firingId?: string;
  readonly event?: Named | null;
}

/** The id of what a record effects, by its topic; '' where it has none of its own (time, markers). */
export function effectOf(topic: TopicName, value: object): string {
  const body = value as Readonly<Record<string, Named | string | number | null | undefined>>;
  const inner = (name: string): Named | null => (body[name] as Named | null | undefined) ?? null;
  switch (topic) {
    case 'events.collected':
      return `event ${String(body['messageId'])}`;
    case 'events.identified':
    case 'events.enriched': {
      const event = inner('event');
      return event === null ? '' : `event ${event.messageId ?? event.event?.messageId ?? ''}`;
    }
    case 'triggers.detected':
      return `firing ${String(body['firingId'])} ${String(body['outcome'])} ${String(body['code'])} ${JSON.stringify(body['causes'])}`;
    case 'messages.proposed': {
      const proposal = inner('proposal');
      return proposal === null ? '' : `proposal ${proposal.candidateId ?? ''}`;
    }
    case 'messages.chosen': {
      const message = inner('message');
      return message === null ? '' : `message ${message.candidateId ?? ''}`;
    }
    case 'messages.decided':
      return `decision ${String(body['decisionId'])}`;
    default:
      return '';
  }
}
