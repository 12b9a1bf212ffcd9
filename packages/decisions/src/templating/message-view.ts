import type { ChosenMessage } from '@kairos/contracts';
import type { CompanyDefinition } from '../definitions.ts';
import { isObject, parseObject } from '../profiles/json.ts';

/** What a message's templates see: everything frozen when it was chosen, and the company. `nowMs` is the time of sending. */
export function messageView(
  message: Pick<ChosenMessage, 'evidence' | 'profile' | 'personId' | 'zone'>,
  company: Pick<CompanyDefinition, 'name'> | undefined,
  nowMs: number,
): Readonly<Record<string, unknown>> {
  const evidence = objectOf(message.evidence);
  const profile = objectOf(message.profile);
  return {
    profile: { ...profile, personId: message.personId, zone: message.zone },
    evidence,
    event: { name: evidence.event ?? null },
    properties: evidence.properties ?? {},
    segments: profile.segments ?? [],
    company: { name: company?.name ?? null },
    now: nowMs,
  };
}

function objectOf(json: string): Readonly<Record<string, unknown>> {
  const value = parseObject(json);
  return isObject(value) ? value : {};
}
