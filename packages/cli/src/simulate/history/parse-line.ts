import type { CollectedEvent } from '@kairos/contracts';
import { collectCall, type SourceKind } from '../../playbook/collect.ts';
import type { HistoryEvent } from '../walk.ts';

/** The source that calls without one are taken to come from. */
export interface CallSource {
  readonly id: string;
  readonly kind: SourceKind;
}

/** A line of a file: a call of Segment's API, or an event as it lies on `events.collected`. Else a sentence of what is wrong. */
export function parseLine(line: string, source: CallSource): HistoryEvent | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return `is no JSON: ${line.slice(0, 60)}`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'is no JSON object';
  const fields = value as Readonly<Record<string, unknown>>;
  return 'occurredAtMs' in fields ? ofCollected(fields) : ofCall(fields, source);
}

const texts = ['messageId', 'type', 'name', 'properties', 'traits', 'context', 'source', 'sourceKind'] as const;

function ofCollected(fields: Readonly<Record<string, unknown>>): HistoryEvent | string {
  const missing = texts.find((name) => typeof fields[name] !== 'string');
  if (missing !== undefined) return `${missing} must be a text, as on events.collected`;
  const atMs = fields.occurredAtMs;
  if (typeof atMs !== 'number') return 'occurredAtMs must be a number: milliseconds, UTC';
  const event = { ...EMPTY, ...fields, receivedAtMs: atMs, rehomed: false, link: null, origin: null } as CollectedEvent;
  return { atMs, event };
}

const EMPTY: Partial<CollectedEvent> = {
  anonymousId: null,
  userId: null,
  email: null,
  phone: null,
  originalTimestampMs: null,
  sentAtMs: null,
  backfill: false,
  candidateId: null,
  flags: [],
};

function ofCall(call: Readonly<Record<string, unknown>>, { id, kind }: CallSource): HistoryEvent | string {
  const said = call.timestamp ?? call.originalTimestamp ?? call.sentAt;
  const atMs = typeof said === 'string' ? Date.parse(said) : typeof said === 'number' ? said : Number.NaN;
  if (Number.isNaN(atMs)) {
    return `timestamp is ${JSON.stringify(said) ?? 'missing'}: give the time of the event, such as "2026-05-01T09:00:00Z"`;
  }
  const event = collectCall(call, { sourceId: id, kind, atMs });
  return typeof event === 'string' ? event : { atMs, event };
}
