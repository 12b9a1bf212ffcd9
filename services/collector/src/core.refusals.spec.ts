import { describe, expect, it } from '@jest/globals';
import { collected, contextOf, NOW_MS } from './core.fixture.ts';

describe('a refused event says its code, its field and a remedy', () => {
  const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1) });
  it.each<[string, Parameters<typeof collected>[0], object, string, string]>([
    ['track without event', 'track', { userId: 'u' }, 'FIELD_MISSING', 'event'],
    ['track with an object as event', 'track', { userId: 'u', event: {} }, 'FIELD_INVALID', 'event'],
    ['an event name of 201 characters', 'track', { userId: 'u', event: 'x'.repeat(201) }, 'FIELD_INVALID', 'event'],
    ['nobody', 'track', { event: 'x' }, 'ID_MISSING', 'userId'],
    ['nobody, by null', 'track', { event: 'x', userId: null, anonymousId: null }, 'ID_MISSING', 'userId'],
    ['a blank id', 'track', { event: 'x', userId: '  ' }, 'ID_MISSING', 'userId'],
    ['a national phone number', 'identify', { traits: { phone: '030 123456' } }, 'ID_MISSING', 'userId'],
    ['an object as id', 'track', { event: 'x', userId: { a: 1 } }, 'FIELD_INVALID', 'userId'],
    ['true as id', 'track', { event: 'x', anonymousId: true }, 'FIELD_INVALID', 'anonymousId'],
    ['a long id', 'track', { event: 'x', userId: 'u'.repeat(257) }, 'FIELD_INVALID', 'userId'],
    [
      'a long message id',
      'track',
      { event: 'x', userId: 'u', messageId: 'm'.repeat(257) },
      'FIELD_INVALID',
      'messageId',
    ],
    ['a list as properties', 'track', { event: 'x', userId: 'u', properties: [1] }, 'FIELD_INVALID', 'properties'],
    ['a text as traits', 'identify', { userId: 'u', traits: 'x' }, 'FIELD_INVALID', 'traits'],
    ['a number as context', 'track', { event: 'x', userId: 'u', context: 3 }, 'FIELD_INVALID', 'context'],
    ['a list as integrations', 'track', { event: 'x', userId: 'u', integrations: [] }, 'FIELD_INVALID', 'integrations'],
    ['deep nesting', 'track', { event: 'x', userId: 'u', properties: deep(21) }, 'FIELD_INVALID', 'properties'],
    [
      'too many values',
      'track',
      { event: 'x', userId: 'u', properties: { a: new Array(5_001).fill(0) } },
      'FIELD_INVALID',
      'properties',
    ],
    ['group without groupId', 'group', { userId: 'u' }, 'FIELD_MISSING', 'groupId'],
    ['alias without previousId', 'alias', { userId: 'u' }, 'FIELD_MISSING', 'previousId'],
    ['alias without userId', 'alias', { previousId: 'u' }, 'FIELD_MISSING', 'userId'],
    [
      'a timestamp that is a word',
      'track',
      { event: 'x', userId: 'u', timestamp: 'soon' },
      'TIMESTAMP_ABSURD',
      'timestamp',
    ],
    [
      'a 30th of February',
      'track',
      { event: 'x', userId: 'u', timestamp: '2026-02-30T00:00:00Z' },
      'TIMESTAMP_ABSURD',
      'timestamp',
    ],
    ['a negative timestamp', 'track', { event: 'x', userId: 'u', timestamp: -1 }, 'TIMESTAMP_ABSURD', 'timestamp'],
    ['seconds', 'track', { event: 'x', userId: 'u', timestamp: 1_772_366_400 }, 'TIMESTAMP_ABSURD', 'timestamp'],
    ['nanoseconds', 'track', { event: 'x', userId: 'u', timestamp: NOW_MS * 1e6 }, 'TIMESTAMP_ABSURD', 'timestamp'],
    ['NaN', 'track', { event: 'x', userId: 'u', timestamp: Number.NaN }, 'TIMESTAMP_ABSURD', 'timestamp'],
    [
      'an object as time',
      'track',
      { event: 'x', userId: 'u', originalTimestamp: {} },
      'TIMESTAMP_ABSURD',
      'originalTimestamp',
    ],
    [
      '257 KiB from a server',
      'track',
      { event: 'x', userId: 'u', properties: { a: 'x'.repeat(257 * 1024) } },
      'EVENT_TOO_LARGE',
      '',
    ],
  ])('%s', (_, type, body, code, field) => {
    const { accepted, rejected } = collected(type, body);
    expect(accepted).toEqual([]);
    expect(rejected).toMatchObject([{ index: 0, code, field, original: body }]);
    expect(rejected[0]?.message).toMatch(/(Send|Use|Flatten)/);
    expect(rejected[0]?.message.length).toBeLessThan(400);
  });

  it.each([
    ['properties', { properties: { card_number: '4111 1111 1111 1111' } }, 'properties.card_number'],
    ['traits', { traits: { cardNumber: 4_111_111_111_111_111 } }, 'traits.cardNumber'],
    ['context.traits', { context: { traits: { cardNumber: '4111111111111111' } } }, 'context.traits.cardNumber'],
  ])('never stores a card that one pays with, not even among the dead letters: %s', (_, more, field) => {
    const event = { type: 'track', event: 'x', userId: 'u', ...more };
    const { accepted, rejected } = collected('batch', { batch: [event, { type: 'page', userId: 'u' }] });
    expect(accepted).toHaveLength(1);
    expect(rejected).toMatchObject([{ code: 'PAYMENT_CARD_REFUSED', field: `batch[0].${field}` }]);
    expect(rejected[0]?.message).toContain('Send the number of the loyalty card');
    expect(JSON.stringify(rejected)).not.toMatch(/4111 ?1111/);
  });

  it('an event that is refused for something else is kept without the card that it held', () => {
    const { rejected } = collected('track', { event: '', userId: 'u', properties: { note: '4111-1111-1111-1111' } });
    expect(rejected).toMatchObject([{ code: 'FIELD_MISSING', original: { userId: 'u' } }]);
    expect(JSON.stringify(rejected)).not.toContain('4111');
  });

  it('names the unit that a number of time looks like', () => {
    const messageOf = (timestamp: number) =>
      collected('track', { event: 'x', userId: 'u', timestamp }).rejected[0]?.message;
    expect(messageOf(1_772_366_400)).toContain('seconds: multiply by 1000');
    expect(messageOf(NOW_MS * 1e6)).toContain('nanoseconds');
    expect(messageOf(NOW_MS * 1e3)).toContain('microseconds');
  });

  it('a browser’s event ends at 32 KiB, counted in bytes', () => {
    const about = contextOf({ kind: 'browser' });
    const sized = (text: string) =>
      collected('track', { anonymousId: 'a', event: 'x', properties: { a: text } }, about);
    expect(sized('x'.repeat(32 * 1024 - 12)).accepted).toHaveLength(1);
    expect(sized('x'.repeat(32 * 1024 - 11)).rejected).toMatchObject([{ code: 'EVENT_TOO_LARGE' }]);
    expect(sized('€'.repeat(11_000)).rejected).toMatchObject([{ code: 'EVENT_TOO_LARGE' }]);
    expect(sized('€'.repeat(10_900)).accepted).toHaveLength(1);
  });

  it('a key with a list of events sends no other', () => {
    const about = contextOf({ events: ['Page Viewed'] });
    expect(collected('page', { userId: 'u' }, about).accepted).toHaveLength(1);
    expect(collected('track', { userId: 'u', event: 'Email Bounced' }, about).rejected).toMatchObject([
      { code: 'NOT_ALLOWED_FOR_KEY', field: 'event' },
    ]);
  });
});
