import type { Contact } from '@kairos/contracts';
import { isZone, singleZoneOfCountry } from '../time/index.ts';
import { ownText } from './json.ts';
import { statedOf } from './preferences.ts';
import type { ProfileState } from './profile-state.ts';
import { addressCountryOf } from './traits.ts';

export interface PersonZone {
  readonly zone: string;
  /** profile, context, country or company. */
  readonly zoneFrom: string;
}

/** The person's time zone: profile → context → phone or address country with a single zone → the company's zone. */
export function zoneOf(profile: ProfileState, companyZone: string): PersonZone {
  const own = ownText(profile.traits, 'timezone', 'timeZone', 'time_zone');
  if (own !== null && isZone(own)) return { zone: own, zoneFrom: 'profile' };
  if (profile.contextZone !== null) return { zone: profile.contextZone.value, zoneFrom: 'context' };
  for (const country of [profile.phoneCountry, addressCountryOf(profile)]) {
    const zone = country === null ? null : singleZoneOfCountry(country);
    if (zone !== null) return { zone, zoneFrom: 'country' };
  }
  return { zone: companyZone, zoneFrom: 'company' };
}

export const userIdOf = (personId: string): string | null =>
  personId.startsWith('user:') ? personId.slice('user:'.length) : null;

/** How the person may be reached, as it stands. */
export function contactOf(profile: ProfileState, { zone, zoneFrom }: PersonZone): Contact {
  return {
    email: profile.email?.value ?? null,
    phone: profile.phone?.value ?? null,
    userId: userIdOf(profile.personId),
    anonymousId: profile.anonymousId?.value ?? null,
    zone,
    zoneFrom,
    locale: localeOf(profile),
    consent: Object.entries(profile.consent)
      .map(([key, { state, sinceMs, origin }]) => {
        const [channel = '', purpose = ''] = key.split('/');
        return { channel, purpose, state, sinceMs, origin };
      })
      .sort((a, b) => (a.channel + a.purpose < b.channel + b.purpose ? -1 : 1)),
    preferences: preferencesOf(profile),
  };
}

/** Whether a snapshot that was told says how the person may be reached now. Makes nothing: most events change nothing of it. */
export function tellsContact(told: Contact | null, profile: ProfileState, { zone, zoneFrom }: PersonZone): boolean {
  if (told === null) return false;
  return (
    told.email === (profile.email?.value ?? null) &&
    told.phone === (profile.phone?.value ?? null) &&
    told.userId === userIdOf(profile.personId) &&
    told.anonymousId === (profile.anonymousId?.value ?? null) &&
    told.zone === zone &&
    told.zoneFrom === zoneFrom &&
    told.locale === localeOf(profile) &&
    tellsConsent(told.consent, profile.consent) &&
    // What was told before there was the field has none.
    (told.preferences ?? null) === preferencesOf(profile)
  );
}

/** Pairs are sorted when they are told, and each is told once: as many, and each as it stands, are the same. */
function tellsConsent(told: Contact['consent'], consent: ProfileState['consent']): boolean {
  let pairs = 0;
  for (const _pair in consent) pairs += 1;
  if (pairs !== told.length) return false;
  for (const { channel, purpose, state, sinceMs, origin } of told) {
    const stands = consent[`${channel}/${purpose}`];
    if (stands === undefined) return false;
    if (stands.state !== state || stands.sinceMs !== sinceMs || stands.origin !== origin) return false;
  }
  return true;
}

const localeOf = (profile: ProfileState): string | null =>
  ownText(profile.traits, 'locale', 'language') ?? profile.contextLocale?.value ?? null;

function preferencesOf({ preferences }: ProfileState): string | null {
  const stated = statedOf(preferences);
  return stated === null ? null : JSON.stringify(stated);
}
