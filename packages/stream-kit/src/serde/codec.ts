import {
  type Fields,
  isRecordSchema,
  KairosError,
  type RecordSchema,
  type SchemaName,
  schemas,
  type TopicName,
  topics,
} from '@kairos/contracts';
import type { Type } from 'avsc';
import { compileBounded } from './bounded-counts.ts';
import { compileReader } from './compile-reader.ts';
import { compileWriter, type Writer } from './compile-writer.ts';
import { withNamedTypes } from './named-types.ts';

/** Confluent's framing: a zero byte, then the schema id, then Avro. */
const HEADER_BYTES = 5;

const types = new Map<SchemaName, Type>();

/** The compiled type of our own schema of a topic. */
export const ownType = (topic: TopicName): Type => {
  const name = topics[topic].schema;
  const known = types.get(name);
  if (known !== undefined) return known;
  const type = compileBounded(schemas[name]);
  types.set(name, type);
  writers.set(type, compileWriter(schemas[name]));
  return type;
};

/** How our own types are written; whatever else is, avsc writes. */
const writers = new WeakMap<Type, Writer>();

/** Compiles a schema that somebody else wrote with. */
export const foreignType = (schema: string): Type => compileBounded(JSON.parse(schema) as object);

/** Our own schema with only some of its fields, to read what another wrote. */
const reducedType = (topic: TopicName, fields: Fields): Type => {
  const schema = schemas[topics[topic].schema];
  return compileBounded(withNamedTypes(pick(schema, fields), schema));
};

/** The record's schema reduced to the fields asked for. A union keeps its branches, its record reduced. */
const pick = (schema: RecordSchema, fields: Fields): object => ({
  ...schema,
  fields: schema.fields.flatMap((field) => {
    const wanted = fields[field.name];
    if (wanted === undefined) return [];
    if (wanted === true) return [field];
    const reduced = (type: unknown): unknown => (isRecordSchema(type) ? pick(type, wanted) : type);
    return [{ ...field, type: Array.isArray(field.type) ? field.type.map(reduced) : reduced(field.type) }];
  }),
});

/** How to read, with our schema, what was written with `writer`: framed bytes to value. */
export type Reading = (framed: Buffer) => unknown;

/** A reading of a topic's records, or of some of their fields. Make it once per writer's schema and tree of fields: it compiles. */
export const readingOf = (topic: TopicName, writer: Type, fields?: Fields): Reading => {
  // A fingerprint takes a millisecond, at the first record of a start: whether it is the same type is seen sooner.
  if (ownType(topic) === writer || ownType(topic).fingerprint().equals(writer.fingerprint())) {
    const read = compileReader(schemas[topics[topic].schema], fields);
    return (framed) => read(framed, HEADER_BYTES);
  }
  const reader = fields === undefined ? ownType(topic) : reducedType(topic, fields);
  const resolver = reader.createResolver(writer);
  return (framed) => {
    const { value, offset } = reader.decode(framed, HEADER_BYTES, resolver);
    if (offset !== framed.length) throw new Error(offset < 0 ? 'it is cut off' : 'something follows it');
    return value;
  };
};

export const undecodable = (topic: TopicName, why: string, cause?: unknown): KairosError =>
  new KairosError('RECORD_UNDECODABLE', `a record of ${topic} ${why}`, cause === undefined ? {} : { cause });

/** The schema id of framed bytes. */
export const schemaIdOf = (topic: TopicName, bytes: Buffer): number => {
  if (bytes.length < HEADER_BYTES || bytes[0] !== 0) {
    throw undecodable(topic, 'does not start with a zero byte and a schema id, as the Confluent format does');
  }
  return bytes.readUInt32BE(1);
};

export const readFramed = <V>(topic: TopicName, bytes: Buffer, reading: Reading): V => {
  try {
    return reading(bytes) as V;
  } catch (error) {
    throw undecodable(topic, `is no valid Avro of its schema: ${(error as Error).message}`, error);
  }
};

/** Records are written one behind the other into a shared piece of memory; a new piece when one is full. */
const PIECE_BYTES = 65_536;
let piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
let used = 0;

/** Writes where there is room; answers the end, or -1 where there is too little. */
const tryWrite = (type: Type, value: object): number => {
  const at = used + HEADER_BYTES;
  const write = writers.get(type);
  if (write !== undefined) {
    try {
      return write(value, piece, at);
    } catch {
      // It may not fit. avsc says so, or how it is written all the same.
    }
  }
  const end = type.encode(value, piece, at);
  return end < 0 ? -1 : end;
};

export const writeFramed = (
  topic: TopicName,
  { type, id }: { readonly type: Type; readonly id: number },
  value: object,
): Buffer => {
  try {
    let end = used + HEADER_BYTES > piece.length ? -1 : tryWrite(type, value);
    for (let bytes = PIECE_BYTES; end < 0; bytes *= 4) {
      piece = Buffer.allocUnsafeSlow(bytes);
      used = 0;
      end = tryWrite(type, value);
    }
    const framed = piece.subarray(used, end);
    used = end;
    framed[0] = 0;
    framed.writeUInt32BE(id, 1);
    return framed;
  } catch (error) {
    const paths: string[] = [];
    type.isValid(value, { errorHook: (path: string[]) => paths.push(path.join('.')) });
    throw new KairosError(
      'RECORD_INVALID',
      `a value for ${topic} does not fit its schema at ${paths.join(', ') || '?'}`,
      {
        cause: error,
        ...(paths[0] === undefined ? {} : { field: paths[0] }),
      },
    );
  }
};
