interface Field {
  readonly type: 'string' | 'number' | 'boolean' | 'object';
  /** For the reference page. */
  readonly meaning: string;
}

/** Fields of `profile`, as the enricher keeps them; whatever else is known of a person is below `traits`. */
export const profileTypes = {
  personId: { type: 'string', meaning: 'The person, such as `user:42`.' },
  userId: { type: 'string', meaning: 'The customer’s own id.' },
  anonymousId: { type: 'string', meaning: 'The browser seen last.' },
  email: { type: 'string', meaning: 'E-mail address.' },
  phone: { type: 'string', meaning: 'Phone number, E.164.' },
  firstName: { type: 'string', meaning: 'From the traits `firstName` or `name`.' },
  lastName: { type: 'string', meaning: 'From the traits `lastName` or `name`.' },
  traits: { type: 'object', meaning: 'What events said of the person, the later word each.' },
  group: {
    type: 'object',
    meaning: 'The company that was named last, with `id` and `traits`; unknown for who belongs to none.',
  },
  householdId: { type: 'string', meaning: 'The same for all who live at one postal address, or state it.' },
  zone: { type: 'string', meaning: 'Time zone.' },
  zoneFrom: { type: 'string', meaning: 'How the zone is known: `profile`, `context`, `country` or `company`.' },
  locale: { type: 'string', meaning: 'Such as `de-AT`.' },
  country: {
    type: 'string',
    meaning:
      'ISO 3166-1 alpha-2, such as `AT`: of the address, else `context.location`, else the region of the locale, else the phone number.',
  },
  age: {
    type: 'number',
    meaning:
      'Whole years at the log time of the event: from `traits.birthday`, else `traits.age`, which grows by the years since it was said.',
  },
  device: {
    type: 'string',
    meaning:
      '`desktop`, `mobile`, `tablet`, `tv` or `app`, the one used last: of `context.device.type`, else `context.userAgentData`, else the user agent.',
  },
  isNew: { type: 'boolean', meaning: 'Not `isReturning`.' },
  isReturning: {
    type: 'boolean',
    meaning:
      'Seen in more than one visit, or seen again after an order. A visit ends with a pause of more than 30 minutes, and a day after it began.',
  },
  firstSeenAtMs: { type: 'number', meaning: 'UTC ms.' },
  lastSeenAtMs: { type: 'number', meaning: 'UTC ms.' },
  eventCount: { type: 'number', meaning: 'All events.' },
  orderCount: { type: 'number', meaning: '`Order Completed`.' },
  orderValue: { type: 'number', meaning: 'Sum of `total` (else `revenue`, `value`) of all orders.' },
  averageOrderValue: { type: 'number', meaning: '`orderValue` by `orderCount`; unknown without an order.' },
  refundCount: { type: 'number', meaning: '`Order Refunded`.' },
  refundValue: { type: 'number', meaning: 'Sum of the refunds, without sign.' },
  netValue: { type: 'number', meaning: '`orderValue` less `refundValue`.' },
  adjustmentValue: { type: 'number', meaning: 'Sum of what touches no order.' },
  money: { type: 'object', meaning: 'The same values as exact decimal texts.' },
  firstOrderAtMs: { type: 'number', meaning: 'UTC ms.' },
  lastOrderAtMs: { type: 'number', meaning: 'UTC ms.' },
  firstProduct: { type: 'object', meaning: 'The first product of the first order: `id`, `name`, `category`.' },
  lastProduct: { type: 'object', meaning: 'The first product of the last order: `id`, `name`, `category`.' },
  computed: {
    type: 'object',
    meaning: 'What `ComputedTrait` definitions compute, such as `profile.computed.orders_90d`.',
  },
  preferences: {
    type: 'object',
    meaning:
      'What the person has stated: `channels` in order, `topics` by name (true or false), `frequency` (`max`, `perMs`). Of the event `Preferences Stated`, or of the trait `preferences`.',
  },
  counters: { type: 'object', meaning: 'Events by name, such as `profile.counters["Page Viewed"]`.' },
} as const satisfies Readonly<Record<string, Field>>;

/** Names of the fields of `profile`. */
export const profileFields: readonly string[] = Object.keys(profileTypes);
