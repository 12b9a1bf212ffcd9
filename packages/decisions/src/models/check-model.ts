import type { ModelDefinition, ModelFeature, ModelTree } from './definition.ts';
import { featurePathFault, numericFields, writeFeaturePath } from './feature-path.ts';

export const modelLimits = { features: 50, groups: 50, treeDepth: 20 } as const;

/** What keeps a model from being asked, with the place where people wrote it. */
export interface ModelFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly value?: unknown;
  readonly remedy: string;
  /** A name that is not known, and those that are. */
  readonly unknown?: { readonly name: string; readonly known: readonly string[] };
}

/** Everything that does not fit together in a model, or does not fit the profile. Empty = it can be asked. */
export function checkModel(model: ModelDefinition): readonly ModelFault[] {
  return [
    ...model.features.flatMap(checkFeature),
    ...repeated(model.features.map(({ name }) => name)).map((at) =>
      twice(['features', at, 'name'], model.features[at]?.name),
    ),
    ...repeated(model.groups.map(({ id }) => id)).map((at) => twice(['groups', at, 'id'], model.groups[at]?.id)),
    ...tooMany(model),
    ...(model.method === 'kmeans' ? checkCentres(model) : checkTree(model)),
  ];
}

const twice = (path: ModelFault['path'], value: unknown): ModelFault => ({
  path,
  message: 'stands here twice',
  value,
  remedy: 'give each a name of its own',
});

const repeated = (names: readonly string[]): readonly number[] =>
  names.flatMap((name, at) => (names.indexOf(name) < at ? [at] : []));

function tooMany({ features, groups }: ModelDefinition): readonly ModelFault[] {
  return (['features', 'groups'] as const).flatMap((field) => {
    const { length } = field === 'features' ? features : groups;
    if (length >= 1 && length <= modelLimits[field]) return [];
    return [{ path: [field], message: `has ${length} of them`, remedy: `give 1 to ${modelLimits[field]}` }];
  });
}

function checkFeature(feature: ModelFeature, at: number): readonly ModelFault[] {
  const place = ['features', at] as const;
  const faults: ModelFault[] = [];
  const wrong = featurePathFault(feature.path);
  if (wrong !== null) {
    faults.push({
      path: [...place, feature.reads],
      message: wrong.message,
      value: writeFeaturePath(feature.path),
      remedy: 'name a field that holds a number, such as profile.orderCount or profile.traits.age',
      ...(wrong.unknown === undefined ? {} : { unknown: { name: wrong.unknown, known: numericFields } }),
    });
  }
  for (const field of ['whenMissing', 'mean', 'sd'] as const) {
    if (!Number.isFinite(feature[field])) faults.push(noNumber([...place, field], feature[field]));
  }
  if (feature.sd <= 0) {
    const remedy = 'give its standard deviation, or 1; leave a feature out that is the same for everybody';
    faults.push({ path: [...place, 'sd'], message: 'must be above 0', value: feature.sd, remedy });
  }
  return faults;
}

const noNumber = (path: ModelFault['path'], value: unknown): ModelFault => ({
  path,
  message: 'must be a finite number',
  value: String(value),
  remedy: 'train the model again, or write the number',
});

function checkCentres({
  features,
  groups,
  centres,
}: Extract<ModelDefinition, { method: 'kmeans' }>): readonly ModelFault[] {
  if (centres.length !== groups.length) {
    const message = `${groups.length} groups have ${centres.length} centres`;
    return [{ path: ['groups'], message, remedy: 'give each group its centre' }];
  }
  return centres.flatMap((centre, at) => {
    const path = ['groups', at, 'centre'];
    if (centre.length !== features.length) {
      const message = `has ${centre.length} numbers, and there are ${features.length} features`;
      return [{ path, message, value: centre, remedy: 'give one number per feature, in their order' }];
    }
    return centre.flatMap((one, number) => (Number.isFinite(one) ? [] : [noNumber([...path, number], one)]));
  });
}

function checkTree({ features, groups, tree }: Extract<ModelDefinition, { method: 'tree' }>): readonly ModelFault[] {
  const names = features.map(({ name }) => name);
  const ids = groups.map(({ id }) => id);
  const reached = new Set<string>();
  const look = (node: ModelTree, path: readonly (string | number)[]): readonly ModelFault[] => {
    if (path.length > modelLimits.treeDepth + 1) {
      return [
        {
          path,
          message: `lies deeper than ${modelLimits.treeDepth} questions`,
          remedy: 'train with a smaller --depth',
        },
      ];
    }
    if ('group' in node) {
      reached.add(node.group);
      return ids.includes(node.group)
        ? []
        : [unknownName([...path, 'group'], node.group, { what: 'group', known: ids })];
    }
    return [
      ...(names.includes(node.feature)
        ? []
        : [unknownName([...path, 'feature'], node.feature, { what: 'feature', known: names })]),
      ...(Number.isFinite(node.below) ? [] : [noNumber([...path, 'below'], node.below)]),
      ...look(node.ifBelow, [...path, 'ifBelow']),
      ...look(node.otherwise, [...path, 'otherwise']),
    ];
  };
  const faults = look(tree, ['tree']);
  const empty = ids.findIndex((id) => !reached.has(id));
  if (faults.length > 0 || empty === -1) return faults;
  const message = 'is at no end of the tree, so nobody is ever in it';
  return [{ path: ['groups', empty, 'id'], message, value: ids[empty], remedy: 'take it out, or name it in the tree' }];
}

const unknownName = (
  path: ModelFault['path'],
  name: string,
  { what, known }: { readonly what: string; readonly known: readonly string[] },
): ModelFault => ({
  path,
  message: `there is no ${what} “${name}”`,
  value: name,
  remedy: `name one of ${known.join(', ')}`,
  unknown: { name, known },
});
