import { expect } from '@jest/globals';
import { houseRules, PAUSE_MS } from '../house-rules.fixture.ts';
import { cartRules, GRACE_MS, oneAWeek, WINDOW_MS } from '../rules.fixture.ts';
import {
  bodies,
  browser,
  cart,
  chosen,
  DUE_MS,
  decisions,
  fired,
  later,
  messages,
  movedTo,
  open,
  person,
  profile,
  send,
} from '../whole-house.fixture.ts';

/** A sentence of the page, and what shows that it is true. */
export type Promises = Readonly<Record<string, () => void>>;

const said = (properties: object) => ({ properties: JSON.stringify(properties) });
const traits = (of: object) => ({ traits: JSON.stringify(of) });
const login = (browserId: string, userId: string) => send('Identified', browser(browserId, userId));
const looks = (times: number, ids: ReturnType<typeof browser>): void => {
  for (let count = 0; count < times; count += 1) send('Looked', ids);
};
/** To whom, and why. */
const withdrawals = (): string[] =>
  bodies('messages.chosen').flatMap(({ withdrawal }) =>
    withdrawal === null ? [] : [`${withdrawal.personId} ${withdrawal.code}`],
  );
const OPT_OUT = said({ channel: 'email', purpose: 'marketing' });

export const aVisitorLogsIn: Promises = {
  'What was counted of the visitor counts for the customer, and of traits the later word stands.': () => {
    send('Order Completed', { userId: 'ada' }, { ...said({ total: 5 }), ...traits({ city: 'Ulm', plan: 'a' }) });
    later(1_000);
    send('Order Completed', browser('b1'), { ...said({ total: 7 }), ...traits({ city: 'Bonn' }) });
    login('b1', 'ada');
    expect(profile('user:ada')).toMatchObject({ eventCount: 3, orderCount: 2, orderValue: '12' });
    expect(profile('user:ada')?.traits).toEqual({ city: 'Bonn', plan: 'a' });
  },
  'A consent that the visitor withdrew is withdrawn for the customer.': () => {
    send('Consent Given', { userId: 'ada' }, OPT_OUT);
    later(1_000);
    send('Consent Withdrawn', browser('b1'), OPT_OUT);
    login('b1', 'ada');
    expect(profile('user:ada')?.consent['email/marketing']?.state).toBe('denied');
  },
  'What the visitor had half done counts on: five visits before the login and three after it make eight.': () => {
    open(houseRules());
    looks(5, browser('b1'));
    login('b1', 'ada');
    looks(2, browser('b1'));
    expect(fired()).toEqual([]);
    looks(1, { userId: 'ada' });
    expect(fired()).toEqual(['user:ada']);
  },
  'A reminder that waits keeps its time, and reaches the customer, once.': () => {
    send('Product Added', browser('b1'), cart('c1'));
    later(WINDOW_MS - 1_000);
    login('b1', 'ada');
    expect(fired()).toEqual([]);
    later(GRACE_MS + 2_000);
    expect(fired()).toEqual(['user:ada']);
    later(DUE_MS);
    expect(chosen()).toEqual(['user:ada']);
  },
  'A journey goes on at the step where it was, and takes none twice.': () => {
    open(houseRules());
    send('Began', browser('b1'), said({ k: 'k1' }));
    later(PAUSE_MS / 2);
    login('b1', 'ada');
    expect(messages()).toEqual(['step-one → anon:b1']);
    later(PAUSE_MS);
    expect(messages()).toEqual(['step-one → anon:b1', 'step-two → user:ada']);
  },
  'What the visitor was sent counts under the customer’s caps.': () => {
    open(cartRules([oneAWeek]));
    send('Product Added', browser('b1'), cart('c1'));
    later(DUE_MS);
    send('Product Added', browser('b1', 'ada'), cart('c2'));
    later(DUE_MS);
    expect(chosen()).toEqual(['anon:b1']);
    expect(decisions().at(-1)).toMatchObject({ personId: 'user:ada', fate: 'dropped', code: 'CAP_REACHED' });
  },
  'What was proposed for the visitor and not chosen yet is weighed again for the customer, and sent once.': () => {
    send('Product Added', browser('b1'), cart('c1'));
    later(WINDOW_MS + GRACE_MS);
    expect([fired(), chosen()]).toEqual([['anon:b1'], []]);
    login('b1', 'ada');
    later(10_000);
    expect(chosen()).toEqual(['user:ada']);
  },
  'Of the visitor nothing remains but a pointer to the customer.': () => {
    send('Product Added', browser('b1'), { ...cart('c1'), ...traits({ city: 'Ulm' }) });
    login('b1', 'ada');
    expect(Object.keys(person('anon:b1') ?? {})).toEqual(['movedTo', 'movedAtMs']);
    expect(movedTo('anon:b1')).toBe('user:ada');
  },
  'What comes later for the old name reaches the customer.': () => {
    login('b1', 'ada');
    send('Page Viewed', browser('b1'));
    expect(profile('user:ada')?.eventCount).toBe(2);
  },
  'An alias does what a login does for the browser that it names as `previousId`.': () => {
    send('Product Added', browser('b1'), cart('c1'));
    send('Alias Made', browser('b1', 'ada'), { type: 'alias', ...said({ previousId: 'b1' }) });
    later(DUE_MS);
    expect(movedTo('anon:b1')).toBe('user:ada');
    expect([profile('user:ada')?.eventCount, chosen()]).toEqual([2, ['user:ada']]);
  },
};

const cartAndOrder = (isOrderFirst: boolean): void => {
  open();
  send('Product Added', browser('phone'), cart('c1'));
  later(1_000);
  const order = (): unknown => send('Order Completed', browser('laptop', 'ada'));
  if (isOrderFirst) order();
  login('phone', 'ada');
  if (!isOrderFirst) order();
  later(DUE_MS);
  expect([fired(), chosen()]).toEqual([[], []]);
};

export const severalDevices: Promises = {
  'Every browser that logs in as the same customer becomes that customer.': () => {
    for (const device of ['phone', 'laptop', 'tablet']) {
      send('Page Viewed', browser(device));
      login(device, 'ada');
    }
    expect(['anon:phone', 'anon:laptop', 'anon:tablet'].map(movedTo)).toEqual(Array(3).fill('user:ada'));
    expect(profile('user:ada')?.eventCount).toBe(6);
  },
  'A cart on the phone and an order on the laptop make no reminder, whichever of order and login arrives first.':
    () => {
      cartAndOrder(true);
      cartAndOrder(false);
    },
  'A cart that is filled on two devices starts its clock again.': () => {
    send('Product Added', browser('phone'), cart('c1'));
    later(WINDOW_MS / 2);
    send('Product Added', { userId: 'ada' }, cart('c1'));
    login('phone', 'ada');
    later(WINDOW_MS / 2 + GRACE_MS + 2_000);
    expect(fired()).toEqual([]);
    later(DUE_MS);
    expect(fired()).toEqual(['user:ada']);
  },
  'A reminder that went out for the phone’s cart is taken back when the order turns out to be the same person’s.':
    () => {
      send('Product Added', browser('phone'), cart('c1'));
      later(DUE_MS);
      send('Order Completed', browser('laptop', 'ada'));
      login('phone', 'ada');
      expect(withdrawals()).toEqual(['anon:phone EXITED']);
    },
};

export const severalPersons: Promises = {
  'When somebody else logs in at a browser, what happens there from then on is theirs.': () => {
    login('b1', 'ada');
    login('b1', 'bob');
    send('Order Completed', browser('b1'), said({ total: 5 }));
    expect([profile('user:ada')?.orderCount, profile('user:bob')?.orderCount]).toEqual([0, 1]);
    expect([profile('user:ada')?.eventCount, profile('user:bob')?.eventCount]).toEqual([1, 2]);
  },
  'Nothing of the first person moves to the second: no trait, no address, no consent, no order, no cart.': () => {
    send('Product Added', browser('b1'), cart('c1'));
    send('Consent Given', browser('b1'), OPT_OUT);
    const adas = { email: 'ada@shop.test', phone: '+49301234567', cardNumber: 'CARD-001', city: 'Ulm' };
    send('Identified', browser('b1', 'ada'), traits(adas));
    send('Order Completed', browser('b1'), said({ total: 5, cart_id: 'other' }));
    login('b1', 'bob');
    later(DUE_MS);
    expect(profile('user:bob')).toMatchObject({ traits: {}, email: null, phone: null, orderCount: 0, eventCount: 1 });
    expect(Object.keys(profile('user:bob')?.consent ?? {})).toEqual(['onsite/marketing']);
    expect(chosen()).not.toContain('user:bob');
    for (const id of ['email:ada@shop.test', 'phone:+49301234567', 'card:CARD001'])
      expect(movedTo(id)).toBe('user:ada');
  },
  'The reminder of a cart from before the first login goes to the first person, also after the second has logged in.':
    () => {
      send('Product Added', browser('b1'), cart('c1'));
      login('b1', 'ada');
      login('b1', 'bob');
      later(DUE_MS);
      expect(chosen()).toEqual(['user:ada']);
    },
  'When the first person logs in again, theirs is what follows.': () => {
    login('b1', 'ada');
    login('b1', 'bob');
    login('b1', 'ada');
    send('Page Viewed', browser('b1'));
    expect([profile('user:ada')?.eventCount, profile('user:bob')?.eventCount]).toEqual([3, 1]);
  },
  'After a log-out with a new anonymous id, as Segment’s `reset()` makes it, the visitor is nobody until the next login.':
    () => {
      login('b1', 'ada');
      send('Page Viewed', browser('b2'));
      expect([profile('anon:b2')?.eventCount, profile('user:ada')?.eventCount]).toEqual([1, 1]);
      login('b2', 'bob');
      expect([movedTo('anon:b1'), movedTo('anon:b2')]).toEqual(['user:ada', 'user:bob']);
    },
  'After a log-out that keeps the anonymous id, what is done before the next login counts for whoever was logged in last.':
    () => {
      login('b1', 'ada');
      send('Page Viewed', browser('b1'));
      login('b1', 'bob');
      expect([profile('user:ada')?.eventCount, profile('user:bob')?.eventCount]).toEqual([2, 1]);
    },
};
