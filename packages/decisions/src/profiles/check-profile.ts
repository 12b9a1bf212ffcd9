import { profileTypes } from '../conditions/profile-fields.ts';
import { checkSubject, type PlannedFault, type PropertyNode, type Subject } from '../tracking/index.ts';
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
  money: texts('orderValue', 'refundValue', 'netValue', 'adjustmentValue'),
  firstProduct: texts('id', 'name', 'category'),
  lastProduct: texts('id', 'name', 'category'),
};

const fields = Object.entries(profileTypes).map(([name, { type }]) => node(name, type, below[name]));

const subject: Subject = {
  properties: fields,
  stepsOf: (variable, steps) => (variable === 'profile' ? steps : null),
  unknown: (name, within) => `The ${within ?? 'profile'} has no field “${name}”.`,
  notAllowed: (written, path) => `${path} is never ${written}.`,
};

/** Faults of an expression that parses, as far as it reads fields of the profile whose types are fixed. */
export const checkProfile = (text: string, how: { readonly mustBeBoolean: boolean }): readonly PlannedFault[] =>
  checkSubject(text, subject, how);
