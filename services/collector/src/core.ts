import { KairosError } from '@kairos/contracts';
import { withoutPaymentCards } from '@kairos/decisions';
import { isObject, type JsonObject, NO_FIELDS, objectField } from './core/clean-object.ts';
import { type BatchFields, collectEvent } from './core/collect-event.ts';
import { EventRefused, quoted } from './core/fault.ts';
import { parseTime } from './core/timestamps.ts';
import {
  type AcceptedEvent,
  CALL_TYPES,
  type Call,
  type CallType,
  type CollectContext,
  type Collected,
  MAX_BATCH_EVENTS,
  type RejectedEvent,
} from './core/types.ts';
import { RawEvent } from './ports.ts';

export type {
  AcceptedEvent,
  Call,
  CallType,
  CollectContext,
  Collected,
  RejectedEvent,
  Source,
  SourceKind,
} from './core/types.ts';
export { CALL_TYPES, MAX_BATCH_EVENTS, MAX_EVENT_BYTES, SOURCE_KINDS } from './core/types.ts';

const NOTHING_SHARED: BatchFields = { context: NO_FIELDS, sentAtMs: null, integrations: undefined };

const isCallType = (value: unknown): value is CallType => CALL_TYPES.some((type) => type === value);

function typeOfItem(item: JsonObject, path: string): CallType {
  // Old clients say `action`.
  const type = item.type ?? item.action;
  if (isCallType(type)) return type;
  const remedy = `Send one of ${CALL_TYPES.join(', ')}.`;
  if (type === undefined) throw new EventRefused('FIELD_MISSING', `${path}.type`, `is missing. ${remedy}`);
  throw new EventRefused('FIELD_INVALID', `${path}.type`, `is ${quoted(type)}. ${remedy}`);
}

/** Runs `collectOne`; a refusal is an answer, anything else is a fault of ours. */
function sortOut(index: number, original: unknown, collectOne: () => AcceptedEvent): AcceptedEvent | RejectedEvent {
  try {
    return collectOne();
  } catch (error) {
    if (error instanceof EventRefused) {
      // It is kept, so no card that one pays with may be in it, whatever the event was refused for.
      const kept = withoutPaymentCards(original instanceof RawEvent ? original.parsed() : original);
      return { ...error.fault, index, original: kept };
    }
    throw error;
  }
}

function itemsOf(body: JsonObject): readonly unknown[] {
  const { batch } = body;
  if (batch === undefined) throw new KairosError('FIELD_MISSING', 'batch is missing. Send a list.', { field: 'batch' });
  if (!Array.isArray(batch)) {
    throw new KairosError('FIELD_INVALID', `batch is ${quoted(batch)}. Send a list.`, { field: 'batch' });
  }
  if (batch.length > MAX_BATCH_EVENTS) {
    const message = `batch holds ${batch.length} events. Send at most ${MAX_BATCH_EVENTS} in one request.`;
    throw new KairosError('REQUEST_TOO_LARGE', message, { field: 'batch' });
  }
  return batch;
}

function sharedFields(body: JsonObject, isPlain: boolean): BatchFields {
  try {
    return {
      context: objectField({ event: body, path: '', isPlain }, 'context'),
      sentAtMs: parseTime(body.sentAt) ?? null,
      integrations: body.integrations,
    };
  } catch (error) {
    if (!(error instanceof EventRefused)) throw error;
    throw new KairosError(error.fault.code, error.fault.message, { field: error.fault.field });
  }
}

type Plainness = Required<Pick<Call, 'isPlain' | 'namesNoCard'>>;

function collectBatch(
  body: JsonObject,
  { isPlain, namesNoCard }: Plainness,
  about: CollectContext,
): (AcceptedEvent | RejectedEvent)[] {
  const items = itemsOf(body);
  const batch = sharedFields(body, isPlain);
  return items.map((event, index) => {
    const path = `batch[${index}]`;
    return sortOut(index, event, () => {
      if (!isObject(event)) throw new EventRefused('FIELD_INVALID', path, `is ${quoted(event)}. Send an object.`);
      return collectEvent({ type: typeOfItem(event, path), event, index, path, batch, isPlain, namesNoCard }, about);
    });
  });
}

/**
 * What becomes of a call. Throws KairosError where the request as a whole has no shape; else each event is accepted, or
 * rejected with its reason, for itself: Segment's clients do not send a refused batch again, so one bad event must not
 * take the others with it.
 */
export function collect(call: Call, about: CollectContext): Collected {
  const { type, body, isPlain = false, namesNoCard = false } = call;
  if (!isObject(body)) throw new KairosError('FIELD_INVALID', `The body is ${quoted(body)}. Send an object.`);
  const outcomes =
    type === 'batch'
      ? collectBatch(body, { isPlain, namesNoCard }, about)
      : [
          sortOut(0, body, () =>
            collectEvent({ type, event: body, index: 0, path: '', batch: NOTHING_SHARED, isPlain, namesNoCard }, about),
          ),
        ];
  const accepted: AcceptedEvent[] = [];
  const rejected: RejectedEvent[] = [];
  for (const outcome of outcomes) {
    if ('event' in outcome) accepted.push(outcome);
    else rejected.push(outcome);
  }
  return { accepted, rejected };
}
