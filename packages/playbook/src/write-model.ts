import { type ModelDefinition, writeFeaturePath } from '@kairos/decisions';
import { stringify } from 'yaml';

type Unversioned<D> = D extends unknown ? Omit<D, 'version'> : never;
export type UnversionedModel = Unversioned<ModelDefinition>;

/** The form that people write, of a model that was learned: reading it gives the same definition. */
export function writeModel(model: UnversionedModel): string {
  const { id, description, owner, status, where, features, trained } = model;
  const written = {
    kind: 'Model',
    id,
    ...(description === '' ? {} : { description }),
    ...(owner === '' ? {} : { owner }),
    ...(status === 'live' ? {} : { status }),
    method: model.method,
    ...(where === null ? {} : { where }),
    features: features.map(({ name, reads, path, whenMissing, log, mean, sd }) => ({
      name,
      [reads]: writeFeaturePath(path),
      ...(whenMissing === 0 ? {} : { whenMissing }),
      ...(log ? { log } : {}),
      ...(mean === 0 ? {} : { mean }),
      ...(sd === 1 ? {} : { sd }),
    })),
    groups: model.groups.map((group, at) => ({
      id: group.id,
      ...(group.description === '' ? {} : { description: group.description }),
      ...(model.method === 'kmeans' ? { centre: model.centres[at] ?? [] } : {}),
    })),
    ...(model.method === 'tree' ? { tree: model.tree } : {}),
    ...(trained === null
      ? {}
      : {
          trained: {
            at: new Date(trained.atMs).toISOString(),
            persons: trained.persons,
            seed: trained.seed,
            quality: trained.quality,
          },
        }),
  };
  return stringify(written, { lineWidth: 100, flowCollectionPadding: true });
}
