import type { EnrichedRecord } from '@kairos/contracts';
import type { JourneyDefinition, When } from '@kairos/decisions';
import { cartRecord, FIRST_MS, HOUR_MS, markerRecord, timeRecord } from '../../kit/cart-left.ts';
import { personId, randomFrom } from '../../kit/samples.ts';
import { declareWorks } from '../../kit/work.ts';
import {
  CATEGORIES,
  cartLeft,
  commonNames,
  namedTriggersOf,
  otherNames,
  PLANS,
  SEGMENTS,
  triggersOf,
} from './mixture.ts';
import { runStage, type StageInput, type StageOutput } from './run-stage.ts';

export interface TriggersInput {
  readonly triggers: number;
  readonly events: number;
  /** Only such as name the events that they are about. */
  readonly named?: boolean;
}

/** Log time between two events, and how many events lie between two words of time. */
const EVERY_MS = 100;
const TIME_EVERY = 200;
const WARM_UP_SHARE = 0.4;
const SEED = 7;

const PLAIN = cartRecord(0, { number: 0, name: 'Product Added', atMs: FIRST_MS });

type Event = NonNullable<EnrichedRecord['event']>;

const eventRecord = (number: number, given: Partial<Event>): EnrichedRecord => {
  const atMs = FIRST_MS + number * EVERY_MS;
  const base = PLAIN.event as Event;
  return {
    ...PLAIN,
    origin: { topic: 'events.identified', partition: 0, offset: number, number: 0 },
    event: {
      ...base,
      messageId: `m-${number.toString(36).padStart(12, '0')}`,
      occurredAtMs: atMs,
      receivedAtMs: atMs + 40,
      loggedAtMs: atMs + 45,
      ...given,
    },
  };
};

/** The first record switches the playbook on; after so many events comes word of time. */
const withTime =
  (event: (number: number) => EnrichedRecord) =>
  (number: number): EnrichedRecord => {
    if (number === 0) return markerRecord();
    if (number % TIME_EVERY === 0) return timeRecord(FIRST_MS + number * EVERY_MS);
    return event(number);
  };

const nameOf = (draw: number, other: number): string => {
  let upTo = 0;
  for (const [name, share] of commonNames) {
    upTo += share;
    if (draw < upTo) return name;
  }
  return otherNames[Math.floor(other * otherNames.length)] ?? '';
};

/** What is known of a person, as the projection brings it. */
const profileOf = (person: number, orderCount: number): string =>
  JSON.stringify({
    traits: {
      plan: PLANS[person % PLANS.length],
      city: `city-${person % 50}`,
      language: person % 3 === 0 ? 'de' : 'en',
      ...(person % 3 === 0 ? { birthday: `19${70 + (person % 30)}-0${1 + (person % 9)}-1${person % 9}` } : {}),
    },
    orderCount,
    email: { address: `p${person}@example.com` },
  });

const segmentsOf = (person: number): readonly string[] => [
  SEGMENTS[person % SEGMENTS.length] ?? '',
  SEGMENTS[(person * 7 + 1) % SEGMENTS.length] ?? '',
];

/** A shop: who does what, about what, and what is known of them. Orders count, so the profile changes with them. */
const shopLog = (events: number): Pick<StageInput, 'records' | 'warmUp' | 'record'> => {
  const random = randomFrom(SEED);
  const persons = Math.ceil(events / 30);
  const orders = new Map<number, number>();
  const event = (number: number): EnrichedRecord => {
    const person = Math.floor(random() * persons);
    const price = Math.round(10 + 90 * random() ** 2);
    const name = nameOf(random(), random());
    if (name === 'Order Completed') orders.set(person, (orders.get(person) ?? person % 12) + 1);
    const entered = random() < 0.005 ? [SEGMENTS[Math.floor(random() * SEGMENTS.length)] ?? ''] : [];
    return eventRecord(number, {
      personId: personId(person),
      name,
      properties: JSON.stringify({
        product_id: `sku-${Math.floor(random() * 4_000)}`,
        category: `c-${Math.floor(random() * CATEGORIES)}`,
        price,
        quantity: 1,
        cart_id: `cart-${person % 5_000}`,
        ...(name === 'Order Completed' ? { total: price * 3 } : {}),
      }),
      profile: profileOf(person, orders.get(person) ?? person % 12),
      segments: [...segmentsOf(person)],
      segmentsEntered: entered,
    });
  };
  return { records: events, warmUp: Math.floor(events * WARM_UP_SHARE), record: withTime(event) };
};

/** A shop's events under so many live triggers. */
const overTriggers = async ({ triggers, events, named = false }: TriggersInput): Promise<StageOutput> =>
  runStage({ definitions: named ? namedTriggersOf(triggers) : triggersOf(triggers), ...shopLog(events) });

export interface OpenInput {
  /** Carts that each person has put something into and not ordered. */
  readonly open: number;
  readonly persons: number;
  readonly events: number;
}

/** So long that nothing fires while it is measured. */
const LONG_MS = 300 * 24 * HOUR_MS;

/** What a person does who has put aside so many carts: fills another, looks around, orders that one, looks around. */
const overOpenMatches = async ({ open, persons, events }: OpenInput): Promise<StageOutput> => {
  const filled = open * persons;
  const cart = (number: number, name: string, id: string): EnrichedRecord =>
    eventRecord(number, {
      personId: personId(number % persons),
      name,
      properties: `{"product_id":"sku-${number % 4_000}","price":${10 + (number % 90)},"cart_id":"${id}"}`,
    });
  const event = (number: number): EnrichedRecord => {
    if (number <= filled) return cart(number, 'Product Added', `cart-${number}`);
    const round = Math.floor((number - filled) / (4 * persons));
    const turn = Math.floor(((number - filled) % (4 * persons)) / persons);
    const name = ['Product Added', 'Product Viewed', 'Order Completed', 'Product Viewed'][turn] ?? '';
    return cart(number, name, `next-${round}`);
  };
  return runStage({
    definitions: [{ ...cartLeft, when: { ...cartLeft.when, withinMs: LONG_MS } as When, audience: null }],
    records: filled + 1 + Math.floor(events * (1 + WARM_UP_SHARE)),
    warmUp: filled + Math.floor(events * WARM_UP_SHARE),
    record: (number) => (number === 0 ? markerRecord() : event(number)),
  });
};

export interface JourneysInput {
  readonly journeys: boolean;
  readonly events: number;
}

const recovery: JourneyDefinition = {
  kind: 'Journey',
  id: 'cart-recovery',
  version: '1',
  description: '',
  owner: '',
  status: 'live',
  startsWith: 'cart-left',
  exitsOnGoal: true,
  exitWhen: [{ name: 'Unsubscribed', where: null }],
  steps: [
    { does: 'send', message: 'm-0', channel: null, expiresAfterMs: null },
    {
      does: 'waitFor',
      anyOf: [{ kind: 'outcome', message: 'm-0', outcome: 'clicked' }],
      atMostMs: HOUR_MS,
      otherwise: [
        {
          does: 'branch',
          branches: [
            {
              if: 'profile.orderCount > 6',
              steps: [{ does: 'send', message: 'm-1', channel: 'sms', expiresAfterMs: null }],
            },
          ],
          otherwise: [],
        },
      ],
    },
    { does: 'wait', forMs: 24 * HOUR_MS, until: null },
    { does: 'send', message: 'm-2', channel: null, expiresAfterMs: null },
  ],
};

const everybody = { ...cartLeft, audience: null };

/** The same shop and the same trigger, which sends one message, or starts a journey of several steps with it. */
const overJourneys = async ({ journeys, events }: JourneysInput): Promise<StageOutput> =>
  runStage({
    definitions: journeys ? [{ ...everybody, send: null }, recovery] : [everybody],
    ...shopLog(events),
  });

export const works = declareWorks(import.meta.url, { overTriggers, overOpenMatches, overJourneys });
