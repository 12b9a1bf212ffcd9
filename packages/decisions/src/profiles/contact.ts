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
  const stated = statedOf(profile.preferences);
  return {
    email: profile.email?.value ?? null,
    phone: profile.phone?.value ?? null,
    userId: userIdOf(profile.personId),
    anonymousId: profile.anonymousId?.value ?? null,
    zone,
    zoneFrom,
    locale: ownText(profile.traits, 'locale', 'language') ?? profile.contextLocale?.value ?? null,
    consent: Object.entries(profile.consent)
      .map(([key, { state, sinceMs, origin }]) => {
        const [channel = '', purpose = ''] = key.split('/');
        return { channel, purpose, state, sinceMs, origin };
      })
      .sort((a, b) => (a.channel + a.purpose < b.channel + b.purpose ? -1 : 1)),
    preferences: stated === null ? null : JSON.stringify(stated),
  };
}

/** Whether two snapshots say the same. */
export function isSameContact(a: Contact | null, b: Contact): boolean {
  if (a === null || a.consent.length !== b.consent.length) return false;
  return (
    a.email === b.email &&
    a.phone === b.phone &&
    a.userId === b.userId &&
    a.anonymousId === b.anonymousId &&
    a.zone === b.zone &&
    a.zoneFrom === b.zoneFrom &&
    a.locale === b.locale &&
    // What was told before there was the field has none.
    (a.preferences ?? null) === b.preferences &&
    a.consent.every((entry, index) => {
      const other = b.consent[index];
      return (
        other !== undefined &&
        entry.channel === other.channel &&
        entry.purpose === other.purpose &&
        entry.state === other.state &&
        entry.sinceMs === other.sinceMs &&
        entry.origin === other.origin
      );
    })
  );
}
