import type { CompanyDefinition } from '@kairos/decisions';
import type { LedgerEntry, TemplateView } from './ports.ts';

const objectOf = (json: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
};

/** What a message's templates see: everything frozen when it was chosen, and the company. */
export function viewOf(
  { message }: Pick<LedgerEntry, 'message'>,
  company: CompanyDefinition | undefined,
  nowMs: number,
): TemplateView {
  const evidence = objectOf(message.evidence);
  const profile = objectOf(message.profile);
  const properties = evidence.properties ?? {};
  return {
    profile: { ...profile, personId: message.personId, zone: message.zone },
    evidence,
    event: { name: evidence.event ?? null },
    properties,
    segments: profile.segments ?? [],
    company: { name: company?.name ?? null },
    now: nowMs,
  };
}
