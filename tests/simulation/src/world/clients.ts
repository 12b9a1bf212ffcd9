import type { CollectedEvent } from '@kairos/contracts';
import { cardOf, parseObject } from '@kairos/decisions';
import { partitionOf } from '@kairos/stream-kit';
import { serde } from '../house/serde.ts';
import type { Random } from '../random.ts';
import type { Cluster } from './cluster.ts';
import type { Weather } from './weather.ts';

const BROWSERS = ['a0', 'a1', 'a2', 'a3', 'a4'];
const USERS = ['u0', 'u1', 'u2'];
const MAILS = ['m0@shop.example', 'm1@shop.example'];
const CARDS = ['CARD0000', 'CARD0001'];

/** What begins a journey, is answered in it and ends it, among others. */
const otherNames = ['Wished', 'Wished', 'Began', 'Began', 'Answered', 'Left', 'Page Viewed'];

/** The key of a record on `events.collected`, as every sender has to choose it. */
export const sourceKeyOf = ({ anonymousId, userId, email, traits }: CollectedEvent): string =>
  anonymousId ?? userId ?? email ?? cardOf(parseObject(traits), {}) ?? '';

interface Cart {
  readonly id: string;
  readonly sender: Sender;
  readonly atMs: number;
}

interface Sender {
  readonly anonymousId: string | null;
  readonly userId: string | null;
  readonly email: string | null;
  /** A till knows a customer by the card alone. */
  readonly card: string | null;
}

interface Late {
  readonly event: CollectedEvent;
  readonly atMs: number;
}

/** Shops, phones and servers that send events: late, twice, or under a foreign partitioner. */
export class Clients {
  readonly sent: CollectedEvent[] = [];
  readonly #random: Random;
  readonly #cluster: Cluster;
  readonly #weather: Weather;
  #carts: Cart[] = [];
  /** On their way: no network, or a client that will ask again. */
  #late: Late[] = [];

  constructor(random: Random, cluster: Cluster, weather: Weather) {
    this.#random = random;
    this.#cluster = cluster;
    this.#weather = weather;
  }

  /** Somebody does something. */
  act(nowMs: number): void {
    const random = this.#random;
    const sender = this.#sender();
    const chance = random.next();
    const cart = random.pick(this.#carts);
    if (chance < 0.34) {
      const id = `c${this.sent.length}`;
      this.#carts.push({ id, sender, atMs: nowMs });
      this.#send(
        { ...this.#event('Product Added', sender, nowMs), properties: JSON.stringify({ cart_id: id }) },
        nowMs,
      );
    } else if (chance < 0.58 && cart !== undefined && cart.atMs < nowMs) {
      this.#carts = this.#carts.filter((one) => one !== cart);
      const buyer = random.chance(this.#weather.crossing) ? sender : cart.sender;
      const properties = JSON.stringify({ cart_id: cart.id, order_id: `o${cart.id}`, value: 10, currency: 'EUR' });
      this.#send({ ...this.#event('Order Completed', buyer, nowMs), properties }, nowMs);
    } else if (chance < 0.58 + this.#weather.logins && sender.anonymousId !== null) {
      // Mostly the browser's own user; now and then somebody else at the same machine.
      const own = USERS[BROWSERS.indexOf(sender.anonymousId) % USERS.length] ?? 'u0';
      const userId = random.chance(0.85) ? own : (random.pick(USERS) ?? own);
      const isAlias = random.chance(this.#weather.aliases);
      const call = isAlias
        ? ({ type: 'alias', name: 'Alias Made' } as const)
        : ({ type: 'identify', name: 'Identified' } as const);
      this.#send({ ...this.#event(call.name, sender, nowMs), type: call.type, userId }, nowMs);
    } else if (sender.anonymousId !== null && random.chance(this.#weather.mails * 3)) {
      const traits = JSON.stringify(
        random.chance(0.7) ? { email: random.pick(MAILS) } : { cardNumber: random.pick(CARDS) },
      );
      this.#send({ ...this.#event('Newsletter Asked', sender, nowMs), traits }, nowMs);
    } else
      this.#send(this.#event(otherNames[Math.floor(random.next() * otherNames.length)] ?? '', sender, nowMs), nowMs);
  }

  /** What was on its way may arrive. */
  arrive(nowMs: number): void {
    const due = this.#late.filter(({ atMs }) => atMs <= nowMs);
    this.#late = this.#late.filter(({ atMs }) => atMs > nowMs);
    for (const { event } of due) this.#append(event);
  }

  arriveAll(): void {
    for (const { event } of this.#late.splice(0)) this.#append(event);
  }

  #sender(): Sender {
    const nobody = { anonymousId: null, userId: null, email: null, card: null };
    const chance = this.#random.next();
    const browsers = BROWSERS.slice(0, this.#weather.browsers);
    if (chance < 0.75) return { ...nobody, anonymousId: this.#random.pick(browsers) ?? 'a0' };
    if (chance < 0.9) return { ...nobody, userId: this.#random.pick(USERS) ?? 'u0' };
    if (chance < 0.97) return { ...nobody, email: this.#random.pick(MAILS) ?? 'm0@shop.example' };
    return { ...nobody, card: this.#random.pick(CARDS) ?? 'CARD0000' };
  }

  #event(name: string, { card, ...ids }: Sender, nowMs: number): CollectedEvent {
    return {
      messageId: `e${this.sent.length}`,
      type: 'track',
      name,
      ...ids,
      phone: null,
      occurredAtMs: nowMs,
      receivedAtMs: nowMs,
      originalTimestampMs: null,
      sentAtMs: null,
      properties: '{}',
      traits: card === null ? '{}' : JSON.stringify({ cardNumber: card }),
      context: '{}',
      source: 'shop',
      sourceKind: 'server',
      backfill: false,
      candidateId: null,
      flags: [],
      rehomed: false,
      link: null,
      origin: null,
    };
  }

  #send(event: CollectedEvent, nowMs: number): void {
    const { lateMs, retries } = this.#weather;
    this.sent.push(event);
    if (lateMs > 0 && this.#random.chance(0.12)) this.#late.push({ event, atMs: nowMs + this.#random.int(1, lateMs) });
    else this.#append(event);
    if (this.#random.chance(retries)) this.#late.push({ event, atMs: nowMs + this.#random.int(1, 12_000) });
  }

  #append(event: CollectedEvent): void {
    const key = sourceKeyOf(event);
    const logs = this.#cluster.logs('events.collected');
    const isForeign = this.#random.chance(this.#weather.foreign);
    const log = isForeign ? this.#random.pick(logs) : logs[partitionOf(key, logs.length)];
    if (log === undefined) return;
    this.#cluster.append(log, [{ topic: log.topic, key, value: serde.encode('events.collected', event) }]);
  }
}
