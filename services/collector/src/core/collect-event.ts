import type { CollectedEvent } from '@kairos/contracts';
import { mayNameCard, paymentCardIn, senderOf } from '@kairos/decisions';
import { RawObject } from '../ports.ts';
import {
  cleanText,
  type Fields,
  type Found,
  fieldsOf,
  type JsonObject,
  NO_FIELDS,
  objectField,
  parsedFields,
  utf8Length,
} from './clean-object.ts';
import { at, EventRefused, quoted } from './fault.ts';
import { type Identity, identityOf, idField, MAX_ID_LENGTH } from './identity.ts';
import { parseTime, resolveTimes, timeField } from './timestamps.ts';
import { type AcceptedEvent, type CallType, type CollectContext, MAX_EVENT_BYTES } from './types.ts';

/** What a batch says for all of its events. */
export interface BatchFields {
  readonly context: JsonObject;
  readonly sentAtMs: number | null;
  readonly integrations: unknown;
}

/** One event of a call, and where it stands in the request. */
export interface Item extends Found {
  readonly type: CallType;
  readonly index: number;
  readonly batch: BatchFields;
  /** See `Call`. */
  readonly namesNoCard: boolean;
}

const NAMES: Readonly<Record<Exclude<CallType, 'track'>, string>> = {
  identify: 'Identified',
  page: 'Page Viewed',
  screen: 'Screen Viewed',
  group: 'Group Joined',
  alias: 'Alias Made',
};

/** As long as every later stage takes. */
const MAX_NAME_LENGTH = 200;

function eventName(type: CallType, event: JsonObject, path: string): string {
  if (type !== 'track') return NAMES[type];
  const value = event.event;
  if (value === undefined || value === null || value === '') {
    throw new EventRefused(
      'FIELD_MISSING',
      at(path, 'event'),
      'is missing. Send what happened, such as "event": "Order Completed".',
    );
  }
  const name = typeof value === 'string' ? cleanText(value).trim() : '';
  if (name === '' || name.length > MAX_NAME_LENGTH) {
    const message = `is ${quoted(value)}. Send a name of 1 to ${MAX_NAME_LENGTH} characters, such as "Order Completed".`;
    throw new EventRefused('FIELD_INVALID', at(path, 'event'), message);
  }
  return name;
}

function required(event: JsonObject, path: string, name: string): string {
  const id = idField(event, path, [name]);
  if (id === null) throw new EventRefused('FIELD_MISSING', at(path, name), `is missing. Send ${name}.`);
  return id;
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? cleanText(value).slice(0, MAX_ID_LENGTH) : undefined;

interface Content {
  readonly properties: Fields;
  readonly traits: Fields;
  readonly identity: Identity;
}

/** What each kind of call says, in the two objects that all later stages know. */
function contentOf(item: Item, context: Fields): Content {
  const { type, event, path } = item;
  if (type === 'track' || type === 'identify') {
    const asSaid = fieldsOf(item, 'properties');
    const traits = fieldsOf(item, 'traits');
    return { properties: asSaid, traits, identity: identityOf(event, path, { traits, context }) };
  }
  const properties = objectField(item, 'properties');
  const traits = fieldsOf(item, 'traits');
  switch (type) {
    case 'page':
    case 'screen': {
      const name = text(event.name);
      const category = text(event.category);
      const named = { ...(name === undefined ? {} : { name }), ...(category === undefined ? {} : { category }) };
      return {
        properties: { ...named, ...properties },
        traits,
        identity: identityOf(event, path, { traits, context }),
      };
    }
    case 'group': {
      const groupId = required(event, path, 'groupId');
      // A group's traits say nothing of the person.
      const identity = identityOf(event, path, { traits: {}, context });
      return { properties: { ...properties, groupId, traits: parsedFields(traits) }, traits: {}, identity };
    }
    default: {
      const previousId = required(event, path, 'previousId');
      const userId = required(event, path, 'userId');
      // The link is made where the old id's events are: under the old id.
      const identity: Identity = { anonymousId: previousId, userId, email: null, phone: null, card: null };
      return { properties: { ...properties, previousId }, traits, identity };
    }
  }
}

/** Segment's context with what the request tells where the client is a browser, and the channels that it opted out of. */
function contextOf(item: Item, about: CollectContext): Fields {
  const { event, path, batch, isPlain } = item;
  const own = fieldsOf(item, 'context');
  const wanted = event.integrations ?? batch.integrations;
  // What a server sends mostly stands as it is.
  if (wanted === undefined && batch.context === NO_FIELDS && about.source.kind !== 'browser') return own;
  const integrations = objectField({ event: { integrations: wanted }, path, isPlain }, 'integrations');
  const stamped: Record<string, unknown> = {};
  if (about.source.kind === 'browser') {
    if (about.clientIp !== undefined) stamped.ip = about.clientIp;
    if (about.userAgent !== undefined) stamped.userAgent = about.userAgent;
  }
  return {
    ...stamped,
    ...batch.context,
    ...parsedFields(own),
    ...(Object.keys(integrations).length === 0 ? {} : { integrations }),
  };
}

function checkAllowed(name: string, path: string, about: CollectContext): void {
  const { events, sourceId } = about.source;
  if (events === undefined || events.includes(name)) return;
  const message = `is ${quoted(name)}, which the write key of ${quoted(sourceId)} may not send. Use another key.`;
  throw new EventRefused('NOT_ALLOWED_FOR_KEY', at(path, 'event'), message);
}

function checkSize(event: CollectedEvent, path: string, about: CollectContext): void {
  const limit = MAX_EVENT_BYTES[about.source.kind];
  const { properties, traits, context } = event;
  // At most three bytes for a UTF-16 unit: most events need no counting.
  if ((properties.length + traits.length + context.length) * 3 <= limit) return;
  const bytes = utf8Length(properties) + utf8Length(traits) + utf8Length(context);
  if (bytes <= limit) return;
  const message = `holds ${bytes} bytes in properties, traits and context; one event may hold ${limit}. Send less.`;
  throw new EventRefused('EVENT_TOO_LARGE', path, message);
}

const NO_FLAGS: readonly string[] = Object.freeze([]);

function flagsOf(context: Fields, clamped: boolean, about: CollectContext): readonly string[] {
  const userAgent = context.userAgent;
  const isBot = typeof userAgent === 'string' && about.isBot(userAgent.slice(0, 512));
  if (!clamped && !isBot) return NO_FLAGS;
  return [...(clamped ? ['TIMESTAMP_CLAMPED'] : []), ...(isBot ? ['BOT_SUSPECTED'] : [])];
}

function timesOf({ event, path, batch }: Item, about: CollectContext) {
  const name =
    event.originalTimestamp === undefined || event.originalTimestamp === null ? 'timestamp' : 'originalTimestamp';
  const originalMs = timeField(event[name], path, name);
  // A wrong sentAt only means that the clock cannot be corrected: no reason to lose the event.
  const own = event.sentAt;
  const sentAtMs = own === undefined || own === null ? batch.sentAtMs : (parseTime(own) ?? null);
  return resolveTimes({ originalMs, sentAtMs, receivedAtMs: about.nowMs, correct: about.source.kind !== 'import' });
}

function textOf(fields: Fields): string {
  if (fields instanceof RawObject) return fields.text;
  return fields === NO_FIELDS ? '{}' : JSON.stringify(fields);
}

/** A member that no `RawObject` has: one that had it would have been parsed. */
const rareMember = (fields: Fields, name: 'backfill' | 'candidateId'): unknown =>
  fields instanceof RawObject ? undefined : fields[name];

/** The number of a card that one pays with is never stored; its value is not told either. */
function checkCards(path: string, content: Readonly<Record<'properties' | 'traits' | 'context', Fields>>): void {
  for (const name of ['properties', 'traits', 'context'] as const) {
    const fields = content[name];
    if (fields instanceof RawObject && !mayNameCard(fields.text)) continue;
    const found = paymentCardIn(parsedFields(fields));
    if (found === null) continue;
    const message =
      'looks like the number of a payment card, which is never stored. Send the number of the loyalty card, or a ' +
      'token that your payment provider gives for the card.';
    throw new EventRefused('PAYMENT_CARD_REFUSED', at(path, `${name}.${found}`), message);
  }
}

/** One event of a call as it goes on the log. Throws EventRefused with the field, the value and the remedy. */
export function collectEvent(item: Item, about: CollectContext): AcceptedEvent {
  const { type, event, index, path } = item;
  const name = eventName(type, event, path);
  checkAllowed(name, path, about);
  const context = contextOf(item, about);
  const { properties, traits, identity } = contentOf(item, context);
  if (!item.namesNoCard) checkCards(path, { properties, traits, context });
  const times = timesOf(item, about);
  const { kind, sourceId } = about.source;
  const collected: CollectedEvent = {
    messageId: idField(event, path, ['messageId', 'message_id']) ?? about.newId(),
    type,
    name,
    // Field by field: this runs for every event, and copies of objects cost.
    anonymousId: identity.anonymousId,
    userId: identity.userId,
    email: identity.email,
    phone: identity.phone,
    occurredAtMs: times.occurredAtMs,
    receivedAtMs: about.nowMs,
    originalTimestampMs: times.originalTimestampMs,
    sentAtMs: times.sentAtMs,
    properties: textOf(properties),
    traits: textOf(traits),
    context: textOf(context),
    source: sourceId,
    sourceKind: kind,
    backfill: kind === 'import' || (kind !== 'browser' && rareMember(context, 'backfill') === true),
    candidateId: text(rareMember(properties, 'candidateId')) ?? null,
    flags: flagsOf(context, times.clamped, about),
    rehomed: false,
    link: null,
    origin: null,
  };
  checkSize(collected, path, about);
  return { index, key: senderOf(identity)?.sourceKey ?? '', event: collected };
}
