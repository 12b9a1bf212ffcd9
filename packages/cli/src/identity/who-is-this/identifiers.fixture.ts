import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { Definition } from '@kairos/decisions';
import { cartRules } from '../rules.fixture.ts';
import {
  bodies,
  browser,
  card,
  cart,
  chosen,
  DUE_MS,
  later,
  mail,
  movedTo,
  open,
  phone,
  profile,
  refusedNow,
  send,
  view,
} from '../whole-house.fixture.ts';
import type { Promises } from './logins.fixture.ts';

const said = (properties: object) => ({ properties: JSON.stringify(properties) });
const traits = (of: object) => ({ traits: JSON.stringify(of) });
const pointings = (): unknown[] => bodies('events.collected').filter(({ link }) => link !== null);

/** The sentence is about another room, and that room's own test keeps it. */
function keptBy(file: string, test: string): void {
  const text = readFileSync(join(import.meta.dirname, '../../../../..', file), 'utf8');
  expect({ file, has: text.includes(`'${test}'`) }).toEqual({ file, has: true });
}

/** An address by itself, then its person's word, then an event under the address again. */
const becomesAnotherName = (id: string, ids: Parameters<typeof send>[1], word: ReturnType<typeof mail>): void => {
  send('Order Completed', ids, said({ total: 5 }));
  send('Identified', { userId: 'ada' }, word);
  expect(movedTo(id)).toBe('user:ada');
  send('Page Viewed', ids);
  expect(profile('user:ada')).toMatchObject({ orderCount: 1, eventCount: 3 });
};

export const identifiers: Promises = {
  'An e-mail address that a trusted source gives becomes another name of the person.': () =>
    becomesAnotherName('email:ada@shop.test', { email: 'ada@shop.test' }, mail('ada@SHOP.test')),
  'A phone number that a trusted source gives becomes another name of the person.': () =>
    becomesAnotherName('phone:+49301234567', { phone: '+49301234567' }, phone('+49 (30) 1234567')),
  'A loyalty card that a trusted source gives becomes another name of the person.': () =>
    becomesAnotherName('card:63400412', card('6340-0412'), card('6340 0412')),
  'Sales at the till with nothing but a card count for the customer as soon as somebody says whose card it is.': () => {
    for (const total of [5, 7]) send('Order Completed', card('63400412'), { ...card('63400412'), ...said({ total }) });
    expect(profile('card:63400412')).toMatchObject({ orderCount: 2 });
    send('Identified', browser('b1', 'ada'), card('63400412'));
    expect(profile('user:ada')).toMatchObject({ orderCount: 2, orderValue: '12' });
  },
  'What a visitor gave before the login points at the customer from then on.': () => {
    send('Signed Up', browser('b1'), traits({ email: 'ada@shop.test', cardNumber: '63400412' }));
    send('Identified', browser('b1', 'ada'));
    send('Page Viewed', { email: 'ada@shop.test' });
    send('Page Viewed', card('63400412'));
    expect(profile('user:ada')?.eventCount).toBe(4);
  },
  'Two browsers that give the same address are one visitor, under the smaller of their ids.': () => {
    send('Signed Up', browser('b2'), mail('ada@shop.test'));
    send('Signed Up', browser('b1'), mail('ada@shop.test'));
    expect([movedTo('anon:b2'), movedTo('anon:b1'), profile('anon:b1')?.eventCount]).toEqual(['anon:b1', null, 2]);
  },
  'A browser’s word is not taken: an address or a card that it gives points at nobody.': () => {
    const words = traits({ email: 'ada@shop.test', phone: '+49301234567', cardNumber: '63400412' });
    send('Identified', browser('thief'), { ...words, sourceKind: 'browser' });
    expect(pointings()).toEqual([]);
  },
  'A till’s word for “no card”, such as zeros, names nobody.': () => {
    for (const none of ['00000000', 'none', 'KUNDE', '-', '']) send('Order Completed', { userId: 'ada' }, card(none));
    expect(pointings()).toEqual([]);
  },
  'The number of a card that one pays with is refused by the collector, with field and remedy, and is not kept among the dead letters.':
    () =>
      keptBy(
        'services/collector/src/core.refusals.spec.ts',
        'never stores a card that one pays with, not even among the dead letters: %s',
      ),
  'Where a producer writes such a number straight to the log, it goes no further than that record.': () => {
    send('Order Completed', { userId: 'ada' }, { ...card('4111 1111 1111 1111'), ...said({ total: 5 }) });
    expect(profile('user:ada')?.orderCount).toBe(1);
    expect(pointings()).toEqual([]);
    for (const topic of ['events.identified', 'events.enriched', 'profiles.changed', 'messages.proposed'] as const)
      expect(JSON.stringify(bodies(topic))).not.toContain('4111');
  },
};

const HOME = { street: 'Café-Straße 12 A', postalCode: '10115', country: 'DE' };

export const households: Promises = {
  'Two customers who give the same address stay two customers, each with their own profile.': () => {
    send('Identified', { userId: 'ada' }, mail('family@shop.test'));
    send('Identified', { userId: 'bob' }, mail('family@shop.test'));
    expect([movedTo('user:ada'), movedTo('user:bob')]).toEqual([null, null]);
    expect(['user:ada', 'user:bob'].map((id) => profile(id)?.email?.value)).toEqual(Array(2).fill('family@shop.test'));
  },
  'The shared address stays a name of the customer who gave it first.': () => {
    send('Identified', { userId: 'ada' }, mail('family@shop.test'));
    send('Identified', { userId: 'bob' }, mail('family@shop.test'));
    send('Page Viewed', { email: 'family@shop.test' });
    expect([profile('user:ada')?.eventCount, profile('user:bob')?.eventCount]).toEqual([2, 1]);
  },
  'Persons with the same postal address have the same `profile.householdId`, however it is written, and stay persons.':
    () => {
      send('Identified', { userId: 'ada' }, traits({ address: HOME }));
      send(
        'Identified',
        { userId: 'bob' },
        traits({ address: { line1: 'cafe strasse 12a', zip: 10_115 }, country: 'de' }),
      );
      send('Identified', { userId: 'eve' }, traits({ address: { ...HOME, street: 'Café-Straße 14' } }));
      expect(view('user:ada').householdId).toMatch(/^[\da-f-]{36}$/);
      expect(view('user:bob').householdId).toBe(view('user:ada').householdId);
      expect(view('user:eve').householdId).not.toBe(view('user:ada').householdId);
      expect(movedTo('user:bob')).toBeNull();
    },
  'A `householdId` among the traits is taken as it is.': () => {
    send('Identified', { userId: 'ada' }, traits({ householdId: 'H-7', address: HOME }));
    expect(view('user:ada').householdId).toBe('H-7');
  },
};

const bigCompany: Definition = {
  kind: 'Segment',
  id: 'big-company',
  version: '1',
  description: '',
  owner: '',
  status: 'live',
  where: 'profile.group.id == "acme" && profile.group.traits.employees > 100',
};
const joins = (ids: Parameters<typeof send>[1]) =>
  send('Group Joined', ids, {
    type: 'group',
    ...said({ groupId: 'acme', traits: { employees: 300, email: 'info@acme.test' } }),
  });

export const companies: Promises = {
  'A `group` call says which company a person belongs to, and conditions ask for `profile.group.id` and `profile.group.traits`.':
    () => {
      open(cartRules([bigCompany]));
      joins({ userId: 'ada' });
      expect(view('user:ada').group).toEqual({ id: 'acme', traits: { employees: 300, email: 'info@acme.test' } });
      expect(profile('user:ada')?.segments).toEqual(['big-company']);
    },
  'What is said of the company is no trait of the person.': () => {
    joins({ userId: 'ada' });
    expect(profile('user:ada')).toMatchObject({ traits: {}, email: null });
    expect(pointings()).toEqual([]);
  },
  'The company that a visitor joined is the customer’s after the login.': () => {
    joins(browser('b1'));
    send('Identified', browser('b1', 'ada'));
    expect(view('user:ada').group).toMatchObject({ id: 'acme' });
  },
};

const alias = (userId: string) =>
  send('Alias Made', browser('b1', userId), { type: 'alias', ...said({ previousId: 'b1' }) });

export const contradictions: Promises = {
  'An alias of a browser that belongs to another customer already is refused with field and remedy, and changes nothing.':
    () => {
      send('Product Added', browser('b1', 'ada'), cart('c1'));
      alias('bob');
      expect(refusedNow()).toEqual([
        expect.stringMatching(/previousId belongs to another user.*send identify instead/),
      ]);
      send('Page Viewed', browser('b1'));
      later(DUE_MS);
      expect([profile('user:bob'), profile('user:ada')?.eventCount]).toEqual([undefined, 2]);
      expect(chosen()).toEqual(['user:ada']);
    },
  'What nobody did, without any id, address or card, is refused with its field.': () => {
    send('Order Completed', {});
    expect(refusedNow()).toEqual([expect.stringContaining('nobody did it')]);
  },
  'A chain of more than eight old persons is refused, so that nothing turns in circles.': () => {
    for (const id of 'jihgfedcba') send('Signed Up', browser(id), mail('ada@shop.test'));
    send('Page Viewed', { email: 'ada@shop.test' });
    expect(refusedNow().filter((text) => text.includes('passed on 8 times'))).not.toEqual([]);
  },
  'Whatever is refused, the next event goes on.': () => {
    send('Page Viewed', browser('b1', 'ada'));
    alias('bob');
    send('Order Completed', {});
    send('Page Viewed', browser('b1'));
    expect([refusedNow().length, profile('user:ada')?.eventCount]).toEqual([2, 2]);
  },
};
