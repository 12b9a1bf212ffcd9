import { Random } from '@kairos/cli';
import type { CollectedEvent } from '@kairos/contracts';

/** An event on its way to the log; `misplaced` ones go to a partition that is not their key's. */
export interface ShopEvent {
  readonly key: string;
  readonly event: CollectedEvent;
  readonly misplaced: boolean;
}

export interface ShopOptions {
  readonly seed: number;
  readonly persons: number;
  /** Part of every id: two runs never share a person. */
  readonly runId: string;
}

/** Known from the first event on: everything of theirs comes under one key, so the model of timers knows them. */
const SERVER = 's';
/** Come as a browser and sign in later: their story moves from one person to another. */
const BROWSER = 'b';

export const isServerPerson = (personId: string): boolean => personId.startsWith(`user:${SERVER}-`);

interface Customer {
  readonly kind: typeof SERVER | typeof BROWSER;
  readonly name: string;
  steps: number;
  carts: number;
  /** The cart that is open, if it is to be paid. */
  toPay: string | undefined;
  last: ShopEvent | undefined;
}

const SIGN_IN_AT_STEP = 6;
const RESENT = 0.02;
const MISPLACED = 0.003;

/** A shop whose customers look, fill carts, pay or leave, complain, come back: each call tells what one of them does next. */
export class Shop {
  readonly #random: Random;
  readonly #customers: readonly Customer[];
  readonly #runId: string;
  #number = 0;

  constructor({ seed, persons, runId }: ShopOptions) {
    this.#random = new Random(seed);
    this.#runId = runId;
    this.#customers = Array.from({ length: persons }, (_none, at) => ({
      kind: at % 5 === 4 ? BROWSER : SERVER,
      name: `${runId}-${at}`,
      steps: 0,
      carts: 0,
      toPay: undefined,
      last: undefined,
    }));
  }

  /** One customer's next step at that moment: one event, or a few that belong together. */
  next(nowMs: number): readonly ShopEvent[] {
    const customer = this.#customers[this.#random.between(0, this.#customers.length - 1)];
    if (customer === undefined) throw new RangeError('a shop needs customers');
    // A client that got no answer sends again, under the same id.
    if (customer.last !== undefined && this.#random.happens(RESENT)) return [{ ...customer.last, misplaced: false }];
    const events = this.#step(customer, nowMs);
    customer.steps += 1;
    customer.last = events.at(-1);
    return events;
  }

  #step(customer: Customer, nowMs: number): readonly ShopEvent[] {
    const say = (type: string, name: string, properties: object = {}): ShopEvent =>
      this.#event(customer, { type, name, properties, nowMs });
    if (customer.steps === 0 || (customer.kind === BROWSER && customer.steps === SIGN_IN_AT_STEP))
      return [
        customer.kind === BROWSER && customer.steps === 0
          ? say('page', 'Page Viewed', { path: '/' })
          : say('identify', 'Identified'),
      ];
    if (customer.toPay !== undefined) {
      const cartId = customer.toPay;
      customer.toPay = undefined;
      return [
        say('track', 'Order Completed', { cart_id: cartId, order_id: cartId, total: this.#random.between(10, 300) }),
      ];
    }
    const ticket = this.#random.next();
    if (ticket < 0.45) return [say('track', 'Product Viewed', { product_id: `p${this.#random.between(1, 50)}` })];
    if (ticket < 0.6) return [say('page', 'Page Viewed', { path: '/pricing' })];
    if (ticket < 0.61) return [say('track', 'Complaint Opened', { subject: 'Arrived broken' })];
    return this.#fillCart(customer, say);
  }

  #fillCart(customer: Customer, say: (type: string, name: string, properties: object) => ShopEvent): ShopEvent[] {
    customer.carts += 1;
    const cartId = `${customer.name}-c${customer.carts}`;
    const isLeft = this.#random.happens(0.35);
    if (!isLeft) customer.toPay = cartId;
    const add = (product: number) =>
      say('track', 'Product Added', { cart_id: cartId, product_id: `p${product}`, price: 9 });
    return this.#random.happens(0.2) ? [add(1), add(2)] : [add(1)];
  }

  #event(
    customer: Customer,
    { type, name, properties, nowMs }: { type: string; name: string; properties: object; nowMs: number },
  ): ShopEvent {
    this.#number += 1;
    const isKnown = customer.kind === SERVER || customer.steps >= SIGN_IN_AT_STEP;
    const userId = isKnown ? `${customer.kind}-${customer.name}` : null;
    const anonymousId = customer.kind === BROWSER ? `a-${customer.name}` : null;
    const traits = name === 'Identified' ? { email: `${customer.name}@example.com`, firstName: 'Ada' } : {};
    const event: CollectedEvent = {
      messageId: `${this.#runId}-m${this.#number}`,
      type,
      name,
      anonymousId,
      userId,
      email: null,
      phone: null,
      occurredAtMs: nowMs,
      receivedAtMs: nowMs,
      originalTimestampMs: null,
      sentAtMs: null,
      properties: JSON.stringify(properties),
      traits: JSON.stringify(traits),
      context: '{}',
      source: 'server',
      sourceKind: 'server',
      backfill: false,
      candidateId: null,
      flags: [],
      rehomed: false,
      link: null,
      origin: null,
    };
    return { key: anonymousId ?? userId ?? '', event, misplaced: this.#random.happens(MISPLACED) };
  }
}
