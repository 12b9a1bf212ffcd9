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

/** Spelled out: asked name by name it would cost as much as half of the parsing. */
const hasTexts = (fields: Readonly<Record<string, unknown>>): boolean =>
  typeof fields.messageId === 'string' &&
  typeof fields.type === 'string' &&
  typeof fields.name === 'string' &&
  typeof fields.properties === 'string' &&
  typeof fields.traits === 'string' &&
  typeof fields.context === 'string' &&
  typeof fields.source === 'string' &&
  typeof fields.sourceKind === 'string';

function ofCollected(fields: Readonly<Record<string, unknown>>): HistoryEvent | string {
  if (!hasTexts(fields)) {
    const missing = texts.find((name) => typeof fields[name] !== 'string');
    return `${missing} must be a text, as on events.collected`;
  }
  const atMs = fields.occurredAtMs;
  if (typeof atMs !== 'number') return 'occurredAtMs must be a number: milliseconds, UTC';
  return { atMs, event: collectedOf(fields as unknown as Partial<CollectedEvent>, atMs) };
}

const MOST_RECURRING = 1_000;
/** Longer ones seldom come again, and are dear to keep. */
const LONGEST_RECURRING = 100;
const known = new Map<string, string>();

/** The text that came before where it is the same: it is told from others at once, and remembered once. */
function recurring(text: string): string {
  if (text.length > LONGEST_RECURRING) return text;
  const before = known.get(text);
  if (before !== undefined) return before;
  if (known.size >= MOST_RECURRING) known.clear();
  known.set(text, text);
  return text;
}

/** Spelled out, so that all events are laid out in one way: copied field by field they would cost several times as much. */
const collectedOf = (fields: Partial<CollectedEvent>, atMs: number): CollectedEvent => ({
  messageId: fields.messageId ?? '',
  type: recurring(fields.type ?? ''),
  name: recurring(fields.name ?? ''),
  anonymousId: fields.anonymousId ?? null,
  userId: fields.userId ?? null,
  email: fields.email ?? null,
  phone: fields.phone ?? null,
  occurredAtMs: atMs,
  receivedAtMs: atMs,
  originalTimestampMs: fields.originalTimestampMs ?? null,
  sentAtMs: fields.sentAtMs ?? null,
  properties: fields.properties ?? '{}',
  traits: fields.traits ?? '{}',
  context: recurring(fields.context ?? '{}'),
  source: recurring(fields.source ?? ''),
  sourceKind: recurring(fields.sourceKind ?? ''),
  backfill: fields.backfill ?? false,
  candidateId: fields.candidateId ?? null,
  flags: fields.flags ?? [],
  rehomed: false,
  link: null,
  origin: null,
});

/** A call of Segment's API as it would have come in at its own time. */
export function ofCall(call: Readonly<Record<string, unknown>>, { id, kind }: CallSource): HistoryEvent | string {
  const said = call.timestamp ?? call.originalTimestamp ?? call.sentAt;
  const atMs = typeof said === 'string' ? Date.parse(said) : typeof said === 'number' ? said : Number.NaN;
  if (Number.isNaN(atMs)) {
    return `timestamp is ${JSON.stringify(said) ?? 'missing'}: give the time of the event, such as "2026-05-01T09:00:00Z"`;
  }
  const event = collectCall(call, { sourceId: id, kind, atMs });
  return typeof event === 'string' ? event : { atMs, event };
}
