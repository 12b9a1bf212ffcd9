import type { EnrichedEvent } from '@kairos/contracts';
import type { Serde } from '@kairos/stream-kit';
import { enrichedRecord } from '../../kit/samples.ts';
import { type Act, personOf, type ShopEvent } from './shop.ts';

/** How many different events of each kind there are, beside what is patched in. */
const VARIANTS = 64;
const FIRST_NAMES = ['Ada', 'Ben', 'Chloë', 'Dmitri', 'Elif', 'Farid', 'Grace', 'Hiroshi'];
const PLANS = ['free', 'silver', 'gold'];

// Stand-ins of the same encoded length as what takes their place.
const PERSON = personOf(0).replace('00000000', '########');
const MESSAGE_ID = 'b5f3a1c2-0000-4000-8000-############';
const OCCURRED_MS = 1_780_000_000_001;
const RECEIVED_MS = 1_780_000_000_002;
const LOGGED_MS = 1_780_000_000_003;
/** Origins start here, so that all have the same encoded length. */
const FIRST_ORIGIN = 70_000_000;
const ORIGIN = FIRST_ORIGIN + 7;

export const originOf = (
  partition: number,
  number: number,
): { topic: string; partition: number; offset: number; number: number } => ({
  topic: 'events.identified',
  partition,
  offset: FIRST_ORIGIN + number,
  number: 0,
});

/** The projection: ten fields. */
const profileOf = (variant: number): string =>
  JSON.stringify({
    firstName: FIRST_NAMES[variant % FIRST_NAMES.length],
    locale: variant % 3 === 0 ? 'de-DE' : 'en-GB',
    plan: PLANS[variant % PLANS.length],
    orderCount: variant % 9,
    netValue: variant * 13.5,
    lastOrderAtMs: 1_779_000_000_000 + variant * 3_600_000,
    city: variant % 2 === 0 ? 'Leipzig' : 'Leeds',
    birthMonth: 1 + (variant % 12),
    visits30d: variant % 30,
    newsletter: variant % 2 === 0,
  });

const SAID: Readonly<Record<Act, (variant: number) => Pick<EnrichedEvent, 'type' | 'name' | 'properties'>>> = {
  view: (variant) => ({
    type: 'page',
    name: 'Page Viewed',
    properties: JSON.stringify({ path: `/shop/boots/${variant}`, title: 'Boots for walkers' }),
  }),
  add: (variant) => ({
    type: 'track',
    name: 'Product Added',
    properties: JSON.stringify({
      product_id: `sku-${1000 + variant}`,
      name: 'Walking boots',
      price: 79.9,
      quantity: 1,
    }),
  }),
  order: (variant) => ({
    type: 'track',
    name: 'Order Completed',
    properties: JSON.stringify({ order_id: `o-${5000 + variant}`, total: 79.9 + variant, currency: 'EUR' }),
  }),
};

const standIn = (act: Act, variant: number): EnrichedEvent => ({
  personId: PERSON,
  messageId: MESSAGE_ID,
  ...SAID[act](variant),
  occurredAtMs: OCCURRED_MS,
  receivedAtMs: RECEIVED_MS,
  loggedAtMs: LOGGED_MS,
  source: 'web-shop',
  sourceKind: 'browser',
  backfill: false,
  candidateId: null,
  context: JSON.stringify({ timezone: 'Europe/Berlin', locale: 'de-DE' }),
  profile: profileOf(variant),
  segments: variant % 4 === 0 ? ['returning'] : [],
  segmentsEntered: [],
  segmentsLeft: [],
  contact: null,
  linkedFrom: null,
  faults: [],
});

/** Avro's long: zigzag, seven bits a byte. */
const writeLong = (target: Buffer, value: number, at: number): number => {
  let rest = value * 2;
  let position = at;
  while (rest >= 128) {
    target[position] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
    position += 1;
  }
  target[position] = rest;
  return position + 1;
};

const longOf = (value: number): Buffer => {
  const bytes = Buffer.alloc(10);
  return bytes.subarray(0, writeLong(bytes, value, 0));
};

interface Template {
  readonly bytes: Buffer;
  readonly origin: number;
  readonly person: number;
  readonly messageId: number;
  readonly occurredAt: number;
  readonly receivedAt: number;
  readonly loggedAt: number;
}

const onlyPlaceOf = (bytes: Buffer, what: Buffer | string): number => {
  const at = bytes.indexOf(what);
  if (at < 0 || bytes.indexOf(what, at + 1) >= 0) throw new Error('a stand-in is missing, or occurs twice');
  return at;
};

const templateOf = (bytes: Buffer): Template => ({
  bytes,
  origin: onlyPlaceOf(bytes, longOf(ORIGIN)),
  person: onlyPlaceOf(bytes, PERSON),
  messageId: onlyPlaceOf(bytes, MESSAGE_ID),
  occurredAt: onlyPlaceOf(bytes, longOf(OCCURRED_MS)),
  receivedAt: onlyPlaceOf(bytes, longOf(RECEIVED_MS)),
  loggedAt: onlyPlaceOf(bytes, longOf(LOGGED_MS)),
});

/**
 * Makes events of `events.enriched` faster than they can be encoded: each kind and partition is encoded some times over,
 * in our real schema, and what differs is written over a copy.
 */
export class PatchedValues {
  readonly #templates = new Map<Act, readonly (readonly Template[])[]>();

  constructor(serde: Serde, partitions: number) {
    for (const act of Object.keys(SAID) as Act[]) {
      const byPartition = Array.from({ length: partitions }, (_none, partition) =>
        Array.from({ length: VARIANTS }, (_other, variant) => {
          const origin = originOf(partition, ORIGIN - FIRST_ORIGIN);
          const value = enrichedRecord({ origin, event: standIn(act, variant) });
          return templateOf(serde.encode('events.enriched', value));
        }),
      );
      this.#templates.set(act, byPartition);
    }
  }

  /** `originNumber` counts the records of the partition. */
  make(event: ShopEvent, person: string, at: { readonly partition: number; readonly originNumber: number }): Buffer {
    const template = this.#templates.get(event.act)?.[at.partition]?.[event.customer % VARIANTS];
    if (template === undefined) throw new Error(`no template for partition ${at.partition}`);
    const bytes = Buffer.from(template.bytes);
    writeLong(bytes, FIRST_ORIGIN + at.originNumber, template.origin);
    bytes.write(person, template.person, 'latin1');
    bytes.write(String(event.number).padStart(12, '0'), template.messageId + MESSAGE_ID.length - 12, 'latin1');
    writeLong(bytes, event.atMs, template.occurredAt);
    writeLong(bytes, event.atMs + 40, template.receivedAt);
    writeLong(bytes, event.atMs + 45, template.loggedAt);
    return bytes;
  }
}
