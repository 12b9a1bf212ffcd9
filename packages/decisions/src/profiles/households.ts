import { hashId } from '../hash-id.ts';
import { isObject, type JsonObject, own, ownText } from './json.ts';

const MAX_ID_LENGTH = 256;
const HOUSEHOLD = ['householdId', 'household_id'] as const;
const STREET = ['street', 'street1', 'line1', 'addressLine1', 'address_line1', 'address1'] as const;
const UNIT = ['street2', 'line2', 'addressLine2', 'address_line2', 'address2', 'apartment', 'unit'] as const;
const POSTAL_CODE = ['postalCode', 'postal_code', 'postcode', 'zip', 'zipCode', 'zip_code'] as const;
const COUNTRY = ['country', 'countryCode', 'country_code'] as const;

/**
 * Who lives together: what `traits.householdId` says, else a name made of the postal address in `traits.address` (street
 * with house number, flat, postal code, country). Null when there is no such address. It is worked out from the traits each
 * time, so it moves when they do and needs no state. Persons of a household stay persons: nothing is merged.
 */
export function householdIdOf(traits: JsonObject): string | null {
  const stated = anyText(traits, HOUSEHOLD);
  if (stated !== null) return stated.length <= MAX_ID_LENGTH ? stated : null;
  const address = own(traits, 'address');
  // Most persons have none, and this is asked at every event.
  if (!isObject(address)) return null;
  const street = plain(anyText(address, STREET));
  const postalCode = plain(anyText(address, POSTAL_CODE));
  // A street without a house number is no household.
  if (!/\d/.test(street) || postalCode === '') return null;
  const country = plain(anyText(address, COUNTRY) ?? anyText(traits, COUNTRY));
  return hashId('household', street, plain(anyText(address, UNIT)), postalCode, country);
}

/** The first that is a text, or a number: postal codes come as both. */
function anyText(from: unknown, names: readonly string[]): string | null {
  for (const name of names) {
    const value = own(from, name);
    if (typeof value === 'number' && Number.isFinite(value)) return String(value);
    const text = ownText(from, name);
    if (text !== null) return text;
  }
  return null;
}

/** Small letters and digits alone: `Café-Str. 12 A` and `cafe str 12a` are one. Abbreviations are not guessed at. */
const plain = (text: string | null): string =>
  (text ?? '')
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
