import type { PersonZone } from './contact.ts';
import { userIdOf } from './contact.ts';
import { groupView } from './groups.ts';
import { householdIdOf } from './households.ts';
import { ownText } from './json.ts';
import { subtract } from './money.ts';
import type { ProfileState } from './profile-state.ts';

/**
 * The profile as conditions, templates and readers see it. Amounts are numbers here; `money` holds the same as exact
 * decimal texts. What is unknown is null.
 */
export function profileView(profile: ProfileState, { zone, zoneFrom }: PersonZone): Readonly<Record<string, unknown>> {
  const { traits } = profile;
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
    locale: ownText(traits, 'locale', 'language') ?? profile.contextLocale?.value ?? null,
    firstSeenAtMs: profile.firstSeenAtMs,
    lastSeenAtMs: profile.lastSeenAtMs,
    eventCount: profile.eventCount,
    orderCount: profile.orderCount,
    orderValue: Number(profile.orderValue),
    refundCount: profile.refundCount,
    refundValue: Number(profile.refundValue),
    netValue: Number(netValue),
    adjustmentValue: Number(profile.adjustmentValue),
    firstOrderAtMs: profile.firstOrderAtMs,
    lastOrderAtMs: profile.lastOrderAtMs,
    counters: profile.counters,
    money: {
      orderValue: profile.orderValue,
      refundValue: profile.refundValue,
      netValue,
      adjustmentValue: profile.adjustmentValue,
    },
  };
}
