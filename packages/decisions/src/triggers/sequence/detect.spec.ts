import { describe, expect, it } from '@jest/globals';
import { DAY, HOUR, MINUTE, named, OnePerson, playbookOf, T0, triggerOf } from '../detector.fixture.ts';
import { mergeDetect } from '../merge.ts';
import { inSequence } from './sequence.fixture.ts';

const person = (when = inSequence(), with_ = {}) => new OnePerson(playbookOf(triggerOf(when, with_)));
const at = (minute: number, more: object = {}) => ({ atMs: T0 + minute * MINUTE, ...more });

describe('sequence', () => {
  it('fires when all came in order, whatever came between, with its events as causes', () => {
    const ada = person();
    ada.sees({ name: 'a', id: '1', ...at(0) });
    ada.sees({ name: 'Page Viewed', ...at(1) });
    ada.sees({ name: 'b', id: '2', ...at(2) });
    ada.sees({ name: 'b', id: '3', ...at(3) });
    expect(ada.facts).toEqual([]);
    ada.sees({ name: 'c', id: '4', ...at(60) });
    expect(ada.proposals).toMatchObject([{ proposedAtMs: T0 + HOUR }]);
    expect(ada.proposals[0]?.causes).toEqual(['1', '3', '4']);
    expect(JSON.parse(ada.proposals[0]?.evidence ?? '')).toMatchObject({
      firstAtMs: T0,
      lastAtMs: T0 + HOUR,
      count: 3,
    });
  });

  it('does not fire in another order, nor over more than the window', () => {
    const ada = person();
    for (const [minute, name] of ['b', 'a', 'c', 'b'].entries()) ada.sees({ name, ...at(minute) });
    ada.sees({ name: 'c', ...at(122) });
    expect(ada.facts).toEqual([]);
  });

  it('is completed by what came late and lay in the middle', () => {
    const ada = person();
    ada.sees({ name: 'a', ...at(0) });
    ada.sees({ name: 'c', ...at(20) });
    ada.sees({ name: 'b', ...at(10, { loggedAtMs: T0 + 30 * MINUTE }) });
    expect(ada.proposals).toHaveLength(1);
  });

  it('is broken by what must not come between, and taken back when that comes late', () => {
    const when = inSequence({ butNot: named('Order Completed') });
    const broken = person(when);
    for (const [minute, name] of ['a', 'b', 'Order Completed', 'c'].entries()) broken.sees({ name, ...at(minute) });
    expect(broken.facts).toEqual([]);
    const late = person(when);
    for (const [minute, name] of ['a', 'b', 'c'].entries()) late.sees({ name, ...at(minute * 2) });
    late.sees({ name: 'Order Completed', id: 'o', ...at(3, { loggedAtMs: T0 + HOUR }) });
    expect(late.withdrawals).toMatchObject([{ code: 'EXITED', causeMessageId: 'o' }]);
    late.sees({ name: 'Order Completed', ...at(90) });
    expect(late.withdrawals).toHaveLength(1);
  });

  it('keeps keys apart; a later step without a key may belong to each', () => {
    const ada = person(inSequence({ followedBy: named('b') }), { oncePer: ['properties.k'] });
    ada.sees({ name: 'a', ...at(0, { properties: { k: '1' } }) });
    ada.sees({ name: 'a', ...at(1, { properties: { k: '2' } }) });
    ada.sees({ name: 'b', ...at(2, { properties: { k: '3' } }) });
    expect(ada.facts).toEqual([]);
    ada.sees({ name: 'b', ...at(3) });
    expect(ada.proposals.map(({ instanceKey }) => instanceKey)).toEqual(['1', '2']);
  });

  it('records why a complete sequence did not start, once', () => {
    const ada = person(inSequence({ followedBy: named('b') }), { audience: 'profile.orderCount > 0' });
    for (const [minute, name] of ['a', 'b', 'b', 'b'].entries()) ada.sees({ name, ...at(minute) });
    expect(ada.codes).toEqual(['NOT_IN_AUDIENCE']);
  });

  it('asks the condition of each step', () => {
    const where = { name: 'b', where: 'properties.n > 1' };
    const ada = person(inSequence({ followedBy: [where] }));
    ada.sees({ name: 'a', ...at(0) });
    ada.sees({ name: 'b', ...at(1, { properties: { n: 1 } }) });
    expect(ada.facts).toEqual([]);
    ada.sees({ name: 'b', ...at(2, { properties: { n: 2 } }) });
    expect(ada.proposals).toHaveLength(1);
  });

  it('keeps 256 events at most, and lets all go when nothing can become of them', () => {
    const ada = person();
    for (let minute = 0; minute < 300; minute += 1) ada.sees({ name: 'a', atMs: T0 + minute });
    expect(ada.own.parts).toHaveLength(256);
    ada.reaches(T0 + DAY + 4 * HOUR);
    expect(ada.state).toBeUndefined();
  });

  it('two persons become one: the steps of both join, and the next one completes them', () => {
    const merged = (names: readonly [string, string]) => {
      const [into, from] = names.map((name) => {
        const one = person();
        one.sees({ name, id: name, ...at(name === 'a' ? 0 : 1) });
        return one;
      });
      const place = { personId: 'user:1', playbook: into?.playbook, timeMs: T0, linkedAtMs: T0 + HOUR };
      return mergeDetect(into?.state, from?.state ?? null, { ...place, profile: '{}', segments: [] });
    };
    expect(merged(['a', 'b'])).toEqual(merged(['b', 'a']));
    expect(merged(['a', 'b']).facts).toEqual([]);
    const ada = person();
    ada.state = merged(['b', 'a']).state;
    ada.sees({ name: 'c', id: 'c', ...at(5) });
    expect(ada.proposals[0]?.causes).toEqual(['a', 'b', 'c']);
  });
});
