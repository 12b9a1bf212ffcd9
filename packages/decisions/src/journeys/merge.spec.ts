import { describe, expect, it } from '@jest/globals';
import { cartLeft, HOUR, T0, triggerOf } from '../triggers/detector.fixture.ts';
import { mergeDetect } from './detect.ts';
import { begun, bookOf, journeyOf, send, Traveller, tripOf, wait } from './journey.fixture.ts';

const steps = [send('one'), wait(HOUR), send('two')];

/** The visitor turns out to be the customer. */
function link(user: Traveller, visitor: Traveller, atMs: number): void {
  user.timeMs = Math.max(user.timeMs, visitor.timeMs, atMs);
  const at = { personId: user.personId, playbook: user.playbook, timeMs: user.timeMs, linkedAtMs: atMs };
  user.keep(mergeDetect(user.state, visitor.state ?? null, { ...at, profile: '{"a":1}', segments: ['s'] }));
}

const two = (book = tripOf(steps)) => ({ user: new Traveller(book, 'user:1'), visitor: new Traveller(book, 'anon:1') });

describe('two persons who turn out to be one', () => {
  it('both go on with all journeys that they are on, under the new name', () => {
    const { user, visitor } = two();
    user.sees({ name: 'Begun', atMs: T0, properties: { k: 'a' } });
    visitor.sees({ name: 'Begun', atMs: T0 + 1, properties: { k: 'b' } });
    link(user, visitor, T0 + 2);
    user.reaches(T0 + 2 * HOUR);
    expect(user.sent).toEqual(['one', 'two', 'two']);
    expect(user.proposals.map(({ personId }) => personId)).toEqual(['user:1', 'user:1', 'user:1']);
    expect(user.proposals.at(-1)?.profile).toBe('{"a":1}');
  });

  it('of two with the same key the older goes on; the younger ends, says so, and takes back what it proposed', () => {
    const { user, visitor } = two();
    visitor.sees({ name: 'Begun', atMs: T0 });
    user.sees({ name: 'Begun', atMs: T0 + 5 });
    link(user, visitor, T0 + 9);
    expect(user.withdrawals).toMatchObject([{ candidateId: user.candidate('one'), code: 'EXITED' }]);
    expect(user.story.at(-1)).toBe('Exited ALREADY_ACTIVE');
    user.reaches(T0 + HOUR);
    expect(user.sent).toEqual(['one', 'two']);
    expect(user.state?.journeys).toHaveLength(1);
  });

  it('of more than sixteen the oldest go on', () => {
    const { user, visitor } = two(tripOf([wait(HOUR)]));
    for (let k = 0; k < 10; k += 1) {
      user.sees({ name: 'Begun', atMs: T0 + 2 * k, properties: { k: `u${k}` } });
      visitor.sees({ name: 'Begun', atMs: T0 + 2 * k + 1, properties: { k: `v${k}` } });
    }
    link(user, visitor, T0 + 50);
    expect(user.state?.journeys).toHaveLength(16);
    expect(user.story.filter((one) => one === 'Exited TOO_MANY_INSTANCES')).toHaveLength(4);
  });

  it('what one cancelled ends what the other is on, whoever it came to first', () => {
    const left = triggerOf(cartLeft(), { send: null });
    const book = bookOf([left, journeyOf(steps)]);
    const { user, visitor } = two(book);
    visitor.sees({ name: 'Product Added', atMs: T0 });
    visitor.reaches(T0 + 2 * HOUR);
    expect(visitor.sent).toEqual(['one']);
    user.sees({ name: 'Order Completed', atMs: T0 + HOUR });
    link(user, visitor, T0 + 2 * HOUR);
    expect(user.withdrawals).toMatchObject([{ candidateId: visitor.candidate('one'), code: 'EXITED' }]);
    expect(user.story.at(-1)).toBe('Exited EXITED');
    expect(user.state?.journeys).toBeUndefined();
  });

  it('without journeys on either side nothing is added', () => {
    const book = bookOf([begun]);
    const { user, visitor } = two(book);
    visitor.sees({ name: 'Begun', atMs: T0 });
    link(user, visitor, T0 + 1);
    expect(Object.keys(user.state ?? {})).toEqual(['triggers', 'profile', 'segments']);
  });
});
