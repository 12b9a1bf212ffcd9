import { KairosError, type SchemaName, schemas, type TopicName, topics } from '@kairos/contracts';
import type { Type } from 'avsc';
import { compileBounded } from './bounded-counts.ts';

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
  return type;
};

/** Compiles a schema that somebody else wrote with. */
export const foreignType = (schema: string): Type => compileBounded(JSON.parse(schema) as object);

/** How to read, with our schema, what was written with `writer`. */
export type Reading = (payload: Buffer) => unknown;

export const readingOf = (reader: Type, writer: Type): Reading => {
  if (reader.fingerprint().equals(writer.fingerprint())) return (payload) => reader.fromBuffer(payload);
  const resolver = reader.createResolver(writer);
  return (payload) => reader.fromBuffer(payload, resolver);
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
    return reading(bytes.subarray(HEADER_BYTES)) as V;
  } catch (error) {
    throw undecodable(topic, `is no valid Avro of its schema: ${(error as Error).message}`, error);
  }
};

export const writeFramed = (
  topic: TopicName,
  { type, id }: { readonly type: Type; readonly id: number },
  value: object,
): Buffer => {
  try {
    const payload = type.toBuffer(value);
    const framed = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
    framed[0] = 0;
    framed.writeUInt32BE(id, 1);
    payload.copy(framed, HEADER_BYTES);
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
