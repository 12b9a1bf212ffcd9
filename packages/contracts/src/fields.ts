import { schemas } from './generated/schemas.ts';
import { type TopicName, topics } from './topics.ts';

/** Which fields of a topic's records are asked for: `true` = the whole field, a tree = some of a record's. Make it once and keep it: readers are compiled per tree. */
export interface Fields {
  readonly [field: string]: true | Fields;
}

export interface RecordSchema {
  readonly type: 'record';
  readonly fields: readonly { readonly name: string; readonly type: unknown }[];
}

export const isRecordSchema = (schema: unknown): schema is RecordSchema =>
  typeof schema === 'object' && schema !== null && 'type' in schema && schema.type === 'record';

/**
 * All fields of a topic's records but some: paths such as `event.context`. Named by what is left out, so that a field that
 * is added later is read until somebody says otherwise.
 */
export const fieldsExcept = (topic: TopicName, paths: readonly string[]): Fields =>
  except(schemas[topics[topic].schema] as RecordSchema, paths);

function except(schema: RecordSchema, paths: readonly string[]): Fields {
  const fields: Record<string, true | Fields> = {};
  for (const { name, type } of schema.fields) {
    if (paths.includes(name)) continue;
    const below = paths.filter((path) => path.startsWith(`${name}.`)).map((path) => path.slice(name.length + 1));
    const record = Array.isArray(type) ? type.find(isRecordSchema) : type;
    fields[name] = below.length > 0 && isRecordSchema(record) ? except(record, below) : true;
  }
  return fields;
}
