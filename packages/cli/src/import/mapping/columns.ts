import type { Field, Mapping, People } from './schema.ts';
import { columnsOfTemplate } from './template.ts';

type Path = readonly (string | number)[];

/** A column that the mapping names, and where. */
export interface NamedColumn {
  readonly column: string;
  readonly path: Path;
}

function ofField(field: Field | undefined, path: Path): NamedColumn[] {
  if (typeof field === 'string') return columnsOfTemplate(field).map((column) => ({ column, path }));
  return typeof field === 'object' ? [{ column: field.column, path: [...path, 'column'] }] : [];
}

const ofFields = (fields: Readonly<Record<string, Field | undefined>>, path: Path): NamedColumn[] =>
  Object.entries(fields).flatMap(([name, field]) => ofField(field, [...path, name]));

const ofPeople = (people: People | undefined, path: Path): NamedColumn[] =>
  people === undefined ? [] : ofFields(people, path);

const ofList = (columns: readonly string[], path: Path): NamedColumn[] =>
  columns.map((column, at) => ({ column, path: [...path, at] }));

function ofGroup({ group }: Mapping): NamedColumn[] {
  if (group === undefined) return [];
  return [
    ...ofList(group.by, ['group', 'by']),
    ...Object.entries(group.lists).flatMap(([name, item]) => ofFields(item, ['group', 'lists', name])),
    ...Object.entries(group.sums).flatMap(([name, sum]) =>
      'times' in sum
        ? ofList(sum.times, ['group', 'sums', name, 'times'])
        : [{ column: sum.column, path: ['group', 'sums', name, 'column'] }],
    ),
  ];
}

/** Every column that a mapping reads, with the places that name it. */
export const namedColumns = (mapping: Mapping): readonly NamedColumn[] => [
  ...ofList(mapping.key ?? [], ['key']),
  { column: mapping.timestamp.column, path: ['timestamp', 'column'] },
  ...ofPeople(mapping.ids, ['ids']),
  ...ofPeople(mapping.otherwise, ['otherwise']),
  ...ofFields(mapping.properties, ['properties']),
  ...ofFields(mapping.traits, ['traits']),
  ...ofGroup(mapping),
];

/** Names of all properties that an event of the mapping may have. */
export const propertyNames = ({ properties, group }: Mapping): readonly string[] => [
  ...Object.keys(properties),
  ...Object.keys(group?.lists ?? {}),
  ...Object.keys(group?.sums ?? {}),
];
