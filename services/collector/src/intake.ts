import { KairosError } from '@kairos/contracts';
import { failSpan, RetryLaterError, type Span, SpanKind, startSpan, traceparentOf } from '@kairos/service-kit';
import type { AcceptedEvent, CollectContext, Collected } from './core.ts';
import type {
  Call,
  EventEntry,
  EventLog,
  IncomingCall,
  Intake,
  IntakeAnswer,
  Quota,
  Source,
  WriteKeys,
} from './ports.ts';

/** What the intake is made of. */
export interface IntakeParts {
  readonly keys: WriteKeys;
  readonly quota: Quota;
  readonly log: EventLog;
  collect(call: Call, about: CollectContext): Collected;
  isBot(userAgent: string): boolean;
  newId(): string;
  nowMs(): number;
  /** Counts for the metrics. */
  accepted(source: Source, type: Call['type'], events: number): void;
  refused(sourceId: string, code: string, events: number): void;
}

const MAX_REFUSALS_SHOWN = 100;

/** The body's own write key (Segment's Python library sends only that). */
function writeKeyOf(call: IncomingCall): string | undefined {
  if (call.writeKey !== undefined) return call.writeKey;
  const { body } = call;
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, 'writeKey')) return undefined;
  const { writeKey } = body as { writeKey: unknown };
  return typeof writeKey === 'string' && writeKey !== '' ? writeKey : undefined;
}

const eventsIn = ({ type, body }: Call): number => {
  const batch = type === 'batch' ? (body as { batch?: unknown } | null)?.batch : undefined;
  return Array.isArray(batch) ? Math.max(1, batch.length) : 1;
};

/**
 * The traces of a call's events. A single event is part of the trace that the caller brought; each event of a batch
 * begins its own, linked to the request, because one event's walk must be one trace.
 */
function traceEvents(accepted: readonly AcceptedEvent[], request: Span, isBatch: boolean) {
  const cause = traceparentOf(request);
  const spans = accepted.map(({ event }) =>
    startSpan('send events.collected', {
      kind: SpanKind.PRODUCER,
      ...(isBatch ? { root: true, links: cause === undefined ? [] : [cause] } : { parent: cause }),
      attributes: {
        'messaging.system': 'kafka',
        'messaging.destination.name': 'events.collected',
        'messaging.operation.type': 'send',
        'messaging.operation.name': 'send',
        'kairos.source': event.source,
      },
    }),
  );
  const entries = accepted.map(({ key, event }, index): EventEntry => {
    const span = spans[index];
    return { key, event, traceparent: span === undefined ? undefined : traceparentOf(span) };
  });
  const end = () => {
    for (const span of spans) span.end();
  };
  return { entries, end };
}

function answerOf({ accepted, rejected }: Collected): IntakeAnswer {
  return {
    accepted: accepted.length,
    rejected: rejected
      .slice(0, MAX_REFUSALS_SHOWN)
      .map(({ index, code, field, message }) => ({ index, code, field, message })),
    rejectedCount: rejected.length,
  };
}

/** The source of a write key. */
function sourceOf(keys: WriteKeys, writeKey: string | undefined): Source {
  const source = writeKey === undefined ? undefined : keys.find(writeKey);
  if (source !== undefined) return source;
  const what = writeKey === undefined ? 'is missing' : 'is unknown';
  throw new KairosError(
    'WRITE_KEY_UNKNOWN',
    `The write key ${what}. Send it by Basic authorization (key as the user), Bearer, X-Write-Key, or writeKey in the body.`,
    { field: 'writeKey' },
  );
}

/** Who sends, if they may, and within their quota. */
function admit({ keys, quota }: IntakeParts, call: IncomingCall): Source {
  const source = sourceOf(keys, writeKeyOf(call));
  if (source.origins !== undefined && call.origin !== undefined && !source.origins.includes(call.origin)) {
    throw new KairosError('NOT_ALLOWED_FOR_KEY', `Pages of this origin may not use the key of ${source.sourceId}.`, {
      field: 'origin',
    });
  }
  const waitMs = quota.take(source.sourceId, eventsIn(call));
  if (waitMs > 0) {
    const message = `${source.sourceId} sends more than its quota. Send again later.`;
    throw new RetryLaterError('TOO_MANY_REQUESTS', message, waitMs);
  }
  return source;
}

/** Judges the events of an admitted call and puts each on the log or among the dead letters. */
async function store(parts: IntakeParts, call: IncomingCall, request: Span): Promise<IntakeAnswer> {
  const source = admit(parts, call);
  const atMs = parts.nowMs();
  const { clientIp, userAgent } = call;
  const about = { nowMs: atMs, source, clientIp, userAgent, newId: parts.newId, isBot: parts.isBot };
  const collected = parts.collect(call, about);
  const { entries, end } = traceEvents(collected.accepted, request, call.type === 'batch');
  const traceparent = traceparentOf(request);
  const { sourceId } = source;
  const dead = collected.rejected.map(({ original, code, message }) => ({
    original,
    code,
    message,
    sourceId,
    traceparent,
    atMs,
  }));
  try {
    if (entries.length + dead.length > 0) await parts.log.append(entries, dead);
  } finally {
    end();
  }
  parts.accepted(source, call.type, entries.length);
  for (const { code } of dead) parts.refused(sourceId, code, 1);
  return answerOf(collected);
}

/** Joins write keys, quota, the pure core and the log. */
export function createIntake(parts: IntakeParts): Intake {
  return {
    sourceOf: (writeKey) => sourceOf(parts.keys, writeKey),
    async take(call) {
      const span = startSpan(`POST /v1/${call.type}`, {
        kind: SpanKind.SERVER,
        parent: call.traceparent,
        attributes: { 'http.request.method': 'POST', 'http.route': `/v1/${call.type}` },
      });
      try {
        return await store(parts, call, span);
      } catch (error) {
        failSpan(span, error);
        if (error instanceof KairosError) parts.refused('request', error.code, 1);
        throw error;
      } finally {
        span.end();
      }
    },
  };
}
