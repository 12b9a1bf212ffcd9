import type { Findings } from '../compile-trigger.ts';
import { PartCompiler } from '../compile-trigger.ts';
import type { CompiledCondition } from '../conditions/types.ts';
import { checkModel } from './check-model.ts';
import type { CompiledModel, Profile } from './compiled-model.ts';
import type { ModelDefinition, ModelFeature, ModelTree } from './definition.ts';

const DAY_MS = 86_400_000;

/** One number of a person on the model's scale. `nowMs` is log time, as `now` of conditions. Never fails. */
export type ReadFeature = (profile: Profile, nowMs: number) => number;

/** A model that does not fit is a fault and has nobody in its groups. `taken` are the ids of other segments. */
export function compileModel(
  definition: ModelDefinition,
  findings: Findings,
  taken: ReadonlySet<string>,
): CompiledModel {
  const faults = checkModel(definition);
  const collision = definition.groups.findIndex(({ id }) => taken.has(id));
  const all = [
    ...faults,
    ...(collision === -1 ? [] : [{ path: ['groups', collision, 'id'], message: 'is a segment already' }]),
  ];
  for (const { path, message } of all) {
    const fault = { code: 'TYPE' as const, message, start: 0, end: 0 };
    findings.faults.push({ kind: definition.kind, id: definition.id, field: path.join('.'), fault });
  }
  if (all.length > 0) return { definition, groupOf: () => null };
  const where = new PartCompiler(findings, definition).condition(definition.where, 'where');
  return { definition, groupOf: guarded(where, definition) };
}

function guarded(where: CompiledCondition | null, definition: ModelDefinition): CompiledModel['groupOf'] {
  const assign = definition.method === 'kmeans' ? byCentre(definition) : byTree(definition);
  return (scope) => (where === null || where.evaluate(scope) ? assign(scope.profile, scope.now) : null);
}

/** How a feature is read, in one place for training and for every event. */
export function compileFeature({ reads, path, whenMissing, log, mean, sd }: ModelFeature): ReadFeature {
  const valueIn = readerOf(path);
  return (profile, nowMs) => {
    const found = valueIn(profile);
    const number = typeof found === 'boolean' ? Number(found) : found;
    const isKnown = typeof number === 'number' && Number.isFinite(number);
    const raw = !isKnown ? whenMissing : reads === 'value' ? number : Math.max(0, (nowMs - number) / DAY_MS);
    return ((log ? Math.sign(raw) * Math.log1p(Math.abs(raw)) : raw) - mean) / sd;
  };
}

function readerOf(path: readonly string[]): (profile: Profile) => unknown {
  const [first = '', ...below] = path;
  if (below.length === 0) return (profile) => (Object.hasOwn(profile, first) ? profile[first] : undefined);
  return (profile) => {
    let at: unknown = profile;
    for (const name of path) {
      if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
      at = (at as Profile)[name];
    }
    return at;
  };
}

type Assign = (profile: Profile, nowMs: number) => string | null;

/** The nearest centre by Euclidean distance; of two that are equally near the first. */
function byCentre({ features, groups, centres }: Extract<ModelDefinition, { method: 'kmeans' }>): Assign {
  const reads = features.map(compileFeature);
  const ids = groups.map(({ id }) => id);
  return (profile, nowMs) => {
    const point = reads.map((read) => read(profile, nowMs));
    let nearest = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let at = 0; at < centres.length; at += 1) {
      const away = distanceSquared(point, centres[at] ?? []);
      if (away < least) {
        least = away;
        nearest = at;
      }
    }
    return ids[nearest] ?? null;
  };
}

export function distanceSquared(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    sum += difference * difference;
  }
  return sum;
}

type Question = {
  readonly read: ReadFeature;
  readonly below: number;
  readonly ifBelow: Question | string;
  readonly otherwise: Question | string;
};

/** Only the features on the way are read. */
function byTree({ features, tree }: Extract<ModelDefinition, { method: 'tree' }>): Assign {
  const reads = new Map(features.map((feature) => [feature.name, compileFeature(feature)]));
  const compile = (node: ModelTree): Question | string => {
    if ('group' in node) return node.group;
    const read = reads.get(node.feature);
    if (read === undefined) return '';
    return { read, below: node.below, ifBelow: compile(node.ifBelow), otherwise: compile(node.otherwise) };
  };
  const root = compile(tree);
  return (profile, nowMs) => {
    let at = root;
    while (typeof at !== 'string') at = at.read(profile, nowMs) < at.below ? at.ifBelow : at.otherwise;
    return at;
  };
}
