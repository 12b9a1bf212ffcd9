import type { ColumnField, Field, FileFormat } from '../mapping/schema.ts';
import { partsOfTemplate } from '../mapping/template.ts';
import { RowRefused } from '../refusal.ts';
import { dateReader } from './dates.ts';
import { booleanOf, decimalReader, integerOf } from './numbers.ts';

export type Value = string | number | boolean;
export type Cells = readonly string[];
/** What a field says in a row; undefined where the row leaves it empty. Throws RowRefused. */
export type ReadField = (cells: Cells) => Value | undefined;

export interface FieldContext {
  readonly format: FileFormat;
  placeOf(column: string): number;
}

export function fieldReader(field: Field, context: FieldContext): ReadField {
  if (typeof field === 'string') return templateReader(field, context);
  if (typeof field !== 'object') return () => field;
  const place = context.placeOf(field.column);
  const read = field.map === undefined ? typedReader(field, context) : mapReader(field, field.map);
  const { column, required } = field;
  return (cells) => {
    const text = cells[place] ?? '';
    if (text !== '') return read(text);
    if (!required) return undefined;
    throw new RowRefused('VALUE_MISSING', { field: column, remedy: 'Fill it in.' });
  };
}

/** All fields of an object; what is empty is left out. */
export function fieldsReader(
  fields: Readonly<Record<string, Field | undefined>>,
  context: FieldContext,
): (cells: Cells) => Record<string, Value> {
  const readers = Object.entries(fields).flatMap(([name, field]) =>
    field === undefined ? [] : [{ name, read: fieldReader(field, context) }],
  );
  return (cells) => {
    const said: Record<string, Value> = {};
    for (const { name, read } of readers) {
      const value = read(cells);
      if (value !== undefined) said[name] = value;
    }
    return said;
  };
}

/** A text with places; nothing where one of its places is empty. */
function templateReader(text: string, context: FieldContext): ReadField {
  const parts = partsOfTemplate(text).map((part) => ({
    text: part.text,
    place: part.column === null ? null : context.placeOf(part.column),
  }));
  return (cells) => {
    let said = '';
    for (const part of parts) {
      const filled = part.place === null ? null : (cells[part.place] ?? '');
      if (filled === '') return undefined;
      said += part.text + (filled ?? '');
    }
    return said;
  };
}

function typedReader({ type, column, format, zone }: ColumnField, context: FieldContext): (text: string) => Value {
  const decimal = decimalReader(context.format);
  switch (type) {
    case 'text':
      return (text) => text;
    case 'decimal':
      return (text) => Number(decimal(text, column));
    case 'integer':
      return (text) => integerOf(decimal(text, column), column);
    case 'boolean':
      return (text) => booleanOf(text, column);
    default: {
      const date = dateReader({ format, zone });
      return (text) => new Date(date(text, column)).toISOString();
    }
  }
}

function mapReader({ column }: ColumnField, map: Readonly<Record<string, Value>>): (text: string) => Value {
  const known = new Map(Object.entries(map));
  return (text) => {
    const value = known.get(text);
    if (value !== undefined) return value;
    const remedy = `Known are ${[...known.keys()].slice(0, 20).join(', ')}: correct it, or add it to the map.`;
    throw new RowRefused('NOT_IN_MAP', { field: column, value: text, remedy });
  };
}
