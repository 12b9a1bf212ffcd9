import type { Definition, EventMatch, TriggerDefinition, When } from '@kairos/decisions';
import { HOUR_MS } from '../../kit/cart-left.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * HOUR_MS;

/** What customers of a shop do most, with their share of all events; the rest is spread over `otherNames`. */
export const commonNames = [
  ['Page Viewed', 0.3],
  ['Product Viewed', 0.25],
  ['Product List Viewed', 0.12],
  ['Product Added', 0.06],
  ['Products Searched', 0.05],
  ['Cart Viewed', 0.04],
  ['Checkout Started', 0.02],
  ['Order Completed', 0.02],
] as const;

/** What is particular to a company: many names, each seldom. */
export const otherNames: readonly string[] = Array.from({ length: 300 }, (_, at) => `Feature ${at} Used`);

export const CATEGORIES = 40;
export const PLANS = ['basic', 'silver', 'gold', 'free'] as const;
export const SEGMENTS: readonly string[] = Array.from({ length: 40 }, (_, at) => `segment-${at}`);

/** Of so many triggers on the list so many begin with a common name: dozens share the most frequent ones. */
const ON_COMMON = [40, 48, 24, 24, 16, 14, 12, 22] as const;

const named = (name: string, where: string | null = null): EventMatch => ({ name, where });

const trigger = (number: number, when: When, more: Partial<TriggerDefinition> = {}): TriggerDefinition => ({
  kind: 'Trigger',
  id: `t-${String(number).padStart(4, '0')}`,
  version: '1',
  description: '',
  owner: '',
  status: 'live',
  purpose: 'marketing',
  foundBy: 'rule',
  when,
  audience: null,
  oncePer: ['person'],
  reentry: { kind: 'after', afterMs: 7 * DAY_MS },
  cancelOn: [],
  goal: null,
  expiresAfterMs: 6 * HOUR_MS,
  holdoutPercent: 0,
  priority: 50,
  audienceRole: 'customer',
  activeFromMs: null,
  activeToMs: null,
  send: `m-${number % 20}`,
  ...more,
});

/** The trigger that is there in any case: it asks for properties, profile and segments, and its timers for what is remembered. */
export const cartLeft = trigger(
  0,
  {
    type: 'absence',
    events: [named('Product Added', 'properties.price > 20')],
    butNot: [named('Order Completed')],
    withinMs: HOUR_MS,
    clock: 'restartsOnRepeat',
    atLatestAfterMs: DAY_MS,
    graceMs: 15_000,
  },
  {
    id: 'cart-left',
    audience: 'profile.traits.plan != "free" && "segment-1" in segments',
    oncePer: ['properties.cart_id', 'person'],
    goal: { event: named('Order Completed'), withinMs: 3 * DAY_MS, value: 'properties.total' },
    reentry: { kind: 'always' },
    priority: 60,
  },
);

/** Who is meant: one in four has none of it, the others ask for plan, orders or a segment. */
const audienceOf = (number: number): string | null =>
  [
    null,
    `profile.traits.plan == "${PLANS[number % PLANS.length]}"`,
    `profile.orderCount > ${number % 7}`,
    `"${SEGMENTS[number % SEGMENTS.length]}" in segments`,
  ][number % 4] ?? null;

/** Selective, as a condition of a company with a thousand triggers is: about one in a hundred of the events of the name. */
const whereOf = (number: number): string =>
  [
    `properties.category == "c-${number % CATEGORIES}" && properties.price > 60`,
    `properties.price > 90 && profile.orderCount >= ${8 + (number % 3)} && properties.category.startsWith("c-${number % 4}")`,
    `properties.category == "c-${(number * 7) % CATEGORIES}" && "${SEGMENTS[number % SEGMENTS.length]}" in segments`,
    `properties.product_id == "sku-${number * 3}"`,
  ][number % 4] ?? 'false';

const GOAL = { event: named('Order Completed', 'properties.total > 500'), withinMs: DAY_MS, value: null };

/** Types in turn, so that each stands at common and at seldom names. */
const TYPES = [
  ...Array<When['type']>(8).fill('event'),
  ...Array<When['type']>(4).fill('count'),
  ...Array<When['type']>(3).fill('absence'),
  ...Array<When['type']>(2).fill('sequence'),
  'unusual',
  'inactivity',
] as const;

function whenOn(name: string, number: number): When {
  const events = [named(name, whereOf(number))];
  const other = otherNames[(number * 13) % otherNames.length] ?? '';
  switch (TYPES[number % TYPES.length]) {
    case 'count':
      return {
        type: 'count',
        events,
        of: number % 2 === 0 ? 'count' : 'sum',
        value: number % 2 === 0 ? null : 'properties.price',
        atLeast: number % 2 === 0 ? 3 : 300,
        window: { kind: 'rolling', ms: DAY_MS },
      };
    case 'absence':
      return {
        type: 'absence',
        events,
        butNot: [named(number % 2 === 0 ? 'Order Completed' : other)],
        withinMs: 30 * MINUTE_MS,
        clock: 'restartsOnRepeat',
        atLatestAfterMs: null,
        graceMs: 15_000,
      };
    case 'sequence':
      return { type: 'sequence', events, followedBy: [named(other)], butNot: [], withinMs: 2 * HOUR_MS };
    case 'unusual':
      return {
        type: 'unusual',
        events,
        value: 'properties.price',
        per: null,
        times: 3,
        spreads: null,
        direction: 'above',
        afterAtLeast: 5,
      };
    case 'inactivity':
      return { type: 'inactivity', events, forMs: DAY_MS };
    default:
      return { type: 'event', events };
  }
}

/** Of a thousand so many know no name of an event: segments, values of the profile, dates, and silence of any kind. */
const NAMELESS = 100;

function nameless(number: number): When {
  if (number < 2) return { type: 'inactivity', events: null, forMs: (30 + number) * DAY_MS };
  if (number < 62) {
    const segment = SEGMENTS[number % SEGMENTS.length] ?? '';
    return { type: 'segment', segment, change: number % 2 === 0 ? 'enters' : 'leaves' };
  }
  if (number < 90) {
    const path = ['traits.plan', 'traits.city', 'traits.language', 'traits.company'][number % 4] ?? '';
    return { type: 'profileChange', path, from: null, to: number % 3 === 0 ? 'profile.orderCount > 3' : null };
  }
  const path = number < 93 ? 'traits.birthday' : `traits.date${number}`;
  return { type: 'date', of: 'profile', path, events: [], yearly: true, offsetDays: -number, atWallMs: 9 * HOUR_MS };
}

const startingNames: readonly string[] = ON_COMMON.flatMap((count, at) =>
  Array<string>(count).fill(commonNames[at]?.[0] ?? ''),
);

/** The thousand in the order of a shuffled pack: any beginning of it is a mixture like the whole. */
const shuffled: readonly number[] = Array.from({ length: 1_000 }, (_, at) => (at * 387 + 12) % 1_000);

const triggerAt = (number: number): TriggerDefinition => {
  const more = { audience: audienceOf(number), goal: number % 5 === 0 ? GOAL : null };
  if (number < NAMELESS) return trigger(number, nameless(number), more);
  const name = startingNames[number - NAMELESS] ?? otherNames[number % otherNames.length] ?? '';
  return trigger(number, whenOn(name, number), more);
};

/** So many live triggers of mixed types; the first is `cart-left`, whatever the number. */
export const triggersOf = (count: number): readonly Definition[] => [
  cartLeft,
  ...shuffled.slice(0, count - 1).map(triggerAt),
];

/** As many, all of types that name the events that they are about. */
export const namedTriggersOf = (count: number): readonly Definition[] => [
  cartLeft,
  ...Array.from({ length: count - 1 }, (_, at) => triggerAt(NAMELESS + at)),
];
