import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { isSafeName, type Json, jsonLength, own, ownText, sanitize } from './json.ts';
import { normalizeE164, normalizeEmail } from './person-id.ts';
import { draftOf, type ProfileDraft, type ProfileState } from './profile-state.ts';
import { later } from './timed.ts';

export const MAX_TRAITS = 200;
export const MAX_TRAIT_LENGTH = 1024;
const MAX_NAME_LENGTH = 100;

/** Kept in fields of their own under their own rules of trust, never among the free traits. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['email', 'phone', 'consent']);

export interface SaidOfPerson {
  readonly traits: Readonly<Record<string, unknown>>;
  readonly atMs: number;
  /** Whether the source may set an e-mail address or a phone number. */
  readonly mayAddress: boolean;
}

/**
 * Merges what an event says of the person. Per trait the later statement stands (an import of last year's traits changes
 * nothing newer). A trait that is too long, or one more than 200, is left out.
 */
export function mergeTraits(profile: ProfileState, said: SaidOfPerson): ProfileState {
  const names = Object.keys(said.traits);
  if (names.length === 0) return profile;
  const traits: Record<string, Json> = { ...profile.traits };
  const times: Record<string, number> = { ...profile.traitTimes };
  let count = Object.keys(traits).length;
  for (const name of names) {
    if (OWN_FIELDS.has(name) || !isSafeName(name) || name.length > MAX_NAME_LENGTH) continue;
    const value = sanitize(said.traits[name]);
    if (jsonLength(value) > MAX_TRAIT_LENGTH || (times[name] ?? -1) > said.atMs) continue;
    if (!Object.hasOwn(traits, name)) {
      if (count >= MAX_TRAITS) continue;
      count += 1;
    }
    traits[name] = value;
    times[name] = said.atMs;
  }
  const merged = draftOf(profile);
  merged.traits = traits;
  merged.traitTimes = times;
  return said.mayAddress ? mergeAddresses(merged, said) : merged;
}

/** The draft is the caller's own, and is given back changed. */
function mergeAddresses(merged: ProfileDraft, said: SaidOfPerson): ProfileState {
  const email = own(said.traits, 'email');
  if (email === null || typeof email === 'string') {
    const value = email === null ? null : normalizeEmail(email);
    // What is no address is left out; only an explicit null takes an address away.
    if (value !== null || email === null) {
      merged.email = later(merged.email, { value, atMs: said.atMs });
    }
  }
  const phone = own(said.traits, 'phone');
  return phone === null || typeof phone === 'string' ? mergePhone(merged, phone, said.atMs) : merged;
}

function mergePhone(profile: ProfileState, text: string | null, atMs: number): ProfileState {
  if (profile.phone !== null && profile.phone.atMs > atMs) return profile;
  if (text === null) return { ...profile, phone: { value: null, atMs }, phoneCountry: null };
  if (profile.phone !== null && profile.phone.value === normalizeE164(text)) {
    return { ...profile, phone: { value: profile.phone.value, atMs } };
  }
  const country = addressCountryOf(profile) ?? '';
  // A number without a country code is read by the rules of the person's country, if that is known.
  const parsed = parsePhoneNumberFromString(text, isCountry(country) ? { defaultCountry: country } : {});
  if (parsed?.isPossible() !== true) return profile;
  return { ...profile, phone: { value: parsed.number, atMs }, phoneCountry: parsed.country ?? null };
}

type CountryCode = NonNullable<NonNullable<ReturnType<typeof parsePhoneNumberFromString>>['country']>;
const isCountry = (text: string): text is CountryCode => /^[A-Z]{2}$/.test(text);

/** Country of the person's address (ISO 3166-1 alpha-2), from the traits. */
export function addressCountryOf(profile: ProfileState): string | null {
  const text =
    ownText(own(profile.traits, 'address'), 'country', 'countryCode', 'country_code') ??
    ownText(profile.traits, 'country', 'countryCode', 'country_code');
  return text === null || text.length !== 2 ? null : text.toUpperCase();
}
