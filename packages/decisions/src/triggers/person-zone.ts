import type { ConditionScope } from '../conditions/types.ts';
import type { PersonZone } from '../profiles/contact.ts';
import { ownText } from '../profiles/json.ts';
import { isZone } from '../time/index.ts';

/** The person's zone as the enricher told it (`docs/reference/local-time.md`), and where it came from; the company's where it told none. */
export function zoneOfScope({ profile }: ConditionScope, companyZone: string): PersonZone {
  const zone = ownText(profile, 'zone');
  if (zone === null || !isZone(zone)) return { zone: companyZone, zoneFrom: 'company' };
  return { zone, zoneFrom: ownText(profile, 'zoneFrom') ?? 'profile' };
}
