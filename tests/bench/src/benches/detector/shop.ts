/** What a customer of the invented shop does at one moment. */
export type Act = 'view' | 'add' | 'order';

/** How much the invented shop lives. */
export interface ShopSize {
  readonly events: number;
  readonly customers: number;
}

export interface ShopEvent {
  /** From 0. */
  readonly number: number;
  readonly customer: number;
  readonly act: Act;
  /** UTC ms, rising; no two events share one. */
  readonly atMs: number;
}

/** Length of the day that the events are spread over evenly: with ten events a customer four of five carts are left. */
const SPAN_MS = 18 * 3_600_000;
const START_MS = Date.UTC(2026, 5, 3, 4);
/** One record of time in each partition after so many events. */
export const EVENTS_PER_TICK = 1_000;

/** Mulberry32: small, seeded, the same everywhere. */
const randomFrom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
};

const actOf = (draw: number): Act => (draw < 0.25 ? 'add' : draw < 0.375 ? 'order' : 'view');

/** When an event happens. */
export const timeOf = (number: number, { events }: ShopSize): number =>
  START_MS + Math.floor((number * SPAN_MS) / events);

/**
 * The events of a shop's day: two in eight are cart adds, one is an order, the rest are views. Always the same for the same
 * size, so that whoever needs them (topic, oracle) makes them anew instead of keeping millions.
 */
export function* shopEvents(size: ShopSize): Generator<ShopEvent> {
  if (size.events > SPAN_MS / 2) throw new Error(`at most ${SPAN_MS / 2} events fit: no two may share a moment`);
  const random = randomFrom(20_260_603);
  for (let number = 0; number < size.events; number += 1) {
    const customer = Math.floor(random() * size.customers);
    yield { number, customer, act: actOf(random()), atMs: timeOf(number, size) };
  }
}

/** Person id of a customer, always of the same length. */
export const personOf = (customer: number): string => `user:c${String(customer).padStart(8, '0')}`;
export const customerOf = (personId: string): number => Number(personId.slice('user:c'.length));
