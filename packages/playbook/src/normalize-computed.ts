import type { ComputedTraitDefinition } from '@kairos/decisions';
import type { ComputedTraitInput } from './schema/computed-trait.ts';

export function normalizeComputedTrait(input: ComputedTraitInput): Omit<ComputedTraitDefinition, 'version'> {
  const { id, description, owner, status, of: events, where, compute, value, within } = input;
  return {
    kind: 'ComputedTrait',
    ...{ id, description, owner, status },
    events,
    where: where ?? null,
    compute,
    value: value ?? null,
    withinMs: within ?? null,
  };
}
