import { type CompiledComputedTraits, computedView } from '../computed/index.ts';
import { ageOf } from './age.ts';
import type { PersonZone } from './contact.ts';
import { userIdOf } from './contact.ts';
import { countryOf } from './country.ts';
import { groupView } from './groups.ts';
import { householdIdOf } from './households.ts';
import { ownText } from './json.ts';
import { subtract } from './money.ts';
import { statedOf } from './preferences.ts';
import type { ProfileState } from './profile-state.ts';
import { isReturning } from './visits.ts';

const NONE_COMPUTED = { traits: [] } as const;

export interface ViewAt {
  readonly zone: PersonZone;
  /** Log time of the event, UTC ms. */
  readonly atMs: number;
  /** Absent before there is a playbook. */
  readonly computed?: Pick<CompiledComputedTraits, 'traits'> | undefined;
}

/**
 * The profile as conditions, templates and readers see it. Amounts are numbers here; `money` holds the same as exact
 * decimal texts. What is unknown is null.
 */
export function profileView(
  profile: ProfileState,
  { zone: { zone, zoneFrom }, atMs, computed = NONE_COMPUTED }: ViewAt,
): Readonly<Record<string, unknown>> {
  const { traits, orderCount } = profile;
  const orderValue = Number(profile.orderValue);
  const locale = ownText(traits, 'locale', 'language') ?? profile.contextLocale?.value ?? null;
  const returning = isReturning(profile);
  const name = ownText(traits, 'name');
  const netValue = subtract(profile.orderValue, profile.refundValue);
  return {
    personId: profile.personId,
    userId: userIdOf(profile.personId),
    anonymousId: profile.anonymousId?.value ?? null,
    email: profile.email?.value ?? null,
    phone: profile.phone?.value ?? null,
    firstName: ownText(traits, 'firstName', 'first_name') ?? name?.split(/\s+/)[0] ?? null,
    lastName: ownText(traits, 'lastName', 'last_name') ?? (name?.split(/\s+/).slice(1).join(' ') || null),
    traits,
    group: groupView(profile.groups),
    householdId: householdIdOf(traits),
    zone,
    zoneFrom,
    locale,
    country: countryOf(profile, locale),
    age: ageOf(profile, atMs, zone),
    device: profile.device?.value ?? null,
    isNew: !returning,
    isReturning: returning,
    firstSeenAtMs: profile.firstSeenAtMs,
    lastSeenAtMs: profile.lastSeenAtMs,
    eventCount: profile.eventCount,
    orderCount,
    orderValue,
    averageOrderValue: orderCount === 0 ? null : orderValue / orderCount,
    refundCount: profile.refundCount,
    refundValue: Number(profile.refundValue),
    netValue: Number(netValue),
    adjustmentValue: Number(profile.adjustmentValue),
    firstOrderAtMs: profile.firstOrderAtMs,
    lastOrderAtMs: profile.lastOrderAtMs,
    firstProduct: profile.firstProduct?.value ?? null,
    lastProduct: profile.lastProduct?.value ?? null,
    computed: computedView(profile.computed, computed, atMs),
    preferences: statedOf(profile.preferences),
    counters: profile.counters,
    money: {
      orderValue: profile.orderValue,
      refundValue: profile.refundValue,
      netValue,
      adjustmentValue: profile.adjustmentValue,
    },
  };
}
