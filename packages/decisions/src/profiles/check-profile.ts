import type { ComputedTraitDefinition, ComputeKind } from '../computed/index.ts';
import { profileTypes } from '../conditions/profile-fields.ts';
import {
  ANY_NAME,
  checkSubject,
  type FoundProperty,
  findProperty,
  type PlannedFault,
  type PropertyNode,
  type Subject,
} from '../tracking/index.ts';
import { deviceTypes } from './device.ts';

type NodeType = NonNullable<PropertyNode['type']>;
type Below = readonly (readonly [name: string, type: NodeType | null])[];

const node = (path: string, type: NodeType | null, below: Below = []): PropertyNode => ({
  name: path.slice(path.lastIndexOf('.') + 1),
  path: `profile.${path}`,
  type,
  required: false,
  values: path === 'device' ? new Set<unknown>(deviceTypes) : null,
  below: below.map(([name, typeBelow]) => node(`${path}.${name}`, typeBelow)),
  ofElements: false,
});

const texts = (...names: readonly string[]): Below => names.map((name) => [name, 'string'] as const);

/** What lies below the fields that are groups; of the others nobody knows. */
const below: Readonly<Record<string, Below>> = {
  group: [
    ['id', 'string'],
    ['traits', 'object'],
  ],
  money: texts('orderValue', 'refundValue', 'netValue', 'adjustmentValue'),
  firstProduct: texts('id', 'name', 'category'),
  lastProduct: texts('id', 'name', 'category'),
};

const preferences: PropertyNode = {
  ...node('preferences', 'object'),
  below: [
    node('preferences.channels', 'array'),
    node('preferences.topics', 'object', [[ANY_NAME, 'boolean']]),
    node('preferences.frequency', 'object', [
      ['max', 'number'],
      ['perMs', 'number'],
    ]),
  ],
};

const fields = Object.entries(profileTypes).map(([name, { type }]) =>
  name === 'preferences' ? preferences : node(name, type, below[name]),
);

const ofComputed: Readonly<Record<ComputeKind, NodeType | null>> = {
  count: 'number',
  sum: 'number',
  average: 'number',
  min: 'number',
  max: 'number',
  distinct: 'number',
  top: 'string',
  // As the events say it.
  first: null,
  last: null,
};

const withComputed = (traits: readonly Computed[]): readonly PropertyNode[] =>
  fields.map((field) =>
    field.name === 'computed'
      ? node(
          'computed',
          'object',
          traits.map(({ id, compute }) => [id, ofComputed[compute]] as const),
        )
      : field,
  );

type Computed = Pick<ComputedTraitDefinition, 'id' | 'compute'>;

const subjectOf = (computed: readonly Computed[]): Subject => ({
  properties: withComputed(computed),
  stepsOf: (variable, steps) => (variable === 'profile' ? steps : null),
  unknown: (name, within) => `The ${within ?? 'profile'} has no field “${name}”.`,
  notAllowed: (written, path) => `${path} is never ${written}.`,
});

/** Faults of an expression that parses, as far as it reads fields of the profile whose types are fixed. */
export const checkProfile = (
  text: string,
  { computed = [], ...how }: { readonly mustBeBoolean: boolean; readonly computed?: readonly Computed[] },
): readonly PlannedFault[] => checkSubject(text, subjectOf(computed), how);

/** What is known of a field of the profile, by the way down to it. */
export const findInProfile = (steps: readonly string[], computed: readonly Computed[]): FoundProperty =>
  findProperty({ properties: withComputed(computed) }, steps);
