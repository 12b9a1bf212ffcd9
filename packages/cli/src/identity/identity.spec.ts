import { beforeEach, describe, expect, it } from '@jest/globals';
import { T0 } from './rules.fixture.ts';
import {
  bodies,
  browser,
  cart,
  chosen,
  DUE_MS,
  fired,
  houseNow,
  later,
  mail,
  movedTo,
  open,
  person,
  profile,
  refusedNow,
  send,
} from './whole-house.fixture.ts';

// Rule 9 of the architecture, sentence by sentence, through the real cores. Every partition boundary is real: persons lie
// where their ids hash to.

beforeEach(() => open());

describe('identify', () => {
  it('tells the old person and the new one on the first link, before any record under the new name', () => {
    send('Page Viewed', browser('a'));
    send('Identified', browser('a', 'ada'));
    const told = (id: string) =>
      houseNow()
        .records('events.identified')
        .filter(({ key }) => key === id)
        .flatMap(({ value }) => (['link', 'expect', 'merge', 'event'] as const).filter((body) => value[body] !== null));
    expect(told('anon:a')).toEqual(['event', 'link']);
    expect(told('user:ada').slice(0, 2)).toEqual(['expect', 'event']);
  });

  it('sends a later login as somebody else to them, and moves nothing', () => {
    send('Identified', browser('a', 'ada'));
    send('Page Viewed', browser('a', 'bob'));
    send('Page Viewed', browser('a'));
    expect(movedTo('anon:a')).toBe('user:ada');
    expect(profile('user:ada')?.eventCount).toBe(1);
    expect(profile('user:bob')?.eventCount).toBe(2);
  });

  it('points an e-mail address that an event gives at the person', () => {
    send('Order Completed', { email: 'ada@shop.test' }, { properties: JSON.stringify({ total: 5 }) });
    send('Identified', { userId: 'ada' }, mail('ada@shop.test'));
    expect(movedTo('email:ada@shop.test')).toBe('user:ada');
    expect(profile('user:ada')).toMatchObject({ orderCount: 1, orderValue: '5', eventCount: 2 });
    // From there on the address is another name for the user.
    send('Page Viewed', { email: 'ada@shop.test' });
    expect(profile('user:ada')?.eventCount).toBe(3);
  });

  it('says it once, however often the address is given', () => {
    for (let times = 0; times < 3; times += 1) send('Identified', { userId: 'ada' }, mail('ada@shop.test'));
    expect(bodies('events.collected').filter(({ link }) => link !== null)).toHaveLength(1);
  });

  it('takes no address from a browser: anybody can type anybody’s', () => {
    send('Identified', browser('thief'), { ...mail('ada@shop.test'), sourceKind: 'browser' });
    expect(bodies('events.collected').filter(({ link }) => link !== null)).toEqual([]);
  });

  it('on a link points what the browser gave before at the new person', () => {
    send('Signed Up', browser('a'), mail('ada@shop.test'));
    send('Identified', browser('a', 'ada'));
    const pointings = bodies('events.collected').flatMap(({ link }) => (link === null ? [] : [link.to]));
    expect(pointings).toEqual(['anon:a', 'user:ada']);
    send('Page Viewed', { email: 'ada@shop.test' });
    expect(profile('user:ada')?.eventCount).toBe(3);
  });

  it('never makes one of two users, whatever address they share', () => {
    send('Identified', { userId: 'ada' }, mail('family@shop.test'));
    send('Identified', { userId: 'bob' }, mail('family@shop.test'));
    expect([movedTo('user:ada'), movedTo('user:bob')]).toEqual([null, null]);
    expect(movedTo('email:family@shop.test')).toBe('user:ada');
  });

  it('makes one of two browsers that give one address: the larger id moves to the smaller', () => {
    send('Signed Up', browser('b'), mail('ada@shop.test'));
    send('Signed Up', browser('a'), mail('ada@shop.test'));
    expect([movedTo('anon:b'), movedTo('anon:a')]).toEqual(['anon:a', null]);
    expect(profile('anon:a')?.eventCount).toBe(2);
    send('Identified', browser('b', 'ada'));
    expect(movedTo('anon:a')).toBe('user:ada');
    expect(profile('user:ada')?.eventCount).toBe(3);
  });
});

describe('pointers', () => {
  it('form no loop when two browsers give two addresses in opposite order', () => {
    send('Signed Up', browser('a'), mail('ada@shop.test'));
    send('Signed Up', browser('b'), mail('ada@shop.test'));
    send('Signed Up', browser('b'), mail('bob@shop.test'));
    send('Signed Up', browser('a'), mail('bob@shop.test'));
    expect([movedTo('anon:a'), movedTo('anon:b')]).toEqual([null, 'anon:a']);
    expect(profile('anon:a')?.eventCount).toBe(4);
  });
});

describe('enrich', () => {
  it('brings profile and consent of the old person, and leaves nothing but the pointer', () => {
    send('Consent Withdrawn', browser('a'), { properties: JSON.stringify({ channel: 'email', purpose: 'marketing' }) });
    send('Page Viewed', { userId: 'ada' }, { traits: JSON.stringify({ firstName: 'Ada' }) });
    send('Identified', browser('a', 'ada'));
    expect(person('anon:a')).toEqual({ movedTo: 'user:ada', movedAtMs: T0 });
    expect(profile('user:ada')).toMatchObject({ eventCount: 3, traits: { firstName: 'Ada' } });
    expect(profile('user:ada')?.consent['email/marketing']?.state).toBe('denied');
    const last = bodies('profiles.changed')
      .filter(({ personId }) => personId === 'anon:a')
      .at(-1);
    expect(last).toMatchObject({ profile: '{}', movedTo: 'user:ada' });
  });

  it('sends on what comes for the old name, feedback too', () => {
    send('Product Added', browser('a'), cart('c1'));
    later(DUE_MS);
    expect(chosen()).toEqual(['anon:a']);
    send('Identified', browser('a', 'ada'));
    const [message] = bodies('messages.chosen').flatMap(({ message }) => message ?? []);
    if (message === undefined) throw new Error('nothing was chosen');
    const { candidateId, personId, firingId, triggerId, messageId, channel, purpose, causedAtMs, chosenAtMs } = message;
    const ids = { candidateId, personId, firingId, triggerId, messageId, channel, purpose, causedAtMs, chosenAtMs };
    houseNow().append('messages.reported', personId, {
      ...ids,
      reportId: 'r1',
      outcome: 'accepted',
      code: null,
      attempt: 1,
      providerId: null,
      reportedAtMs: houseNow().nowMs,
    });
    const told = bodies('messages.proposed').flatMap(({ feedback }) =>
      feedback?.kind === 'reported' ? [feedback.personId] : [],
    );
    expect(told).toEqual(['user:ada']);
    const contact = houseNow().state('arbitration', 'user:ada') as { sends: { state: string }[] };
    expect(contact.sends.map(({ state }) => state)).toEqual(['committed']);
  });

  it('refuses what was passed on more than eight times', () => {
    // Each browser gives the address after the one before it, so that the pointers make a chain.
    for (const id of ['j', 'i', 'h', 'g', 'f', 'e', 'd', 'c', 'b', 'a'])
      send('Signed Up', browser(id), mail('ada@shop.test'));
    expect(movedTo('anon:j')).toBe('anon:i');
    send('Page Viewed', { email: 'ada@shop.test' });
    expect(refusedNow().filter((text) => text.includes('passed on 8 times'))).not.toEqual([]);
  });
});

describe('detector', () => {
  it('keeps the timer of a cart through a login, and reminds once, under the user', () => {
    send('Product Added', browser('a'), cart('c1'));
    later(10_000);
    send('Identified', browser('a', 'ada'));
    later(DUE_MS);
    expect(fired()).toEqual(['user:ada']);
    expect(chosen()).toEqual(['user:ada']);
    expect(houseNow().state('detect', 'anon:a')).toBeUndefined();
  });

  it.each([
    ['the order first', true],
    ['the login first', false],
  ])('a cart on the phone and an order on the laptop make no reminder: %s', (_, isOrderFirst) => {
    send('Product Added', browser('phone'), cart('c1'));
    later(1_000);
    const login = () => send('Identified', browser('phone', 'ada'));
    const order = () => send('Order Completed', browser('laptop', 'ada'));
    for (const step of isOrderFirst ? [order, login] : [login, order]) step();
    later(DUE_MS);
    expect(fired()).toEqual([]);
    expect(chosen()).toEqual([]);
  });

  it('does not end a cart that was filled after the order', () => {
    send('Order Completed', { userId: 'ada' });
    later(1_000);
    send('Product Added', browser('phone'), cart('c1'));
    send('Identified', browser('phone', 'ada'));
    later(DUE_MS);
    expect(chosen()).toEqual(['user:ada']);
  });

  it('takes back what had fired when the order turns out to be the same person’s', () => {
    send('Product Added', browser('phone'), cart('c1'));
    later(DUE_MS);
    expect(chosen()).toEqual(['anon:phone']);
    send('Order Completed', { userId: 'ada' });
    send('Identified', browser('phone', 'ada'));
    const withdrawals = bodies('messages.chosen').flatMap(({ withdrawal }) =>
      withdrawal === null ? [] : [withdrawal],
    );
    // Under the name that it was chosen for: there it lies.
    expect(withdrawals).toMatchObject([{ personId: 'anon:phone', code: 'EXITED' }]);
  });

  it('takes back under the user what fired under the old name', () => {
    send('Product Added', browser('phone'), cart('c1'));
    later(DUE_MS);
    send('Identified', browser('phone', 'ada'));
    later(1_000);
    send('Order Completed', browser('laptop', 'ada'));
    const withdrawals = bodies('messages.chosen').flatMap(({ withdrawal }) =>
      withdrawal === null ? [] : [withdrawal],
    );
    // Under the name that it was chosen for: there it lies.
    expect(withdrawals).toMatchObject([{ personId: 'anon:phone', code: 'EXITED' }]);
  });

  it('restarts the clock of a cart that is filled on two devices', () => {
    send('Product Added', browser('phone'), cart('c1'));
    later(30_000);
    send('Product Added', { userId: 'ada' }, cart('c1'));
    send('Identified', browser('phone', 'ada'));
    later(40_000);
    expect(fired()).toEqual([]);
    later(DUE_MS);
    expect(fired()).toEqual(['user:ada']);
  });
});
