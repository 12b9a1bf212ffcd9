import { describe, expect, it } from '@jest/globals';
import { householdIdOf } from './households.ts';

const at = (address: object, more: object = {}) => householdIdOf({ ...more, address } as never);
const home = { street: 'Café-Straße 12 A', postalCode: '10115', country: 'DE' };

describe('a household', () => {
  it('is one address, however it is written', () => {
    expect(at(home)).toMatch(/^[\da-f-]{36}$/);
    for (const same of [
      { street: 'cafe strasse 12a', postal_code: 10_115, country: 'de' },
      { line1: 'CAFÉ STRASSE 12-A', zip: '10115 ', countryCode: 'DE', city: 'Berlin' },
    ]) {
      expect(at(same)).toBe(at(home));
    }
    expect(at({ street: home.street, zip: '10115' }, { country: 'DE' })).toBe(at(home));
  });

  it.each([
    ['another number', { ...home, street: 'Café-Straße 13' }],
    ['another flat', { ...home, line2: 'Flat 3' }],
    ['another postal code', { ...home, postalCode: '10117' }],
    ['another country', { ...home, country: 'AT' }],
  ])('is another one with %s', (_, address) => {
    expect(at(address)).not.toBe(at(home));
    expect(at(address)).not.toBeNull();
  });

  it('is unknown without house number or postal code', () => {
    for (const address of [{ ...home, street: 'Main Street' }, { ...home, postalCode: '' }, {}, 'Main Street 1']) {
      expect(at(address as object)).toBeNull();
    }
    expect(householdIdOf({})).toBeNull();
  });

  it('is what the company says, before any address', () => {
    expect(at(home, { householdId: 'H-7' })).toBe('H-7');
    expect(householdIdOf({ household_id: 7 })).toBe('7');
    expect(householdIdOf({ householdId: 'x'.repeat(300) })).toBeNull();
  });
});
