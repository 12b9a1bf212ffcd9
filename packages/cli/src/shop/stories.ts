import { makePerson, type Person, type Product, pickProduct } from './people.ts';
import type { Random } from './random.ts';

/** One call to the collector, `atMs` after the start of the story's run. */
export interface ShopCall {
  readonly atMs: number;
  /** `browser` calls carry the anonymous id, `server` calls the user id. */
  readonly from: 'browser' | 'server';
  readonly type: 'identify' | 'track' | 'page';
  readonly name: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly traits: Readonly<Record<string, unknown>>;
}

/** What the script knows will happen to the person: the answer key, told by the shop and by nothing else. */
export interface Expectation {
  readonly trigger: 'cart-left' | 'browse-left' | 'welcome' | 'pricing-seen' | 'unhappy-customer';
  /** When the moment comes, after the start of the run. */
  readonly atMs: number;
  readonly fires: boolean;
  /** What stops it, before time of day is looked at. `send`: nothing does. */
  readonly fate: 'send' | 'BLOCKED' | 'CAP_REACHED';
  readonly audience: 'customer' | 'staff';
}

export type StoryKind =
  | 'leaves-a-cart'
  | 'pays-in-time'
  | 'pays-late'
  | 'adds-again'
  | 'complains'
  | 'over-the-cap'
  | 'first-order'
  | 'sees-pricing'
  | 'browses';

export interface Story {
  readonly kind: StoryKind;
  readonly person: Person;
  readonly calls: readonly ShopCall[];
  readonly expectations: readonly Expectation[];
}

export interface Telling {
  readonly random: Random;
  readonly runId: string;
  readonly number: number;
  /** Start of the story after the start of the run. */
  readonly startMs: number;
  /** Where customers live. */
  readonly zones: readonly string[];
  /** The shop's patience: one hour, divided by the time scale. */
  readonly hourMs: number;
}

/** Scripted events keep this distance from every deadline. */
export const CLEAR_OF_DEADLINE_MS = 3_000;

/** How long after the deadline somebody pays who pays late. */
const LATE_MS = 20_000;

/** Builds one person's calls step by step; the clock only moves forward. */
class Script {
  readonly calls: ShopCall[] = [];
  #atMs: number;
  readonly person: Person;
  readonly #random: Random;
  #carts = 0;

  constructor(telling: Telling) {
    this.#atMs = telling.startMs;
    this.#random = telling.random;
    this.person = makePerson(telling.random, telling);
  }

  get nowMs(): number {
    return this.#atMs;
  }

  wait(ms: number): this {
    this.#atMs += Math.round(ms);
    return this;
  }

  /** A visitor looks around, signs in, and the server tells who it is. */
  arrive(): this {
    const { person } = this;
    this.#call({ from: 'browser', type: 'page', name: 'Home' }, { path: '/', url: 'https://shop.example.com/' });
    this.wait(this.#random.between(150, 600));
    const traits = {
      email: person.email,
      firstName: person.firstName,
      lastName: person.lastName,
      timezone: person.zone,
    };
    this.#call({ from: 'server', type: 'identify', name: 'Identified' }, {}, traits);
    return this.wait(this.#random.between(150, 400));
  }

  look(): Product {
    const product = pickProduct(this.#random);
    this.#call({ from: 'browser', type: 'track', name: 'Product Viewed' }, { ...product });
    this.wait(this.#random.between(150, 500));
    return product;
  }

  /** Puts something into a cart; a new cart unless told otherwise. Answers when it happened. */
  add(options: { readonly sameCart?: boolean } = {}): number {
    if (options.sameCart !== true) this.#carts++;
    const product = this.look();
    const cartId = `${this.person.userId}-cart-${this.#carts}`;
    this.#call({ from: 'server', type: 'track', name: 'Product Added' }, { ...product, quantity: 1, cart_id: cartId });
    return this.#atMs;
  }

  /** Pays. Real shops send no cart id with the order, and so does this one. */
  order(total: number): this {
    const orderId = `${this.person.userId}-order-${this.#atMs}`;
    this.#call(
      { from: 'server', type: 'track', name: 'Order Completed' },
      { order_id: orderId, total, currency: 'GBP' },
    );
    return this;
  }

  complain(): this {
    this.#call(
      { from: 'server', type: 'track', name: 'Complaint Opened' },
      { subject: 'Arrived broken', channel: 'phone' },
    );
    return this;
  }

  seePricing(): this {
    this.#call(
      { from: 'browser', type: 'page', name: 'Pricing' },
      { path: '/pricing', url: 'https://shop.example.com/pricing' },
    );
    return this;
  }

  #call(
    what: Pick<ShopCall, 'from' | 'type' | 'name'>,
    properties: ShopCall['properties'],
    traits: ShopCall['traits'] = {},
  ): void {
    this.calls.push({ atMs: this.#atMs, ...what, properties, traits });
  }
}

const cartLeft = (atMs: number, hourMs: number, fate: Expectation['fate'] = 'send'): Expectation => ({
  trigger: 'cart-left',
  atMs: atMs + hourMs,
  fires: true,
  fate,
  audience: 'customer',
});

const browseLeft = (atMs: number, hourMs: number): Expectation => ({
  trigger: 'browse-left',
  atMs: atMs + hourMs,
  fires: true,
  fate: 'send',
  audience: 'customer',
});

const unhappy = (atMs: number): Expectation => ({
  trigger: 'unhappy-customer',
  atMs,
  fires: true,
  fate: 'send',
  audience: 'staff',
});

const welcome = (atMs: number): Expectation => ({
  trigger: 'welcome',
  atMs,
  fires: true,
  fate: 'send',
  audience: 'customer',
});

type Teller = (script: Script, telling: Telling) => readonly Expectation[];

/** Each kind of story, with what must come of it. */
export const tellers: Readonly<Record<StoryKind, Teller>> = {
  'leaves-a-cart': (script, { hourMs }) => [cartLeft(script.arrive().add(), hourMs)],

  'pays-in-time': (script, { hourMs, random }) => {
    script.arrive().add();
    script.wait(random.between(500, hourMs - 2 * CLEAR_OF_DEADLINE_MS)).order(80);
    return [welcome(script.nowMs)];
  },

  'pays-late': (script, { hourMs }) => {
    const addedMs = script.arrive().add();
    // Late enough for the reminder to be out, also on a busy machine: time in the log may be some seconds behind.
    script.wait(hourMs + LATE_MS).order(55);
    return [cartLeft(addedMs, hourMs), welcome(script.nowMs)];
  },

  'adds-again': (script, { hourMs }) => {
    script.arrive().add();
    script.wait(CLEAR_OF_DEADLINE_MS + hourMs / 10);
    return [cartLeft(script.add({ sameCart: true }), hourMs)];
  },

  complains: (script, { hourMs }) => {
    script.arrive().complain();
    const complained = unhappy(script.nowMs);
    return [complained, cartLeft(script.wait(1_000).add(), hourMs, 'BLOCKED')];
  },

  'over-the-cap': (script, { hourMs }) => {
    script.arrive();
    return [0, 1, 2].map((number) => {
      const addedMs = script.add();
      script.wait(CLEAR_OF_DEADLINE_MS);
      return cartLeft(addedMs, hourMs, number === 2 ? 'CAP_REACHED' : 'send');
    });
  },

  'first-order': (script) => {
    script.arrive().look();
    script.order(45);
    return [welcome(script.nowMs)];
  },

  'sees-pricing': (script) => {
    script.arrive().look();
    script.order(950);
    const ordered = welcome(script.nowMs);
    script.wait(CLEAR_OF_DEADLINE_MS).seePricing();
    return [ordered, { trigger: 'pricing-seen', atMs: script.nowMs, fires: true, fate: 'send', audience: 'staff' }];
  },

  browses: (script, { hourMs }) => {
    script.arrive().look();
    const lookedMs = script.nowMs;
    script.look();
    return [browseLeft(lookedMs, hourMs)];
  },
};

export function tellStory(kind: StoryKind, telling: Telling): Story {
  const script = new Script(telling);
  const expectations = tellers[kind](script, telling);
  return { kind, person: script.person, calls: script.calls, expectations };
}

const mix: readonly (readonly [StoryKind, number])[] = [
  ['leaves-a-cart', 26],
  ['pays-in-time', 22],
  ['browses', 18],
  ['first-order', 10],
  ['pays-late', 8],
  ['adds-again', 6],
  ['complains', 4],
  ['over-the-cap', 3],
  ['sees-pricing', 3],
];

/** A kind of story, as often as shops see it. */
export function pickKind(random: Random): StoryKind {
  let ticket = random.next() * mix.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [kind, weight] of mix) {
    ticket -= weight;
    if (ticket < 0) return kind;
  }
  return 'browses';
}
