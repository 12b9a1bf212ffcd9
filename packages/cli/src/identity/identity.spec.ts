import { beforeEach, describe, expect, it } from '@jest/globals';
import type { CollectedEvent, MessageDecided, TopicName } from '@kairos/contracts';
import { type CompiledPlaybook, isMoved, type PersonState, profileOf } from '@kairos/decisions';
import { createMemoryRunner, foldRecorded, type MemoryRunner } from '@kairos/stream-kit';
import { decidingStages, identifyStages } from '../playbook/stages.ts';
import { cartRules, collected, GRACE_MS, oneAWeek, T0, WINDOW_MS } from './rules.fixture.ts';

// Rule 9 of the architecture, sentence by sentence, through the real cores. Every partition boundary is real: persons lie
// where their ids hash to.

const PARTITIONS = 4;
const DUE_MS = WINDOW_MS + GRACE_MS + 2_000;

let house: MemoryRunner<CompiledPlaybook>;
let refused: string[];
let count = 0;

const open = (playbook: CompiledPlaybook = cartRules()): void => {
  refused = [];
  house = createMemoryRunner({
    partitions: PARTITIONS,
    startMs: T0,
    processors: [...identifyStages(PARTITIONS), ...decidingStages],
    onError: (error) => refused.push(String(error)),
  });
  house.publish('v1', playbook);
};

beforeEach(() => open());

type Fields = Partial<CollectedEvent>;
const send = (name: string, ids: Fields, more: Fields = {}): string => {
  count += 1;
  const event = collected({ messageId: `m${count}`, name, ...ids, ...more }, house.nowMs);
  house.append('events.collected', ids.anonymousId ?? ids.userId ?? ids.email ?? ids.phone ?? '', event);
  return event.messageId;
};
const later = (ms: number): void => house.advanceTo(house.nowMs + ms);
const browser = (anonymousId: string, userId: string | null = null): Fields => ({ anonymousId, userId });
const cart = (id: string): Fields => ({ properties: JSON.stringify({ cart_id: id }) });
const mail = (email: string): Fields => ({ traits: JSON.stringify({ email }) });

const bodies = <T extends TopicName>(topic: T) => house.records(topic).map(({ value }) => value);
const person = (id: string) => house.state('enrich', id) as PersonState | undefined;
const movedTo = (id: string): string | null => {
  const state = person(id);
  return isMoved(state) ? state.movedTo : null;
};
const profile = (id: string) => profileOf(person(id));
const chosen = (): string[] =>
  bodies('messages.chosen').flatMap(({ message }) => (message === null ? [] : [message.personId]));
const fired = (): string[] =>
  bodies('triggers.detected').flatMap(({ outcome, personId }) => (outcome === 'fired' ? [personId] : []));
/** In the order in which they were made. */
const decisions = (): MessageDecided[] =>
  bodies('messages.decided')
    .filter(({ handOver }) => handOver === null)
    .sort((a, b) => a.decidedAtMs - b.decidedAtMs || a.number - b.number);

describe('identify', () => {
  it('tells the old person and the new one on the first link, before any record under the new name', () => {
    send('Page Viewed', browser('a'));
    send('Identified', browser('a', 'ada'));
    const told = (id: string) =>
      house
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
    house.append('messages.reported', personId, {
      ...ids,
      reportId: 'r1',
      outcome: 'accepted',
      code: null,
      attempt: 1,
      providerId: null,
      reportedAtMs: house.nowMs,
    });
    const told = bodies('messages.proposed').flatMap(({ feedback }) =>
      feedback?.kind === 'reported' ? [feedback.personId] : [],
    );
    expect(told).toEqual(['user:ada']);
    const contact = house.state('arbitration', 'user:ada') as { sends: { state: string }[] };
    expect(contact.sends.map(({ state }) => state)).toEqual(['committed']);
  });

  it('refuses what was passed on more than eight times', () => {
    // Each browser gives the address after the one before it, so that the pointers make a chain.
    for (const id of ['j', 'i', 'h', 'g', 'f', 'e', 'd', 'c', 'b', 'a'])
      send('Signed Up', browser(id), mail('ada@shop.test'));
    expect(movedTo('anon:j')).toBe('anon:i');
    send('Page Viewed', { email: 'ada@shop.test' });
    expect(refused.filter((text) => text.includes('passed on 8 times'))).not.toEqual([]);
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
    expect(house.state('detect', 'anon:a')).toBeUndefined();
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
    expect(withdrawals).toMatchObject([{ personId: 'user:ada', code: 'EXITED' }]);
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
    expect(withdrawals).toMatchObject([{ personId: 'user:ada', code: 'EXITED' }]);
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

describe('arbitration', () => {
  it('counts what the old person got under the user’s cap', () => {
    open(cartRules([oneAWeek]));
    send('Product Added', browser('a'), cart('c1'));
    later(DUE_MS);
    expect(chosen()).toEqual(['anon:a']);
    send('Product Added', browser('a', 'ada'), cart('c2'));
    later(DUE_MS);
    expect(chosen()).toEqual(['anon:a']);
    expect(decisions().at(-1)).toMatchObject({ personId: 'user:ada', fate: 'dropped', code: 'CAP_REACHED' });
  });

  it('drops what waited for the old person and weighs it anew for the user, once', () => {
    send('Product Added', browser('a'), cart('c1'));
    // Fired, and in the collection window.
    later(WINDOW_MS + GRACE_MS);
    expect([fired(), chosen()]).toEqual([['anon:a'], []]);
    send('Identified', browser('a', 'ada'));
    expect(house.state('arbitration', 'anon:a')).toBeUndefined();
    later(10_000);
    expect(chosen()).toEqual(['user:ada']);
    expect(decisions().map(({ personId, fate, code, number }) => [personId, fate, code, number])).toEqual([
      ['anon:a', 'deferred', 'MOVED', 1],
      ['user:ada', 'chosen', null, 2],
    ]);
    expect(new Set(decisions().map(({ candidateId }) => candidateId)).size).toBe(1);
  });

  it('a withdrawal finds what was handed over', () => {
    send('Product Added', browser('a'), cart('c1'));
    later(WINDOW_MS + GRACE_MS);
    send('Order Completed', { userId: 'ada' });
    send('Identified', browser('a', 'ada'));
    later(10_000);
    expect(chosen()).toEqual([]);
    expect(decisions().at(-1)).toMatchObject({ personId: 'user:ada', fate: 'withdrawn', code: 'EXITED' });
  });
});

describe('the recorded door', () => {
  it('folded again offline leads to the same firings and decisions', () => {
    send('Product Added', browser('a'), cart('c1'));
    send('Product Added', browser('b'), cart('c2'));
    later(WINDOW_MS + GRACE_MS);
    send('Identified', browser('a', 'ada'));
    send('Order Completed', { userId: 'ada' }, cart('c1'));
    send('Identified', browser('b', 'ada'));
    later(DUE_MS);
    const playbook = cartRules();
    const fold = foldRecorded({
      partitions: PARTITIONS,
      processors: decidingStages,
      recorded: house.records('events.identified'),
      playbooks: house.records('playbook.published').map(({ offset }) => ({ offset, playbook })),
    });
    const ids = (runner: MemoryRunner<CompiledPlaybook>) => ({
      fired: runner.records('triggers.detected').map(({ value }) => value.firingId),
      decided: runner.records('messages.decided').map(({ value }) => `${value.decisionId} ${value.fate}`),
      withdrawn: runner.records('messages.chosen').map(({ value }) => value.withdrawal?.candidateId),
    });
    expect(ids(house).decided.length).toBeGreaterThan(2);
    expect(ids(fold)).toEqual(ids(house));
  });

  it('survives a restart of every task from its encoded state, in mid-story', () => {
    send('Product Added', browser('a'), cart('c1'));
    house.restart();
    send('Identified', browser('a', 'ada'));
    house.restart();
    later(DUE_MS);
    house.restart();
    expect(chosen()).toEqual(['user:ada']);
    expect(profile('user:ada')?.eventCount).toBe(2);
  });
});
