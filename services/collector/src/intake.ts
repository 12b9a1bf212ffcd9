import { KairosError } from '@kairos/contracts';
import { failSpan, RetryLaterError, type Span, SpanKind, startSpan, traceparentOf } from '@kairos/service-kit';
import type { AcceptedEvent, CollectContext, Collected } from './core.ts';
import type {
  Call,
  DeadEntry,
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

const SENDING = {
  'messaging.system': 'kafka',
  'messaging.destination.name': 'events.collected',
  'messaging.operation.type': 'send',
  'messaging.operation.name': 'send',
};

/** The body's own write key (Segment's Python library sends only that). */
function writeKeyOf({ body }: Call): string | undefined {
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
function traceEvents(accepted: readonly AcceptedEvent[], request: Span, about: { source: Source; isBatch: boolean }) {
  const cause = traceparentOf(request);
  const options = {
    kind: SpanKind.PRODUCER,
    ...(about.isBatch ? { links: cause === undefined ? [] : [cause] } : { parent: cause }),
    attributes: { ...SENDING, 'kairos.source': about.source.sourceId },
  };
  const recorded: Span[] = [];
  const entries = accepted.map(({ key, event }): EventEntry => {
    const span = startSpan('send events.collected', options);
    if (span.isRecording()) recorded.push(span);
    return { key, event, traceparent: traceparentOf(span) };
  });
  return { entries, recorded };
}

function answerOf({ accepted, rejected }: Collected): IntakeAnswer {
  if (rejected.length === 0) return { accepted: accepted.length, rejected: [], rejectedCount: 0 };
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
  const source = call.source ?? sourceOf(keys, writeKeyOf(call));
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

/** What is left of a call once its events are on their way to the log: little, since it waits there by the thousand. */
interface OnTheWay {
  readonly appended: Promise<void> | undefined;
  readonly recorded: readonly Span[];
  readonly answer: IntakeAnswer;
  readonly source: Source;
  readonly type: Call['type'];
  readonly refusals: readonly DeadEntry['code'][];
}

/** Judges the events of an admitted call and sends each towards the log or the dead letters. */
function send(parts: IntakeParts, call: IncomingCall, request: Span): OnTheWay {
  const source = admit(parts, call);
  const atMs = parts.nowMs();
  const { clientIp, userAgent } = call;
  const about = { nowMs: atMs, source, clientIp, userAgent, newId: parts.newId, isBot: parts.isBot };
  const collected = parts.collect(call, about);
  const { type } = call;
  const { entries, recorded } = traceEvents(collected.accepted, request, { source, isBatch: type === 'batch' });
  const { sourceId } = source;
  const dead = collected.rejected.map(
    ({ original, code, message }): DeadEntry => ({
      original,
      code,
      message,
      sourceId,
      traceparent: traceparentOf(request),
      atMs,
    }),
  );
  return {
    appended: entries.length + dead.length > 0 ? parts.log.append(entries, dead) : undefined,
    recorded,
    answer: answerOf(collected),
    source,
    type,
    refusals: dead.map(({ code }) => code),
  };
}

/** The answer, once everything is on the log. */
async function settled(parts: IntakeParts, onTheWay: OnTheWay): Promise<IntakeAnswer> {
  const { appended, recorded, answer, source, type, refusals } = onTheWay;
  try {
    await appended;
  } finally {
    for (const span of recorded) span.end();
  }
  parts.accepted(source, type, answer.accepted);
  for (const code of refusals) parts.refused(source.sourceId, code, 1);
  return answer;
}

const startRequest = ({ type, traceparent }: IncomingCall): Span =>
  startSpan(`POST /v1/${type}`, {
    kind: SpanKind.SERVER,
    parent: traceparent,
    attributes: { 'http.request.method': 'POST', 'http.route': `/v1/${type}` },
  });

/** Joins write keys, quota, the pure core and the log. */
export function createIntake(parts: IntakeParts): Intake {
  return {
    sourceOf: (writeKey) => sourceOf(parts.keys, writeKey),
    take(call) {
      const span = startRequest(call);
      const failed = (error: unknown): never => {
        failSpan(span, error);
        span.end();
        if (error instanceof KairosError) parts.refused('request', error.code, 1);
        throw error;
      };
      try {
        return settled(parts, send(parts, call, span)).then((answer) => {
          span.end();
          return answer;
        }, failed);
      } catch (error) {
        return Promise.reject(error).catch(failed);
      }
    },
  };
}
