import type { EnrichedEvent } from '@kairos/contracts';
import type { CompiledMatch, CompiledTrigger } from '../compile-types.ts';
import { explainCondition, showPart } from '../conditions/explain.ts';
import type { CompiledCondition, ConditionScope } from '../conditions/types.ts';
import type { Interest } from '../triggers/interests.ts';
import type { RoleLook, RoleName } from './types.ts';

/** Why a condition does not hold, part by part. */
export function whyNot(condition: CompiledCondition, scope: ConditionScope): readonly string[] {
  const { value, fault, parts } = explainCondition(condition, scope);
  if (value) return [];
  return fault === null ? parts.map(showPart) : [fault.message];
}

/** All that an event of this name may be to a trigger, each with its condition asked. */
export function rolesOf(interest: Interest, event: EnrichedEvent, scope: ConditionScope): readonly RoleLook[] {
  const { cancels, goals, starts, suspends, resumes, startsByAny, pausedStarts, pausedByAny, trigger } = interest;
  const byAny = startsByAny || pausedByAny ? [byWhatItBrings(trigger, event)] : [];
  return [
    ...byAny,
    ...(byAny.length > 0 ? [] : roleOf('starts', [...starts, ...pausedStarts], scope)),
    ...roleOf('cancels', cancels, scope),
    ...roleOf('goal', goals, scope),
    ...roleOf('suspends', suspends, scope),
    ...roleOf('resumes', resumes, scope),
  ];
}

function roleOf(role: RoleName, matches: readonly CompiledMatch[], scope: ConditionScope): readonly RoleLook[] {
  if (matches.length === 0) return [];
  const holding = matches.find((match) => match.matches(scope));
  const asked = holding === undefined ? matches : [holding];
  const conditions = asked.flatMap(({ condition }) => condition ?? []);
  return [
    {
      role,
      holds: holding !== undefined,
      where: conditions.length === 0 ? null : conditions.map(({ text }) => text).join(' or '),
      why: holding === undefined ? conditions.flatMap((condition) => whyNot(condition, scope)) : [],
    },
  ];
}

/** It looks at the event for what it brings: a segment, a value of the profile, or just that the customer was active. */
function byWhatItBrings({ when }: CompiledTrigger, event: EnrichedEvent): RoleLook {
  const holds = { role: 'starts', holds: true, why: [] } as const;
  switch (when.type) {
    case 'segment':
      return { ...holds, where: `${when.change} ${when.segment}` };
    case 'profileChange':
      return { ...holds, where: `profile.${when.path} is told` };
    case 'date':
      return { ...holds, where: when.of === 'profile' ? `profile.${when.path} is told` : 'the zone may have changed' };
    default:
      return { ...holds, where: `any event (${event.name})` };
  }
}
