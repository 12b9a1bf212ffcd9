import { Agent, request as httpRequest } from 'node:http';
import type { House } from './house.ts';
import type { SmtpSink } from './smtp-sink.ts';

/** One event in ten is an order, and so a mail. */
export const EVENTS_PER_ORDER = 10;

/** What an order is called. */
export const ORDER = 'Order Completed';

/** The user id of a customer. */
export const userIdOf = (customer: number): string => `customer${customer}`;
const addressOf = (customer: number): string => `${userIdOf(customer)}@bench.example`;
const customerOf = (address: string): number => Number(/^customer(\d+)@/.exec(address)?.[1] ?? -1);

let messages = 0;
const call = (type: 'identify' | 'track', customer: number, more: object): object => {
  messages += 1;
  return { type, messageId: `bench-${process.pid}-${messages}`, userId: userIdOf(customer), ...more };
};

const order = (customer: number): object =>
  call('track', customer, { event: ORDER, properties: { order_id: `o-${messages}`, total: 79.9 } });
const view = (customer: number): object =>
  call('track', customer, { event: 'Product Viewed', properties: { product_id: 'sku-1042', price: 79.9 } });

/** An order on its way to its mail; UTC ms with fractions. */
export interface Walk {
  readonly customer: number;
  readonly postedAtMs: number;
  readonly mailedAtMs: number;
}

/** The customers of a shop: what they do, and the mails that they get. */
export class Customers {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 32 });
  readonly #house: House;
  readonly #count: number;
  /** When the order of a customer was posted whose mail has not come yet. */
  readonly #waiting = new Map<number, number>();
  #walks: Walk[] = [];
  #next = 0;

  constructor(house: House, sink: SmtpSink, count: number) {
    this.#house = house;
    this.#count = count;
    sink.onMail = (recipient, atMs) => {
      const customer = customerOf(recipient);
      const postedMs = this.#waiting.get(customer);
      if (postedMs === undefined) return;
      this.#waiting.delete(customer);
      const { timeOrigin } = performance;
      this.#walks.push({ customer, postedAtMs: timeOrigin + postedMs, mailedAtMs: timeOrigin + atMs });
    };
  }

  /** Makes all of them known, with their addresses. */
  async identify(): Promise<void> {
    const calls = Array.from({ length: this.#count }, (_none, customer) =>
      call('identify', customer, { traits: { email: addressOf(customer), firstName: 'Ada' } }),
    );
    for (let from = 0; from < calls.length; from += 500) await this.#post('/v1/batch', calls.slice(from, from + 500));
  }

  /** Sends events as fast as they are taken, in batches, and answers how many a second walked the whole way. */
  async burst(events: number): Promise<number> {
    const startMs = performance.now();
    for (let sent = 0; sent < events; sent += 500) {
      const calls = Array.from({ length: 500 }, (_none, at) =>
        at % EVENTS_PER_ORDER === 0 ? this.#order() : this.#view(),
      );
      await this.#post('/v1/batch', calls);
    }
    await this.#allMails();
    return events / ((performance.now() - startMs) / 1_000);
  }

  /** Sends evenly for a while: each order in a request of its own, views ten times a second in batches. */
  async steady(eventsPerS: number, seconds: number): Promise<readonly Walk[]> {
    this.#walks = [];
    const startMs = performance.now();
    const ordersPerS = eventsPerS / EVENTS_PER_ORDER;
    let orders = 0;
    let views = 0;
    const posts: Promise<void>[] = [];
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        const passedS = (performance.now() - startMs) / 1_000;
        for (; orders < passedS * ordersPerS; orders += 1) posts.push(this.#post('/v1/track', this.#order()));
        const due = Math.floor(passedS * 10) * ((eventsPerS - ordersPerS) / 10) - views;
        if (due >= 1) {
          const calls = Array.from({ length: Math.floor(due) }, () => this.#view());
          views += calls.length;
          posts.push(this.#post('/v1/batch', calls));
        }
        if (passedS < seconds) return;
        clearInterval(timer);
        resolve();
      }, 5);
    });
    await Promise.all(posts);
    await this.#allMails();
    return this.#walks;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Each order is of the next customer: a mail is known by its recipient. */
  #order(): object {
    const customer = this.#next % this.#count;
    this.#next += 1;
    if (this.#waiting.has(customer)) throw new Error('more orders are under way than there are customers');
    this.#waiting.set(customer, performance.now());
    return order(customer);
  }

  #view(): object {
    return view(Math.floor(Math.random() * this.#count));
  }

  async #allMails(): Promise<void> {
    const deadlineMs = performance.now() + 90_000;
    while (this.#waiting.size > 0) {
      if (performance.now() > deadlineMs) throw new Error(`${this.#waiting.size} mails did not come within 90 s`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  #post(path: '/v1/track' | '/v1/batch', what: object | readonly object[]): Promise<void> {
    const body = JSON.stringify(Array.isArray(what) ? { batch: what } : what);
    const authorization = `Basic ${Buffer.from(`${this.#house.writeKey}:`).toString('base64')}`;
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), authorization };
    const about = {
      host: '127.0.0.1',
      port: this.#house.collectorPort,
      method: 'POST',
      path,
      agent: this.#agent,
      headers,
    };
    return new Promise((resolve, reject) => {
      const request = httpRequest(about, (response) => {
        response.resume();
        response.on('end', () =>
          response.statusCode === 200 ? resolve() : reject(new Error(`the collector answered ${response.statusCode}`)),
        );
      });
      request.on('error', reject);
      request.end(body);
    });
  }
}
