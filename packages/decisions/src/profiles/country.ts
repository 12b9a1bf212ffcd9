import { isSupportedCountry } from 'libphonenumber-js/min';
import { own, ownText } from './json.ts';
import type { ProfileState } from './profile-state.ts';
import { addressCountryOf } from './traits.ts';

/** ISO 3166-1 alpha-2 in capitals; null for what is none. */
function countryCode(text: string | null): string | null {
  const code = text?.toUpperCase() ?? '';
  return isSupportedCountry(code) ? code : null;
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
