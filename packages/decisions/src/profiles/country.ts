import { isSupportedCountry } from 'libphonenumber-js/min';
import { own, ownText } from './json.ts';
import type { ProfileState } from './profile-state.ts';
import { addressCountryOf } from './traits.ts';

// Asked for every event: a pure function of two letters, so there is an end of what is remembered.
const known = new Map<string, string | null>();

/** ISO 3166-1 alpha-2 in capitals; null for what is none. */
function countryCode(text: string | null): string | null {
  if (text?.length !== 2) return null;
  const before = known.get(text);
  if (before !== undefined) return before;
  const capitals = text.toUpperCase();
  const code = isSupportedCountry(capitals) ? capitals : null;
  if (/^[A-Z]{2}$/.test(capitals)) known.set(text, code);
  return code;
}

/** Country that the client's context gives: `context.location.country`. */
export const contextCountryOf = (context: Readonly<Record<string, unknown>>): string | null =>
  countryCode(ownText(own(context, 'location'), 'country', 'countryCode', 'country_code'));

/** `de-AT`, `zh-Hant_TW`. */
const REGION = /^[a-z]{2,3}(?:[-_][a-z]{4})?[-_]([a-z]{2})(?:$|[-_.])/i;
const regionOf = (locale: string | null): string | null => countryCode(REGION.exec(locale ?? '')?.[1] ?? null);

/** The person's country: address → `context.location` → region of the locale → phone number. */
export const countryOf = (profile: ProfileState, locale: string | null): string | null =>
  countryCode(addressCountryOf(profile)) ??
  profile.contextCountry?.value ??
  regionOf(locale) ??
  countryCode(profile.phoneCountry);
