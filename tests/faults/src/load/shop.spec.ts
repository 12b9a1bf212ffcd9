import { expect, it } from '@jest/globals';
import { isServerPerson, Shop } from './shop.ts';

const tell = (seed: number, steps: number) => {
  const shop = new Shop({ seed, persons: 50, runId: 'r' });
  return Array.from({ length: steps }, (_none, at) => shop.next(1_000 + at)).flat();
};

it('tells the same story for the same seed, and another for another', () => {
  expect(tell(7, 500)).toEqual(tell(7, 500));
  expect(tell(8, 500)).not.toEqual(tell(7, 500));
});

it('has what the checker wants to see: carts that are left and paid, sign-ins, resends, misplaced records', () => {
  const events = tell(7, 5_000);
  const names = new Set(events.map(({ event }) => event.name));
  expect([...names].sort()).toEqual(
    ['Complaint Opened', 'Identified', 'Order Completed', 'Page Viewed', 'Product Added', 'Product Viewed'].sort(),
  );
  const ids = events.map(({ event }) => event.messageId);
  expect(new Set(ids).size).toBeLessThan(ids.length);
  expect(events.some(({ misplaced }) => misplaced)).toBe(true);
  expect(events.some(({ event }) => event.anonymousId !== null && event.userId !== null)).toBe(true);
});

it('tells by the person whether the model of timers knows them', () => {
  const users = tell(7, 5_000).flatMap(({ event }) => (event.userId === null ? [] : [event]));
  for (const { userId, anonymousId } of users) expect(isServerPerson(`user:${userId}`)).toBe(anonymousId === null);
});
