import { describe, expect, it } from '@jest/globals';
import {
  cartLeft,
  companyOf,
  DAY,
  HOUR,
  MINUTE,
  named,
  OnePerson,
  playbookOf,
  T0,
  triggerOf,
} from '../detector.fixture.ts';

const cart = (atMs: number, more: object = {}) => ({ name: 'Product Added', atMs, ...more });
const order = (atMs: number, more: object = {}) => ({ name: 'Order Completed', atMs, ...more });
const withKey = (id: string) => ({ properties: { cart_id: id } });
const perCart = { oncePer: ['properties.cart_id', 'person'] };

const person = (when = cartLeft(), with_ = {}) => new OnePerson(playbookOf(triggerOf(when, with_)));

describe('absence', () => {
  it('fires when the window and the grace have passed, not before, with the due time as its cause', () => {
    const ada = person();
    ada.sees(cart(T0, { id: 'c1' }), 'trace-of-cart');
    ada.reaches(T0 + HOUR + 14_999);
    expect(ada.facts).toEqual([]);
    ada.reaches(T0 + HOUR + 15_000);
    expect(ada.proposals).toMatchObject([
      {
        triggerId: 'it',
        messageId: 'message',
        proposedAtMs: T0 + HOUR + 15_000,
        causedAtMs: T0 + HOUR,
        expiresAtMs: T0 + 7 * HOUR + 15_000,
        causes: ['c1'],
      },
    ]);
    expect(ada.facts.map((fact) => 'traceparent' in fact && fact.traceparent)).toEqual([
      'trace-of-cart',
      'trace-of-cart',
    ]);
  });

  it('says nothing to the customer who paid at minute 59', () => {
    const ada = person();
    ada.sees(cart(T0));
    ada.sees(order(T0 + 59 * MINUTE));
    ada.reaches(T0 + DAY);
    expect(ada.facts).toEqual([]);
  });

  it('the clock rule: a cart and, an hour later, its order are both in the backlog, so nothing is sent', () => {
    const ada = person();
    ada.sees(cart(T0));
    ada.sees(order(T0 + HOUR));
    ada.reaches(T0 + 3 * HOUR);
    expect(ada.facts).toEqual([]);
  });

  it('the clock rule: without the order there is exactly one message, however late time is told', () => {
    const ada = person();
    ada.sees(cart(T0));
    ada.reaches(T0 + 3 * HOUR);
    ada.reaches(T0 + 4 * HOUR);
    expect(ada.proposals).toHaveLength(1);
  });

  it('an order that happened in time and arrives after the due time, but before the firing, still cancels', () => {
    const ada = person();
    ada.sees(cart(T0));
    ada.reaches(T0 + HOUR + 10_000);
    ada.sees(order(T0 + 30 * MINUTE, { loggedAtMs: T0 + HOUR + 12_000 }));
    ada.reaches(T0 + DAY);
    expect(ada.facts).toEqual([]);
  });

  it('order-then-cart from two devices gives the same as cart-then-order', () => {
    const ada = person();
    ada.sees(order(T0 + 5 * MINUTE));
    ada.reaches(T0 + 6 * MINUTE);
    ada.sees(cart(T0, { loggedAtMs: T0 + 7 * MINUTE }));
    ada.reaches(T0 + DAY);
    expect(ada.facts).toEqual([]);
  });

  it('the memory of an order lasts as long as a cart from before it may come: the live horizon', () => {
    const ada = person();
    ada.sees(order(T0));
    ada.reaches(T0 + 20 * HOUR);
    ada.sees(cart(T0 - MINUTE, { loggedAtMs: T0 + 20 * HOUR }));
    ada.reaches(T0 + 3 * DAY);
    expect(ada.facts).toEqual([]);
    expect(ada.state).toBeUndefined();
  });

  it('an order after the firing takes the proposal back, once', () => {
    const ada = person();
    ada.sees(cart(T0));
    ada.reaches(T0 + 2 * HOUR);
    ada.sees(order(T0 + 2 * HOUR + MINUTE, { id: 'o1' }));
    ada.sees(order(T0 + 2 * HOUR + 2 * MINUTE));
    expect(ada.withdrawals).toEqual([
      {
        candidateId: ada.proposals[0]?.candidateId,
        personId: 'user:1',
        code: 'EXITED',
        causeMessageId: 'o1',
        atMs: T0 + 2 * HOUR + MINUTE,
      },
    ]);
  });

  it('the goal takes the proposal back as GOAL_REACHED; after the hand-over or the expiry nothing is taken back', () => {
    const goal = { event: { name: 'Order Completed', where: null }, withinMs: 3 * DAY, value: null };
    const fired = () => {
      const one = person(cartLeft(), { goal });
      one.sees(cart(T0));
      one.reaches(T0 + 2 * HOUR);
      return one;
    };
    const reached = fired();
    reached.sees(order(T0 + 3 * HOUR));
    expect(reached.withdrawals.map(({ code }) => code)).toEqual(['GOAL_REACHED']);
    const handedOver = fired();
    handedOver.hears({ candidateId: handedOver.proposals[0]?.candidateId ?? '' });
    handedOver.sees(order(T0 + 3 * HOUR));
    const expired = fired();
    expired.sees(order(T0 + 9 * HOUR));
    expect([...handedOver.withdrawals, ...expired.withdrawals]).toEqual([]);
  });

  it('a repeat restarts the clock if asked, with a latest moment counted from the first', () => {
    const ada = person(cartLeft({ clock: 'restartsOnRepeat', atLatestAfterMs: 2 * HOUR }));
    for (const minutes of [0, 40, 80, 100]) ada.sees(cart(T0 + minutes * MINUTE, { id: `c${minutes}` }));
    ada.reaches(T0 + 119 * MINUTE);
    expect(ada.facts).toEqual([]);
    ada.reaches(T0 + 121 * MINUTE);
    expect(ada.proposals).toMatchObject([{ causedAtMs: T0 + 2 * HOUR, causes: ['c0', 'c40', 'c80', 'c100'] }]);
    expect(JSON.parse(ada.proposals[0]?.evidence ?? '')).toMatchObject({
      firstAtMs: T0,
      lastAtMs: T0 + 100 * MINUTE,
      count: 4,
    });
  });

  it('a repeat that changes nothing is recorded as ALREADY_ACTIVE', () => {
    const ada = person();
    ada.sees(cart(T0));
    ada.sees(cart(T0 + MINUTE));
    expect(ada.codes).toEqual(['ALREADY_ACTIVE']);
  });

  it('an order that carries no cart id settles all open carts of the person', () => {
    const ada = person(cartLeft(), perCart);
    ada.sees(cart(T0, withKey('7')));
    ada.sees(cart(T0 + MINUTE, withKey('8')));
    ada.sees(order(T0 + 10 * MINUTE));
    ada.reaches(T0 + DAY);
    expect(ada.proposals).toEqual([]);
  });

  it('an order of one cart leaves the other waiting; a cart without an id is settled by any order', () => {
    const ada = person(cartLeft(), perCart);
    ada.sees(cart(T0, withKey('7')));
    ada.sees(cart(T0 + MINUTE, withKey('8')));
    ada.sees(cart(T0 + 2 * MINUTE));
    ada.sees(order(T0 + 10 * MINUTE, withKey('7')));
    ada.reaches(T0 + DAY);
    expect(ada.proposals.map(({ instanceKey }) => instanceKey)).toEqual(['8']);
  });

  it('a cart after the order waits anew, also when the order arrives last', () => {
    const ada = person();
    ada.sees(cart(T0, { id: 'before' }));
    ada.sees(cart(T0 + 20 * MINUTE, { id: 'after' }));
    ada.sees(order(T0 + 10 * MINUTE, { loggedAtMs: T0 + 30 * MINUTE }));
    ada.reaches(T0 + DAY);
    expect(ada.proposals).toMatchObject([{ causes: ['after'], causedAtMs: T0 + 80 * MINUTE }]);
  });

  it('an event that both starts and ends the wait restarts it: no second order within 90 days', () => {
    const when = cartLeft({ events: named('Order Completed'), withinMs: 90 * DAY, graceMs: 0 });
    const ada = person(when);
    ada.sees(order(T0));
    ada.sees(order(T0 + 60 * DAY, { id: 'second' }));
    ada.reaches(T0 + 149 * DAY);
    expect(ada.proposals).toEqual([]);
    ada.reaches(T0 + 150 * DAY);
    expect(ada.proposals).toMatchObject([{ causes: ['second'] }]);
  });

  it('records why a match starts nothing', () => {
    const ada = new OnePerson(
      playbookOf(
        companyOf(DAY),
        triggerOf(cartLeft(), {
          activeFromMs: T0,
          activeToMs: T0 + 10 * DAY,
          reentry: { kind: 'after', afterMs: DAY },
        }),
        triggerOf(cartLeft(), { id: 'sleeps', status: 'paused' }),
      ),
    );
    ada.sees(cart(T0, { backfill: true }));
    ada.sees(cart(T0, { loggedAtMs: T0 + DAY + 1 }));
    ada.sees(cart(T0 - 1));
    const own = () => ada.detected.filter(({ triggerId }) => triggerId === 'it').map(({ code }) => code);
    expect(own()).toEqual(['BACKFILL', 'EVENT_TOO_OLD', 'OUTSIDE_SCHEDULE']);
    ada.sees(cart(T0 + HOUR));
    ada.reaches(T0 + 3 * HOUR);
    ada.sees(cart(T0 + 4 * HOUR));
    expect(own()).toEqual(['BACKFILL', 'EVENT_TOO_OLD', 'OUTSIDE_SCHEDULE', null, 'REENTRY_WAIT']);
    ada.sees(cart(T0 + 2 * DAY));
    ada.reaches(T0 + 3 * DAY);
    expect(ada.proposals).toHaveLength(2);
    expect(ada.codes.filter((code) => code === 'TRIGGER_PAUSED')).toHaveLength(6);
  });

  it('the audience is asked when it would fire, with the profile as it stands then', () => {
    const ada = person(cartLeft(), { audience: 'profile.orderCount > 0' });
    ada.sees(cart(T0, { profile: { orderCount: 1 } }));
    ada.sees({ name: 'Page Viewed', atMs: T0 + MINUTE, profile: { orderCount: 0 } });
    ada.reaches(T0 + 2 * HOUR);
    expect(ada.codes).toEqual(['NOT_IN_AUDIENCE']);
    ada.sees(cart(T0 + 3 * HOUR, { profile: { orderCount: 0 } }));
    ada.sees({ name: 'Page Viewed', atMs: T0 + 3 * HOUR, profile: { orderCount: 2 } });
    ada.reaches(T0 + 5 * HOUR);
    expect(ada.proposals).toMatchObject([{ profile: '{"orderCount":2}' }]);
  });

  it('an audience that asks for segments alone is asked with those of the last event, though no message wants the profile', () => {
    const ada = person(cartLeft(), { audience: '"vip" in segments', send: null });
    ada.sees(cart(T0, { segments: ['vip'] }));
    ada.reaches(T0 + 2 * HOUR);
    ada.sees(cart(T0 + 3 * HOUR));
    ada.reaches(T0 + 5 * HOUR);
    expect(ada.detected.map(({ code }) => code)).toEqual([null, 'NOT_IN_AUDIENCE']);
  });

  it('whoever left a segment with an event of no other concern is not in the audience any more, the profile the same', () => {
    const ada = person(cartLeft(), { audience: '"vip" in segments', send: null });
    ada.sees(cart(T0, { segments: ['vip'] }));
    ada.sees({ name: 'Page Viewed', atMs: T0 + MINUTE });
    ada.reaches(T0 + 2 * HOUR);
    expect(ada.detected.map(({ code }) => code)).toEqual(['NOT_IN_AUDIENCE']);
  });

  it('a playbook switch lets go what waited for a trigger that is gone, and lets the others keep what they armed', () => {
    const ada = new OnePerson(
      playbookOf(triggerOf(cartLeft(), { id: 'gone' }), triggerOf(cartLeft()), triggerOf(cartLeft(), { id: 'rests' })),
    );
    ada.sees(cart(T0));
    ada.playbook = playbookOf(
      triggerOf(cartLeft({ withinMs: 5 * HOUR })),
      triggerOf(cartLeft(), { id: 'rests', status: 'paused' }),
    );
    ada.reaches(T0 + 2 * HOUR);
    expect(ada.proposals).toMatchObject([{ triggerId: 'it', causedAtMs: T0 + HOUR }]);
    expect(ada.detected.filter(({ code }) => code !== null)).toMatchObject([
      { triggerId: 'rests', code: 'TRIGGER_PAUSED' },
    ]);
  });

  it('the evidence names the product, and stays small whatever the event carries', () => {
    const ada = person();
    const products = Array.from({ length: 500 }, (_, index) => ({ name: `Product ${index}`, sku: 'x'.repeat(50) }));
    ada.sees(cart(T0, { properties: { product: { name: 'Kettle' }, total: '12.50', products, __proto__x: 1 } }));
    ada.reaches(T0 + 2 * HOUR);
    const evidence = ada.proposals[0]?.evidence ?? '';
    expect(evidence.length).toBeLessThan(5_000);
    expect(JSON.parse(evidence)).toMatchObject({
      event: 'Product Added',
      product: { name: 'Kettle' },
      orderTotal: 12.5,
    });
  });

  it('the same causes give the same ids, whatever version of the playbook is live', () => {
    const ids = [1, 2].map(() => {
      const ada = person();
      ada.sees(cart(T0, { id: 'c1' }));
      ada.reaches(T0 + 2 * HOUR);
      return [ada.proposals[0]?.firingId, ada.proposals[0]?.candidateId];
    });
    expect(ids[0]).toEqual(ids[1]);
  });

  it('forgets a person of whom nothing is left to know', () => {
    const ada = person();
    ada.sees(cart(T0));
    ada.reaches(T0 + 2 * HOUR);
    ada.reaches(T0 + 30 * DAY);
    expect(ada.state).toBeUndefined();
  });
});
