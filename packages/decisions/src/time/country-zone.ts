import { getCountry, getTimezone } from 'countries-and-timezones';
import { isZone, offsetMsAt } from './zone.ts';

/** One instant per month of a year: zones that agree on all of them keep the same clock. */
const SAMPLES_MS: readonly number[] = Array.from({ length: 12 }, (_, month) => Date.UTC(2026, month, 15, 12));

const answers = new Map<string, string | null>();

/**
 * The zone of a country in which everybody keeps the same clock (ISO 3166-1 alpha-2, any case): `DE` → Europe/Berlin.
 * Null for a country with several clocks (US, ES with the Canaries) or an unknown code. The zone is named after the
 * country's own city where the database has one.
 */
export function singleZoneOfCountry(code: string): string | null {
  const id = code.toUpperCase();
  const known = answers.get(id);
  if (known !== undefined) return known;
  const country = /^[A-Z]{2}$/.test(id) ? getCountry(id) : null;
  if (country === null) return null;
  const zone = singleZone(id, country.timezones);
  answers.set(id, zone);
  return zone;
}

function singleZone(id: string, zones: readonly string[]): string | null {
  const [first, ...others] = zones.filter(isZone);
  if (first === undefined) return null;
  const sameClock = (other: string): boolean =>
    SAMPLES_MS.every((atMs) => offsetMsAt(atMs, other) === offsetMsAt(atMs, first));
  if (!others.every(sameClock)) return null;
  const named = [...zones, ...(getCountry(id, { deprecated: true })?.timezones ?? [])];
  return named.find((zone) => isOwnCityOf(id, zone) && sameClock(zone)) ?? first;
}

const isOwnCityOf = (id: string, zone: string): boolean =>
  zone.includes('/') && isZone(zone) && getTimezone(zone)?.countries[0] === id;
