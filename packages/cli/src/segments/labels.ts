import { type ModelFeature, readFeaturePath, writeFeaturePath } from '@kairos/decisions';
import { CliError, exitCodes } from '../exit.ts';
import type { Person } from './persons.ts';

/** What a tree learns to tell: the names of the labels, and which one each person has. */
export interface Labels {
  readonly names: readonly string[];
  /** Per person the number of the label; null where it is not known. */
  readonly of: readonly (number | null)[];
}

const MAX_LABELS = 20;
const SEGMENT = 'segment:';

/** `segment:<id>`: in it or not. `profile.traits.<name>`: its values, of those who have one. */
export function labelsOf(
  persons: readonly Person[],
  label: string,
  { features, id }: { readonly features: readonly ModelFeature[]; readonly id: string },
): Labels {
  const values = label.startsWith(SEGMENT)
    ? ofSegment(persons, label.slice(SEGMENT.length))
    : ofProfile(persons, label, features);
  const known = [...new Set(values.filter((value) => value !== null))].sort((a, b) => (a < b ? -1 : 1));
  if (known.length < 2) {
    const what = known[0] === undefined ? 'nobody has it' : `all who have it have “${known[0]}”`;
    throw new CliError(`--label ${label} tells nobody apart: ${what}. Name another one, or widen --where.`);
  }
  if (known.length > MAX_LABELS) {
    throw new CliError(
      `--label ${label} has ${known.length} different values, and a tree tells at most ${MAX_LABELS} apart: name a trait with few values.`,
    );
  }
  return {
    names: known.map((value) => `${id}-${value}`),
    of: values.map((value) => (value === null ? null : known.indexOf(value))),
  };
}

function ofSegment(persons: readonly Person[], segment: string): readonly (string | null)[] {
  const ids = new Set(persons.flatMap(({ segments }) => segments));
  if (!ids.has(segment)) {
    const known = ids.size === 0 ? 'nobody is in any' : `there are ${[...ids].sort().join(', ')}`;
    throw new CliError(`--label ${SEGMENT}${segment}: nobody is in a segment of that name; ${known}.`);
  }
  return persons.map(({ segments }) => (segments.includes(segment) ? `like-${segment}` : `unlike-${segment}`));
}

function ofProfile(
  persons: readonly Person[],
  label: string,
  features: readonly ModelFeature[],
): readonly (string | null)[] {
  const path = readFeaturePath(label);
  if (path === null) {
    const remedy = 'write profile.traits.<name>, or segment:<id>';
    throw new CliError(`--label ${label} is no path and no segment: ${remedy}.`, exitCodes.usage);
  }
  const same = features.find((feature) => writeFeaturePath(feature.path) === writeFeaturePath(path));
  if (same !== undefined) {
    throw new CliError(
      `--label ${label} is also the feature “${same.name}”, so the tree would only repeat it: leave it out of --features.`,
      exitCodes.usage,
    );
  }
  return persons.map(({ profile }) => {
    let at: unknown = profile;
    for (const name of path) {
      if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return null;
      at = (at as Readonly<Record<string, unknown>>)[name];
    }
    return typeof at === 'string' || typeof at === 'number' || typeof at === 'boolean' ? String(at) : null;
  });
}
