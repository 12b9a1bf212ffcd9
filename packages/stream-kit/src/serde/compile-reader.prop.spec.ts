import { type Fields, isRecordSchema, type RecordSchema, type SchemaName, schemas } from '@kairos/contracts';
import avro, { type Type } from 'avsc';
import fc from 'fast-check';
import { compileBounded } from './bounded-counts.ts';
import { compileReader } from './compile-reader.ts';

const names = Object.keys(schemas) as SchemaName[];
const avsc = new Map<SchemaName, Type>(names.map((name) => [name, compileBounded(schemas[name])]));
const avscOf = (name: SchemaName): Type => avsc.get(name) as Type;

/** As JSON has it, bytes as numbers: avsc's records are instances of classes that it makes. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** A value of the schema that avsc makes up, and its bytes. */
const encoded = (name: SchemaName): Buffer => avscOf(name).toBuffer(avscOf(name).random());

/** Some fields of a record, down to those of the records within it. */
const treeOf = (schema: RecordSchema, draw: () => number): Fields =>
  Object.fromEntries(
    schema.fields.flatMap(({ name, type }) => {
      const at = draw();
      if (at < 0.3) return [];
      const record = Array.isArray(type) ? type.find(isRecordSchema) : type;
      return [[name, at < 0.65 && isRecordSchema(record) ? treeOf(record, draw) : true]];
    }),
  );

/** What is left of a value by a tree of fields. */
const reduced = (value: unknown, fields: Fields | true): unknown => {
  if (fields === true || typeof value !== 'object' || value === null) return value;
  const of = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.entries(fields).map(([name, below]) => [name, reduced(of[name], below)]));
};

/** By the specification: avsc itself writes the largest numbers wrongly. */
const zigzag = (n: bigint): Buffer => {
  const bytes: number[] = [];
  let rest = n >= 0n ? 2n * n : -2n * n - 1n;
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
};

describe('a compiled reader', () => {
  it.each(names)('reads %s as avsc does', (name) => {
    const read = compileReader(schemas[name]);
    for (let run = 0; run < 300; run += 1) {
      const bytes = encoded(name);
      expect(plain(read(bytes, 0))).toEqual(plain(avscOf(name).fromBuffer(bytes)));
    }
  });

  it.each(names)('reads some fields of %s, and passes over all others', (name) => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (draws) => {
        const fields = treeOf(schemas[name], () => draws.next().value as number);
        const read = compileReader(schemas[name], fields);
        const bytes = encoded(name);
        expect(plain(read(bytes, 0))).toEqual(plain(reduced(plain(avscOf(name).fromBuffer(bytes)), fields)));
      }),
      { numRuns: 100 },
    );
  });

  it('reads whole numbers to the last that is exact, and refuses the next', () => {
    const schema: RecordSchema = { type: 'record', fields: [{ name: 'n', type: 'long' }] };
    const read = compileReader({ ...schema, name: 'R' } as RecordSchema);
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.integer({ min: -300, max: 300 })), (n) => {
        expect(read(zigzag(BigInt(n)), 0)).toEqual({ n });
      }),
      { numRuns: 2_000 },
    );
    const [least, most] = [BigInt(Number.MIN_SAFE_INTEGER), BigInt(Number.MAX_SAFE_INTEGER)];
    expect([least, most].map((n) => read(zigzag(n), 0))).toEqual([{ n: Number(least) }, { n: Number(most) }]);
    for (const n of [least - 1n, most + 1n]) expect(() => read(zigzag(n), 0)).toThrow('not exact');
  });

  it.each(names)('takes %s that was cut off or changed for what it is, or for another value, quickly', (name) => {
    const read = compileReader(schemas[name]);
    const began = performance.now();
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (where, change) => {
        const bytes = encoded(name);
        expect(() => read(bytes.subarray(0, where % bytes.length), 0)).toThrow();
        expect(() => read(Buffer.concat([bytes, Buffer.from([0])]), 0)).toThrow('something follows it');
        const changed = Buffer.from(bytes);
        changed[where % bytes.length] = (changed[where % bytes.length] as number) ^ change;
        const answer = answerOf(() => read(changed, 0));
        const avscs = answerOf(() => avscOf(name).fromBuffer(changed));
        if (answer !== undefined && avscs !== undefined) expect(answer).toEqual(avscs);
      }),
      { numRuns: 200 },
    );
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  it('reads texts of a field right whether they come again or not', () => {
    const schema = { type: 'record', name: 'R', fields: [{ name: 'text', type: 'string' }] } as unknown as RecordSchema;
    const type = avro.Type.forSchema(schema as avro.Schema);
    const read = compileReader(schema);
    const few = fc.constantFrom(
      '',
      'Cart Viewed',
      'Cart Vi\u00e9wed',
      '\u00e9',
      '\u20ac',
      'web',
      'x'.repeat(40),
      'x'.repeat(41),
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(few, fc.string({ unit: 'binary' })), { minLength: 100, maxLength: 400 }),
        (texts) => {
          for (const text of texts) {
            const bytes = type.toBuffer({ text });
            expect(read(bytes, 0)).toEqual({ text: bytes.subarray(bytes.length - Buffer.byteLength(text)).toString() });
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});

const answerOf = (read: () => unknown): unknown => {
  try {
    return plain(read());
  } catch {
    return undefined;
  }
};
