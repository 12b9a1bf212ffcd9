import { type EnrichedRecord, type ProposedRecord, type SchemaName, schemas } from '@kairos/contracts';

interface Field {
  readonly name: string;
  readonly default?: unknown;
}

/**
 * A record of a schema with every field that has a default at its default: a field that is added later needs no word
 * here. Parsed from JSON, so that V8 lays it out as it does what a task writes as a literal: an object gathered from
 * entries is a dictionary, and costs four times as much to encode.
 */
const withDefaults = <T>(fields: readonly Field[], given: Partial<T>): T => {
  const all: Record<string, unknown> = {};
  for (const field of fields) if ('default' in field) all[field.name] = field.default;
  return JSON.parse(JSON.stringify({ ...all, ...given })) as T;
};

const fieldsOf = (schema: SchemaName): readonly Field[] => schemas[schema].fields;

/** The fields of a record that stands as a nullable body in the record of a topic. */
const bodyFieldsOf = (schema: SchemaName, body: string): readonly Field[] => {
  const field = schemas[schema].fields.find(({ name }) => name === body) as
    | { readonly type: readonly unknown[] }
    | undefined;
  const record = field?.type.find((one): one is { fields: Field[] } => typeof one === 'object' && one !== null);
  if (record === undefined) throw new Error(`${schema} has no body ${body}`);
  return record.fields;
};

export const enrichedRecord = (given: Partial<EnrichedRecord>): EnrichedRecord =>
  withDefaults(fieldsOf('events.enriched'), given);
export const proposedRecord = (given: Partial<ProposedRecord>): ProposedRecord =>
  withDefaults(fieldsOf('messages.proposed'), given);

type EnrichedEvent = NonNullable<EnrichedRecord['event']>;

const eventFields = bodyFieldsOf('events.enriched', 'event');

/** A small generator with a seed (mulberry32): the same records in every run. */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const NAMES = ['Product Viewed', 'Product Added', 'Cart Viewed', 'Order Completed', 'Product List Viewed'] as const;
const FIRST_MS = Date.UTC(2026, 0, 5, 9);

/** The id of a person as identify makes them: a version and 22 characters. */
export const personId = (number: number): string => `p1_${number.toString(36).padStart(22, '0')}`;

/** An event as a shop sends it: a few properties, the context of a browser, the fields of the profile that live rules read. */
export const shopEvent = (number: number, given: Partial<EnrichedEvent> = {}): EnrichedEvent => {
  const atMs = FIRST_MS + number * 10;
  return withDefaults<EnrichedEvent>(eventFields, {
    personId: personId(number % 10_000),
    messageId: `m-${number.toString(36).padStart(12, '0')}`,
    type: 'track',
    name: NAMES[number % NAMES.length] ?? 'Product Viewed',
    occurredAtMs: atMs,
    receivedAtMs: atMs + 40,
    loggedAtMs: atMs + 45,
    source: 'shop-web',
    sourceKind: 'browser',
    properties: JSON.stringify({
      product_id: `sku-${number % 4_000}`,
      category: 'shoes',
      price: 10 + (number % 90),
      quantity: 1 + (number % 3),
      cart_id: `c-${number % 5_000}`,
    }),
    context: JSON.stringify({ locale: 'de-DE', page: { path: `/p/sku-${number % 4_000}` }, userAgent: 'Mozilla/5.0' }),
    profile: JSON.stringify({ plan: number % 3 === 0 ? 'gold' : 'basic', orders: number % 12, country: 'DE' }),
    segments: ['returning', 'newsletter'],
    ...given,
  });
};

/** A record of `events.enriched` with an event, as enrich writes it. */
export const enrichedShopRecord = (number: number): EnrichedRecord =>
  enrichedRecord({
    origin: { topic: 'events.identified', partition: number % 12, offset: 1_000_000 + number, number: 0 },
    event: shopEvent(number),
  });

/** A record of `messages.proposed` with a proposal, as detect writes it. */
export const proposedShopRecord = (number: number): ProposedRecord =>
  proposedRecord({
    origin: { topic: 'events.enriched', partition: number % 12, offset: 2_000_000 + number, number: 1 },
    proposal: {
      candidateId: `c1_${number.toString(36).padStart(40, '0')}`,
      personId: personId(number % 10_000),
      firingId: `f1_${number.toString(36).padStart(40, '0')}`,
      triggerId: 'cart-abandoned',
      messageId: 'cart-reminder',
      instanceKey: `c-${number % 5_000}`,
      purpose: 'marketing',
      audience: 'customer',
      foundBy: 'rule',
      priority: 60,
      holdoutPercent: 5,
      proposedAtMs: FIRST_MS + number * 10,
      expiresAtMs: FIRST_MS + number * 10 + 86_400_000,
      causedAtMs: FIRST_MS + number * 10 - 3_600_000,
      evidence: JSON.stringify({ cart_id: `c-${number % 5_000}`, price: 10 + (number % 90), items: 2 }),
      profile: JSON.stringify({ plan: 'basic', orders: number % 12, country: 'DE' }),
      causes: [`m-${number.toString(36).padStart(12, '0')}`],
      channel: null,
    },
  });
