import { expect, it } from '@jest/globals';
import type { ListedTrigger, Numbers } from '../api.ts';
import { listed, type SortKey } from './trigger-list.ts';

const numbers = (started: number, sent = 0, dropped = 0): Numbers => ({
  started,
  notStarted: [],
  proposed: 0,
  sent,
  dropped: [{ code: 'CAP_REACHED', n: dropped }],
  withdrawn: [],
  ended: [],
});
const one = (id: string, over: Partial<ListedTrigger> = {}): ListedTrigger => ({
  kind: 'Trigger',
  id,
  version: '1',
  status: 'live',
  owner: '',
  description: '',
  sentence: '',
  startsWith: null,
  numbers: { hour: numbers(0), day: numbers(0), ever: numbers(0) },
  goalsOfDay: null,
  ...over,
});
const all = [
  one('cart-left', {
    sentence: 'no order for 1 hour',
    numbers: { hour: numbers(1), day: numbers(9, 2, 1), ever: numbers(9) },
  }),
  one('welcome', { status: 'paused', numbers: { hour: numbers(2), day: numbers(3, 3, 0), ever: numbers(99) } }),
  one('a-trip', { kind: 'Journey', owner: 'sales@example.com' }),
];

it.each<[string, SortKey, string[]]>([
  ['', 'id', ['a-trip', 'cart-left', 'welcome']],
  ['', 'hour', ['welcome', 'cart-left', 'a-trip']],
  ['', 'day', ['cart-left', 'welcome', 'a-trip']],
  ['', 'ever', ['welcome', 'cart-left', 'a-trip']],
  ['', 'sent', ['welcome', 'cart-left', 'a-trip']],
  ['', 'dropped', ['cart-left', 'a-trip', 'welcome']],
  ['', 'status', ['a-trip', 'cart-left', 'welcome']],
  ['ORDER hour', 'id', ['cart-left']],
  ['journey', 'id', ['a-trip']],
  ['sales@', 'id', ['a-trip']],
  ['order nothing', 'id', []],
])('searched for “%s” and sorted by %s', (search, key, ids) => {
  expect(listed(all, search, key).map(({ id }) => id)).toEqual(ids);
});
