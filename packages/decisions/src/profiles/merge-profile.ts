import { mergedComputed } from '../computed/index.ts';
import { mergedHistory, ownedHistory, withinPairs } from './consent-history.ts';
import { mergedGroups } from './groups.ts';
import type { Json } from './json.ts';
import { add } from './money.ts';
import { MAX_COUNTERS } from './orders.ts';
import { mergedPreferences } from './preferences.ts';
import { earlierProduct, laterProduct } from './products.ts';
import type { ConsentState, ProfileState } from './profile-state.ts';
import { laterOf } from './timed.ts';
import { MAX_TRAITS } from './traits.ts';
import { mergedVisits, visitsOf } from './visits.ts';

/**
 * The profile of a person whose old self has come: sums of what was counted, and of what was said the later word. Where two
 * words are of the same instant, the one that sorts first stands, so that it is the same whoever moves to whom.
 */
export function mergeProfile(into: ProfileState, from: ProfileState): ProfileState {
  const { traits, traitTimes } = mergedTraits(into, from);
  const phone = laterOf(into.phone, from.phone);
  const preferences = mergedPreferences(into.preferences, from.preferences);
  const computed = mergedComputed(into.computed, from.computed);
  return {
    personId: into.personId,
    anonymousId: laterOf(into.anonymousId, from.anonymousId),
    email: laterOf(into.email, from.email),
    phone,
    phoneCountry: phone === into.phone ? into.phoneCountry : from.phoneCountry,
    traits,
    traitTimes,
    contextZone: laterOf(into.contextZone, from.contextZone),
    contextLocale: laterOf(into.contextLocale, from.contextLocale),
    contextCountry: laterOf(into.contextCountry, from.contextCountry),
    device: laterOf(into.device, from.device),
    visits: mergedVisits(visitsOf(into), visitsOf(from)),
    firstSeenAtMs: Math.min(into.firstSeenAtMs, from.firstSeenAtMs),
    lastSeenAtMs: Math.max(into.lastSeenAtMs, from.lastSeenAtMs),
    eventCount: into.eventCount + from.eventCount,
    counters: mergedCounters(into.counters, from.counters),
    orderCount: into.orderCount + from.orderCount,
    orderValue: add(into.orderValue, from.orderValue),
    firstOrderAtMs: ofBoth(into.firstOrderAtMs, from.firstOrderAtMs, Math.min),
    lastOrderAtMs: ofBoth(into.lastOrderAtMs, from.lastOrderAtMs, Math.max),
    firstProduct: earlierProduct(into.firstProduct, from.firstProduct),
    lastProduct: laterProduct(into.lastProduct, from.lastProduct),
    refundCount: into.refundCount + from.refundCount,
    refundValue: add(into.refundValue, from.refundValue),
    adjustmentValue: add(into.adjustmentValue, from.adjustmentValue),
    ...(computed === undefined ? {} : { computed }),
    ...(preferences === undefined ? {} : { preferences }),
    consent: mergedConsent(into.consent, from.consent),
    ...(hasConsent(into) || hasConsent(from) ? { consentHistory: mergedHistory(into, from) } : {}),
    ...mergedGroups(into.groups, from.groups),
    segments: into.segments,
    contact: into.contact,
  };
}

/** The profile of a person who had none: the old one under the new name. Nothing was told of it yet. */
export const renamedProfile = (personId: string, from: ProfileState): ProfileState => ({
  ...from,
  ...(hasConsent(from) ? { consentHistory: ownedHistory(from) } : {}),
  personId,
  segments: [],
  contact: null,
});

const hasConsent = ({ consent }: ProfileState): boolean => Object.keys(consent).length > 0;
const textOf = (value: unknown): string => JSON.stringify(value);

function ofBoth(a: number | null, b: number | null, choose: (a: number, b: number) => number): number | null {
  return a === null || b === null ? (a ?? b) : choose(a, b);
}

function mergedCounters(
  into: Readonly<Record<string, number>>,
  from: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const counters: Record<string, number> = { ...into };
  let size = Object.keys(counters).length;
  for (const [name, count] of Object.entries(from)) {
    const known = Object.hasOwn(counters, name) ? (counters[name] ?? 0) : undefined;
    if (known === undefined && size >= MAX_COUNTERS) continue;
    if (known === undefined) size += 1;
    counters[name] = (known ?? 0) + count;
  }
  return counters;
}

function mergedTraits(into: ProfileState, from: ProfileState): Pick<ProfileState, 'traits' | 'traitTimes'> {
  const traits: Record<string, Json> = { ...into.traits };
  const traitTimes: Record<string, number> = { ...into.traitTimes };
  let size = Object.keys(traits).length;
  for (const [name, value] of Object.entries(from.traits)) {
    const atMs = from.traitTimes[name] ?? -1;
    if (!Object.hasOwn(traits, name)) {
      if (size >= MAX_TRAITS) continue;
      size += 1;
    } else {
      const knownAtMs = traitTimes[name] ?? -1;
      if (knownAtMs > atMs || (knownAtMs === atMs && textOf(traits[name]) <= textOf(value))) continue;
    }
    traits[name] = value;
    traitTimes[name] = atMs;
  }
  return { traits, traitTimes };
}

/** The later word stands; at the same instant a refusal does; what was only assumed gives way to anything said. Of as many pairs as one person may have. */
function mergedConsent(
  into: Readonly<Record<string, ConsentState>>,
  from: Readonly<Record<string, ConsentState>>,
): Readonly<Record<string, ConsentState>> {
  const consent: Record<string, ConsentState> = { ...into };
  for (const [key, other] of Object.entries(from)) {
    const known = Object.hasOwn(consent, key) ? consent[key] : undefined;
    consent[key] = known === undefined ? other : strongerConsent(known, other);
  }
  return withinPairs(consent);
}

function strongerConsent(a: ConsentState, b: ConsentState): ConsentState {
  // Said by both, the same: it stands since the first of them said it, unless one only assumed it.
  if (a.state === b.state && a.atMs >= 0 === b.atMs >= 0) {
    const first = a.sinceMs < b.sinceMs || (a.sinceMs === b.sinceMs && a.origin <= b.origin) ? a : b;
    return { ...first, atMs: Math.max(a.atMs, b.atMs) };
  }
  if (a.atMs !== b.atMs) return a.atMs > b.atMs ? a : b;
  return a.state === 'denied' ? a : b;
}
