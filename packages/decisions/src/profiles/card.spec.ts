import { describe, expect, it } from '@jest/globals';
import { cardOf, isPaymentCard, jsonWithoutPaymentCards, normalizeCard, withoutPaymentCards } from './card.ts';

describe('a loyalty card', () => {
  it.each([
    ['separators go', ' 6340-0412.3456 7890 12 ', '634004123456789012'],
    ['letters stay as they are', 'AbC-123', 'AbC123'],
    ['a number is a card as well', 98_263_000, '98263000'],
    ['an article number of thirteen digits that begins like a Visa is none', '4006381333931', '4006381333931'],
    ['too short', '12345', null],
    ['no digit', 'customer', null],
    ['a till’s zeros', '0000000000', null],
    ['masked', '**** 1234', null],
    ['half a number', 12_345.5, null],
    ['nothing', null, null],
  ])('%s', (_, given, card) => {
    expect(normalizeCard(given)).toBe(card);
  });

  it('is looked for among the traits, then in context.traits, then in a till’s context', () => {
    const context = { cardNumber: 'TILL001', traits: { card_number: 'TRAIT01' } };
    expect(cardOf({ cardNumber: 'OWN0001' }, context)).toBe('OWN0001');
    expect(cardOf({ cardNumber: 'none' }, context)).toBe('TRAIT01');
    expect(cardOf(null, { cardNumber: 'TILL001' })).toBe('TILL001');
    expect(cardOf({}, {})).toBeNull();
  });
});

describe('a card that one pays with', () => {
  // Numbers that the networks publish for tests.
  it.each([
    ['Visa', '4111 1111 1111 1111'],
    ['Mastercard', '5555-5555-5555-4444'],
    ['Mastercard, second range', '2223003122003222'],
    ['American Express', '378282246310005'],
    ['Diners Club', '30569309025904'],
    ['Discover', '6011111111111117'],
    ['JCB', '3530111333300000'],
    ['UnionPay', '6200000000000005'],
    ['Maestro', '6759649826438453'],
  ])('%s is known, and never a loyalty card', (_, number) => {
    expect(isPaymentCard(number)).toBe(true);
    expect(normalizeCard(number)).toBeNull();
  });

  it.each([
    ['a wrong check digit', '4111111111111112'],
    ['a loyalty card with the same check digit', '6340040000000000008'],
    ['a long order number', '9900000000000004'],
    ['too short', '411111111111'],
  ])('%s is none', (_, number) => {
    expect(isPaymentCard(number)).toBe(false);
  });

  it('leaves nothing of itself, wherever it lies; what holds none is the value itself', () => {
    const clean = { a: [1, { b: 'x' }] };
    expect(withoutPaymentCards(clean)).toBe(clean);
    const kept = withoutPaymentCards({ a: [{ pan: '4111 1111 1111 1111', n: 4_111_111_111_111_111 }], b: 'x' });
    expect(kept).toEqual({ a: [{ pan: '(payment card removed)', n: '(payment card removed)' }], b: 'x' });
  });

  it('is taken out of a JSON text, which else stays to the letter', () => {
    const other = '{ "cardNumber": "LOYAL-1" }';
    expect(jsonWithoutPaymentCards(other)).toBe(other);
    expect(jsonWithoutPaymentCards('{"traits":{"card_number":"4111111111111111"}}')).toBe(
      '{"traits":{"card_number":"(payment card removed)"}}',
    );
    expect(jsonWithoutPaymentCards('{"cardNumber":')).toBe('{"cardNumber":');
  });
});
