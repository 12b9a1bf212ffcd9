import { type CollectedEvent, KairosError } from '@kairos/contracts';
import { cardOf, jsonWithoutPaymentCards, parseObject, type Sender, senderOf } from '@kairos/decisions';

/** The record that was asked about last: where it goes and what becomes of it are two questions about one record. */
let lastAsked: CollectedEvent | undefined;
let lastSender: Sender | undefined;

/** Who sent the record, and the key under which it belongs. Throws RECORD_INVALID when nothing says so. */
export function whoSent(record: CollectedEvent): Sender {
  if (lastSender !== undefined && lastAsked === record) return lastSender;
  const sender = senderIn(record);
  lastAsked = record;
  lastSender = sender;
  return sender;
}

function senderIn(record: CollectedEvent): Sender {
  const hasId = record.anonymousId || record.userId || record.email || record.phone;
  const sender = hasId ? senderOf(record) : senderByTraits(record);
  if (sender === null) {
    throw new KairosError(
      'RECORD_INVALID',
      'anonymousId, userId, email and phone are all empty, and no trait names an address or a loyalty card: nobody did it',
      { field: 'anonymousId' },
    );
  }
  return sender;
}

function senderByTraits(record: CollectedEvent): Sender | null {
  const traits = parseObject(record.traits);
  return senderOf({ ...record, card: cardOf(traits, parseObject(record.context)) }, traits);
}

/** Clocks of two machines may differ by this much; beyond it an event would lie in the future. */
const CLOCK_TOLERANCE_MS = 5_000;
const MAX_NAME_LENGTH = 200;
const MAX_BODY_LENGTH = 1_000_000;
const NAMES: Readonly<Record<string, string>> = {
  identify: 'Identified',
  page: 'Page Viewed',
  screen: 'Screen Viewed',
  group: 'Group Joined',
  alias: 'Alias Made',
};

/**
 * The event without its origin, as later stages may rely on it. A foreign producer can write anything: what can't be
 * meant is refused here, at the door, and a time in the future becomes the time of the log. The number of a card that one
 * pays with goes no further.
 */
export function checkedEvent(event: CollectedEvent, loggedAtMs: number): Omit<CollectedEvent, 'origin' | 'link'> {
  for (const field of ['properties', 'traits', 'context'] as const) {
    if (event[field].length > MAX_BODY_LENGTH || parseObject(event[field]) === null) {
      throw new KairosError(
        'RECORD_INVALID',
        `${field} must be a JSON object of at most ${MAX_BODY_LENGTH} characters`,
        {
          field,
        },
      );
    }
  }
  const name = event.name || (NAMES[event.type] ?? '');
  if (name === '' || name.length > MAX_NAME_LENGTH) {
    throw new KairosError('RECORD_INVALID', `name must have 1 to ${MAX_NAME_LENGTH} characters`, { field: 'name' });
  }
  if (event.messageId === '') {
    throw new KairosError('RECORD_INVALID', 'messageId must not be empty: a repeat could not be told', {
      field: 'messageId',
    });
  }
  const isInFuture = event.occurredAtMs > loggedAtMs + CLOCK_TOLERANCE_MS;
  // Spelled out: this is made for every event, and a copy with two fields left out costs several times as much.
  return {
    messageId: event.messageId,
    type: event.type,
    name,
    anonymousId: event.anonymousId,
    userId: event.userId,
    email: event.email,
    phone: event.phone,
    occurredAtMs: isInFuture || event.occurredAtMs < 0 ? loggedAtMs : event.occurredAtMs,
    receivedAtMs: Math.min(event.receivedAtMs, loggedAtMs + CLOCK_TOLERANCE_MS),
    originalTimestampMs: event.originalTimestampMs,
    sentAtMs: event.sentAtMs,
    properties: jsonWithoutPaymentCards(event.properties),
    traits: jsonWithoutPaymentCards(event.traits),
    context: jsonWithoutPaymentCards(event.context),
    source: event.source,
    sourceKind: event.sourceKind,
    backfill: event.backfill,
    candidateId: event.candidateId,
    flags: isInFuture && !event.flags.includes(CLAMPED) ? [...event.flags, CLAMPED] : event.flags,
    rehomed: event.rehomed,
  };
}

const CLAMPED = 'TIMESTAMP_CLAMPED';
