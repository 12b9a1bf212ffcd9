import type { ModelInput } from './schema/model.ts';
import type { UnversionedModel } from './write-model.ts';

/** From the form that people write to the normal form that every stage compiles. Says nothing about validity. */
export function normalizeModel(input: ModelInput): UnversionedModel {
  const { id, description, owner, status, trained } = input;
  const base = {
    kind: 'Model' as const,
    id,
    description,
    owner,
    status,
    where: input.where ?? null,
    features: input.features.map(({ name, value, daysSince, whenMissing, log, mean, sd }) => ({
      name,
      reads: value === undefined ? ('daysSince' as const) : ('value' as const),
      path: value ?? daysSince ?? [],
      whenMissing,
      log,
      mean,
      sd,
    })),
    groups: input.groups.map((group) => ({ id: group.id, description: group.description })),
    trained:
      trained === undefined
        ? null
        : { atMs: trained.at, persons: trained.persons, seed: trained.seed, quality: trained.quality },
  };
  // The schema has seen that there is a tree where one is needed, and a centre in each group.
  if (input.tree !== undefined) return { ...base, method: 'tree', tree: input.tree };
  return { ...base, method: 'kmeans', centres: input.groups.map(({ centre = [] }) => centre) };
}
