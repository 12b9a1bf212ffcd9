import fc from 'fast-check';
import type { Definition, TriggerDefinition, When } from '../definitions.ts';
import { did, journeyOf, send, wait, waitFor } from '../journeys/journey.fixture.ts';
import {
  cartLeft,
  DAY,
  eventWhen,
  HOUR,
  inactiveFor,
  MINUTE,
  named,
  T0,
  triggerOf,
} from '../triggers/detector.fixture.ts';

/** Events of which the triggers below are made; one is nothing to anybody. */
export const NAMES = ['Product Added', 'Order Completed', 'Page Viewed', 'Complaint Opened', 'Nothing'] as const;

const wheres = fc.constantFrom(
  null,
  null,
  null,
  'profile.orderCount == 1',
  'properties.total > 20',
  '!("vip" in segments)',
);
const matchOf = (name: string) => wheres.map((where) => ({ name, where }));

const whens: fc.Arbitrary<When> = fc.oneof(
  matchOf('Order Completed').map((match): When => eventWhen(match.name, match.where)),
  fc
    .tuple(matchOf('Product Added'), fc.constantFrom('restartsOnRepeat', 'startsOnFirst'))
    .map(([match, clock]): When => cartLeft({ events: [match], clock, graceMs: MINUTE })),
  fc.constantFrom(null, named('Page Viewed')).map((events): When => inactiveFor(5 * HOUR, events)),
  fc.tuple(matchOf('Page Viewed'), fc.constantFrom('count', 'sum', 'distinct')).map(
    ([match, of]): When => ({
      type: 'count',
      events: [match],
      of,
      value: of === 'count' ? null : 'properties.total',
      atLeast: of === 'sum' ? 40 : 2,
      window: { kind: 'rolling', ms: 6 * HOUR },
    }),
  ),
  fc.constant<When>({
    type: 'sequence',
    events: named('Page Viewed'),
    followedBy: [...named('Product Added')],
    butNot: named('Complaint Opened'),
    withinMs: 8 * HOUR,
  }),
  fc.constant<When>({
    type: 'unusual',
    events: named('Order Completed'),
    value: 'properties.total',
    per: null,
    times: 2,
    spreads: null,
    direction: 'above',
    afterAtLeast: 1,
  }),
  fc.constantFrom('above', 'below').map(
    (direction): When => ({
      type: 'unusual',
      events: named('Page Viewed'),
      value: null,
      per: { kind: 'rolling', ms: 2 * HOUR },
      times: 1.5,
      spreads: null,
      direction,
      afterAtLeast: 1,
    }),
  ),
  fc.constantFrom('enters', 'leaves').map((change): When => ({ type: 'segment', segment: 'vip', change })),
  wheres.map((to): When => ({ type: 'profileChange', path: 'traits.plan', from: null, to })),
  fc.constant<When>({
    type: 'date',
    of: 'properties',
    path: 'ends',
    events: named('Order Completed'),
    yearly: false,
    offsetDays: 0,
    atWallMs: 9 * HOUR,
  }),
);

const options: fc.Arbitrary<Partial<TriggerDefinition>> = fc.record(
  {
    audience: fc.constantFrom(null, 'profile.orderCount < 3', 'profile.traits.plan == "gold"'),
    pilot: fc.constant('vip'),
    unless: fc.constant({ events: named('Complaint Opened'), until: named('Page Viewed'), atMostMs: 6 * HOUR }),
    oncePer: fc.constantFrom(['person'], ['properties.cart_id', 'person']),
    reentry: fc.constantFrom<TriggerDefinition['reentry']>(
      { kind: 'never' },
      { kind: 'always' },
      { kind: 'after', afterMs: 3 * HOUR },
    ),
    cancelOn: fc.constantFrom([], named('Complaint Opened')),
    goal: fc.constantFrom(null, {
      event: { name: 'Order Completed', where: 'properties.total > 20' },
      withinMs: DAY,
      value: null,
    }),
    activeFromMs: fc.constantFrom(null, null, T0 + 2 * HOUR),
    activeToMs: fc.constantFrom(null, T0 + 20 * HOUR),
    status: fc.constantFrom('live', 'live', 'live', 'paused'),
  },
  { requiredKeys: [] },
);

/** Some triggers of any type, and a journey that starts with the first. */
export const definitions: fc.Arbitrary<readonly Definition[]> = fc
  .tuple(fc.array(fc.tuple(whens, options), { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([list, hasJourney]) => [
    ...list.map(([when, more], at) => triggerOf(when, { ...more, id: `t${at}` })),
    ...(hasJourney
      ? [journeyOf([send('m'), waitFor([did('Page Viewed')], 2 * HOUR), wait(HOUR), send('n')], { startsWith: 't0' })]
      : []),
  ]);

export interface Told {
  readonly name: (typeof NAMES)[number];
  readonly minute: number;
  readonly lateMinutes: number;
  readonly total: number | null;
  readonly cart: string | null;
  readonly orderCount: number;
  readonly plan: string | null;
  readonly isVip: boolean;
  readonly backfill: boolean;
  readonly isTick: boolean;
}

/** What a person does, and time between, in the order of the log. */
export const happenings: fc.Arbitrary<readonly Told[]> = fc
  .array(
    fc.record({
      name: fc.constantFrom(...NAMES),
      minute: fc.integer({ min: 0, max: 16 * 60 }),
      lateMinutes: fc.constantFrom(0, 0, 0, 0, 30, 300, 40 * 60),
      total: fc.constantFrom(null, 10, 30, 90),
      cart: fc.constantFrom(null, 'c1', 'c2'),
      orderCount: fc.integer({ min: 0, max: 3 }),
      plan: fc.constantFrom(null, 'silver', 'gold'),
      isVip: fc.boolean(),
      backfill: fc.constantFrom(false, false, false, false, false, true),
      isTick: fc.constantFrom(false, false, true),
    }),
    { minLength: 6, maxLength: 16 },
  )
  .map((list) => [...list].sort((a, b) => a.minute - b.minute));
