import type { CollectedEvent } from '@kairos/contracts';
import fc from 'fast-check';
import { houseRules } from './house-rules.fixture.ts';
import { InterleavedHouse } from './interleaved-house.fixture.ts';
import { collected, GRACE_MS, T0, WINDOW_MS } from './rules.fixture.ts';

// Random stories of people who turn out to be one: several browsers, addresses, loyalty cards, logins and aliases, foreign
// partitioners, repeats, and every order in which the tasks may read on.

const PARTITIONS = 3;
const BROWSERS = ['a0', 'a1', 'a2', 'a3', 'a4'];
const USERS = ['u0', 'u1', 'u2'];
const MAILS = ['ada@shop.test', 'bob@shop.test'];
const CARDS = ['C0000001', 'C0000002'];

export interface Op {
  readonly kind: 'view' | 'cart' | 'order' | 'login' | 'alias' | 'mail' | 'card' | 'consent' | 'began' | 'looked';
  readonly who: number;
  readonly pick: number;
  readonly waitMs: number;
  readonly steps: number;
  readonly strayPartition: number | null;
  readonly again: boolean;
}

type Kind = Op['kind'];

/** Of each kind as often as it stands here, and of `often` six times more. */
const KINDS: readonly Kind[] = [
  ...(['view', 'cart', 'cart', 'order', 'login', 'login', 'alias', 'alias', 'mail', 'mail', 'card'] as const),
  ...(['consent', 'began', 'looked'] as const),
];

/** A story of all kinds, with more of what a law is about: else it meets its case too seldom. */
export const storyOf = (often: Kind): fc.Arbitrary<Op[]> =>
  fc.array(
    fc.record({
      kind: fc.constantFrom<Kind[]>(...KINDS, often, often, often, often, often, often),
      who: fc.nat({ max: 11 }),
      pick: fc.nat({ max: 5 }),
      waitMs: fc.nat({ max: 15_000 }),
      steps: fc.nat({ max: 25 }),
      strayPartition: fc.option(fc.nat({ max: PARTITIONS - 1 }), { freq: 8 }),
      again: fc.boolean(),
    }),
    // Without a size most stories would be a handful of events long.
    { minLength: 1, maxLength: 40, size: 'max' },
  );

/** What a client sent, beside what the house may know of it. */
export interface Sent {
  readonly event: CollectedEvent;
  readonly key: string;
  readonly atMs: number;
  /** Of a cart and of its order. */
  readonly cartId: string | null;
}

export interface Told {
  readonly house: InterleavedHouse;
  readonly sent: readonly Sent[];
}

/** The person that a source key is by itself. */
export const ownIdOf = (key: string): string => {
  if (key.includes('@')) return `email:${key}`;
  return CARDS.includes(key) ? `card:${key}` : USERS.includes(key) ? `user:${key}` : `anon:${key}`;
};

function idsOf(key: string): Partial<CollectedEvent> {
  if (key.includes('@')) return { email: key };
  if (CARDS.includes(key)) return { traits: JSON.stringify({ cardNumber: key }) };
  return USERS.includes(key) ? { userId: key } : { anonymousId: key };
}

interface About {
  readonly seed: number;
  /** Whether addresses and cards are given: who somebody is then hangs on the order in which tasks read on. */
  readonly identifiers: boolean;
  readonly atOnce?: boolean;
  readonly strays?: boolean;
}

/** One telling: what is sent, and how far the house has come meanwhile. */
class Teller {
  readonly sent: Sent[] = [];
  readonly house: InterleavedHouse;
  readonly #about: About;
  readonly #carts: { readonly id: string; readonly key: string }[] = [];

  constructor(about: About) {
    this.#about = about;
    this.house = new InterleavedHouse({
      partitions: PARTITIONS,
      playbook: houseRules(),
      startMs: T0,
      seed: about.seed,
    });
  }

  tell(op: Op, at: number): void {
    const { house } = this;
    // Two statements of one instant stand in the order of their log, which is not what is asked here.
    house.nowMs += op.waitMs + 1;
    const known = this.#about.identifiers ? [...BROWSERS, 'a0', 'a1', 'a2', ...MAILS, ...CARDS] : BROWSERS;
    const { key, fields, cartId = null } = this.#said(op, at, known[op.who % known.length] ?? 'a0');
    this.send(key, { messageId: `m${at}`, ...idsOf(key), ...fields }, { ...op, cartId });
    if (this.#about.atOnce === true) house.drain();
    else house.run(op.steps);
  }

  send(
    key: string,
    fields: Partial<CollectedEvent> & { readonly messageId: string; readonly name: string },
    { strayPartition, again, cartId }: Pick<Op, 'strayPartition' | 'again'> & { readonly cartId: string | null },
  ): void {
    const { house } = this;
    const event = collected(fields, house.nowMs);
    this.sent.push({ event, key, atMs: house.nowMs, cartId });
    if (strayPartition === null || this.#about.strays === false) house.collect(key, event);
    else house.collect(key, event, strayPartition);
    if (again) house.collect(key, event);
  }

  #said({ kind, pick }: Op, at: number, key: string): Said {
    switch (kind) {
      case 'cart':
        this.#carts.push({ id: `c${at}`, key });
        return { key, fields: { name: 'Product Added', ...properties({ cart_id: `c${at}` }) }, cartId: `c${at}` };
      case 'order': {
        const [cart] = this.#carts.splice(this.#carts.length === 0 ? 0 : pick % this.#carts.length, 1);
        if (cart === undefined) return { key, fields: { name: 'Page Viewed' } };
        // Mostly on the device that filled the cart.
        const fields = { name: 'Order Completed', ...properties({ cart_id: cart.id }) };
        return { key: at % 3 === 0 ? key : cart.key, fields, cartId: cart.id };
      }
      case 'login':
      case 'alias': {
        if (!BROWSERS.includes(key)) break;
        // Mostly the browser's own user; now and then somebody else at the same machine.
        const userId = USERS[(pick === 0 ? at : Number(key.slice(1))) % USERS.length] ?? null;
        const [name, type] = kind === 'login' ? ['Identified', 'identify'] : ['Alias Made', 'alias'];
        return { key, fields: { name, type, userId } };
      }
      case 'mail': {
        if (!this.#about.identifiers) break;
        const email = MAILS[pick % MAILS.length] ?? '';
        // Who gives a card and an address, and no id, is known by the address.
        if (CARDS.includes(key))
          return { key: email, fields: { name: 'Signed Up', email, ...traits({ cardNumber: key }) } };
        return { key, fields: { name: 'Signed Up', ...traits({ email }) } };
      }
      case 'card':
        if (!this.#about.identifiers || CARDS.includes(key)) break;
        return { key, fields: { name: 'Card Shown', ...traits({ cardNumber: CARDS[pick % CARDS.length] }) } };
      case 'consent': {
        const name = pick % 2 === 0 ? 'Consent Given' : 'Consent Withdrawn';
        return { key, fields: { name, ...properties({ channel: 'email', purpose: 'marketing' }) } };
      }
      case 'began':
        return { key, fields: { name: 'Began', ...properties({ k: `k${at}` }) } };
      case 'looked':
        return { key, fields: { name: 'Looked' } };
      default:
    }
    return { key, fields: { name: 'Page Viewed' } };
  }
}

interface Said {
  readonly key: string;
  readonly fields: Partial<CollectedEvent> & { readonly name: string };
  readonly cartId?: string;
}

const properties = (said: object) => ({ properties: JSON.stringify(said) });
const traits = (said: object) => ({ traits: JSON.stringify(said) });

/** Tells a story to a house, and then lets it come to rest. */
export function tell(ops: readonly Op[], about: About): Told {
  const teller = new Teller(about);
  const { house, sent } = teller;
  for (const [at, one] of ops.entries()) teller.tell(one, at);
  // Long enough for every timer, and for what takes a further hop.
  for (let count = 0; count < (WINDOW_MS + GRACE_MS) / 5_000 + 4; count += 1) {
    house.drain();
    house.nowMs += 5_000;
    house.tick();
  }
  house.drain();
  // Everybody looks once more: a pattern that was put together from two halves shows at its next event.
  const all = [...BROWSERS, ...USERS, ...(about.identifiers ? [...MAILS, ...CARDS] : [])];
  for (const key of all) {
    house.nowMs += 1;
    teller.send(
      key,
      { messageId: `last-${key}`, name: 'Looked', ...idsOf(key) },
      { strayPartition: null, again: false, cartId: null },
    );
  }
  for (let count = 0; count < 4; count += 1) {
    house.drain();
    house.nowMs += 5_000;
    house.tick();
  }
  house.drain();
  return { house, sent };
}
