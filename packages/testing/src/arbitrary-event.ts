import type { CollectedEvent } from '@kairos/contracts';
import fc from 'fast-check';

export interface EventOptions {
  /** How many customers there are; few, so that events meet. 3 unless given. */
  readonly persons?: number;
  /** UTC ms of the first event. */
  readonly startMs?: number;
  readonly names?: readonly string[];
}

const usualNames = [
  'Product Viewed',
  'Product Added',
  'Product Removed',
  'Order Completed',
  'Order Refunded',
  'Page Viewed',
  'Identified',
  'Complaint Opened',
  'Unsubscribed',
  'Consent Given',
  'Consent Withdrawn',
];
const START_MS = Date.UTC(2026, 10, 18, 10);

const types: Readonly<Record<string, string>> = { Identified: 'identify', 'Page Viewed': 'page' };

const amounts = fc.integer({ min: 0, max: 100_000 }).map((cents) => cents / 100);
const properties = fc.record(
  {
    cart_id: fc.constantFrom('c1', 'c2', 'c3'),
    product_id: fc.constantFrom('KB-01', 'KB-02'),
    name: fc.string({ maxLength: 20 }),
    total: fc.oneof(amounts, amounts.map(String)),
    channel: fc.constantFrom('email', 'onsite', 'nonsense'),
    purpose: fc.constantFrom('marketing', 'service'),
    path: fc.constantFrom('/', '/pricing'),
    extra: fc.jsonValue({ maxDepth: 2 }),
  },
  { requiredKeys: [] },
);
const traits = fc.record(
  {
    email: fc.constantFrom('a@example.com', 'B@Example.com', 'not an address', ''),
    firstName: fc.string({ maxLength: 12 }),
    timezone: fc.constantFrom('Europe/London', 'Asia/Tokyo', 'Mars/Olympus'),
    extra: fc.jsonValue({ maxDepth: 1 }),
  },
  { requiredKeys: [] },
);

/** One event as the collector writes it: believable, and rude where clients are. At `startMs`, or up to an hour around it. */
export function arbitraryEvent(options: EventOptions = {}): fc.Arbitrary<CollectedEvent> {
  const { persons = 3, startMs = START_MS, names = usualNames } = options;
  const number = fc.integer({ min: 1, max: persons });
  const ids = fc.oneof(
    number.map((one) => ({ anonymousId: `browser-${one}`, userId: null })),
    number.map((one) => ({ anonymousId: null, userId: `user-${one}` })),
    number.map((one) => ({ anonymousId: `browser-${one}`, userId: `user-${one}` })),
  );
  return fc
    .record({
      messageId: fc.uuid(),
      name: fc.constantFrom(...names),
      ids,
      skewMs: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: -3_600_000, max: 0 })),
      properties,
      traits,
      sourceKind: fc.constantFrom('browser', 'server', 'import'),
    })
    .map(({ messageId, name, ids: { anonymousId, userId }, skewMs, sourceKind, ...said }) => ({
      origin: null,
      messageId,
      type: types[name] ?? 'track',
      name,
      anonymousId,
      userId,
      email: null,
      phone: null,
      occurredAtMs: startMs + skewMs,
      receivedAtMs: startMs,
      originalTimestampMs: startMs + skewMs,
      sentAtMs: startMs,
      properties: JSON.stringify(said.properties),
      traits: JSON.stringify(said.traits),
      context: '{}',
      source: sourceKind,
      sourceKind,
      backfill: sourceKind === 'import',
      candidateId: null,
      flags: [],
      rehomed: false,
      link: null,
    }));
}

/** Events in the order of the log: each up to ten minutes after the one before, some of them repeats of an earlier one. */
export function arbitraryEvents(
  options: EventOptions & { readonly maxLength?: number } = {},
): fc.Arbitrary<CollectedEvent[]> {
  const { startMs = START_MS, maxLength = 30 } = options;
  const step = fc.record({
    event: arbitraryEvent({ ...options, startMs: 0 }),
    afterMs: fc.integer({ min: 0, max: 600_000 }),
    repeats: fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, fc.nat()),
  });
  return fc.array(step, { maxLength }).map((steps) => {
    const events: CollectedEvent[] = [];
    let nowMs = startMs;
    for (const { event, afterMs, repeats } of steps) {
      nowMs += afterMs;
      const earlier = repeats === null ? undefined : events[repeats % Math.max(1, events.length)];
      events.push(earlier ?? shifted(event, nowMs));
    }
    return events;
  });
}

const shifted = (event: CollectedEvent, byMs: number): CollectedEvent => ({
  ...event,
  occurredAtMs: event.occurredAtMs + byMs,
  receivedAtMs: event.receivedAtMs + byMs,
  originalTimestampMs: (event.originalTimestampMs ?? 0) + byMs,
  sentAtMs: (event.sentAtMs ?? 0) + byMs,
});
