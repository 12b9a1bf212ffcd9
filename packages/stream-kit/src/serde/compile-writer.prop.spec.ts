import { type RecordSchema, type SchemaName, schemas } from '@kairos/contracts';
import type { Type } from 'avsc';
import fc from 'fast-check';
import { compileBounded } from './bounded-counts.ts';
import { compileWriter, type Writer } from './compile-writer.ts';

const names = Object.keys(schemas) as SchemaName[];
const avsc = new Map<SchemaName, Type>(names.map((name) => [name, compileBounded(schemas[name])]));
const avscOf = (name: SchemaName): Type => avsc.get(name) as Type;

const ROOM = 1_000_000;
const room = Buffer.alloc(ROOM);

/** What is written; null where the writer leaves it to avsc. */
const written = (write: Writer, value: unknown): Buffer | null => {
  try {
    return room.subarray(3, write(value, room, 3));
  } catch {
    return null;
  }
};

/** What avsc writes; null where it says that it does not fit. */
const expected = (type: Type, value: unknown): Buffer | null => {
  try {
    return type.toBuffer(value);
  } catch {
    return null;
  }
};

const anything = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    true,
    -0,
    0.5,
    Number.NaN,
    2 ** 31,
    2 ** 53,
    -(2 ** 52),
    '',
    '\ud800',
    {},
    [],
  ),
  fc.maxSafeInteger(),
  fc.integer(),
  fc.string({ unit: 'binary', maxLength: 90 }),
  fc.array(fc.string({ unit: 'grapheme' })),
  fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer())),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
);

/** Puts something else in the place of a value within another; true = it was put there. */
const spoil = (value: unknown, draw: () => number, other: unknown): boolean => {
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return false;
  const fields = value as Record<string, unknown>;
  const keys = Object.keys(fields);
  const key = keys[Math.floor(draw() * keys.length)];
  if (key === undefined) return false;
  if (draw() < 0.6 && spoil(fields[key], draw, other)) return true;
  fields[key] = other;
  return true;
};

const draws = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }));
const one = (type: unknown): RecordSchema =>
  ({ type: 'record', name: 'R', fields: [{ name: 'v', type }] }) as unknown as RecordSchema;

describe('a compiled writer', () => {
  it.each(names)('writes %s as avsc does, byte for byte', (name) => {
    const write = compileWriter(schemas[name]);
    for (let run = 0; run < 300; run += 1) {
      const value: unknown = avscOf(name).random();
      expect(written(write, value)).toEqual(avscOf(name).toBuffer(value));
    }
  });

  it.each(names)('writes nothing of %s that avsc would refuse, or write otherwise', (name) => {
    const write = compileWriter(schemas[name]);
    fc.assert(
      fc.property(draws, anything, (stream, other) => {
        const value: unknown = avscOf(name).random();
        spoil(value, () => stream.next().value as number, other);
        const said = written(write, value);
        if (said !== null) expect(said).toEqual(expected(avscOf(name), value));
      }),
      { numRuns: 500 },
    );
  });

  it.each(['string', 'long', 'int', 'double', 'boolean', 'bytes', { type: 'array', items: 'string' }])(
    'writes any %j as avsc does, or leaves it to avsc',
    (type) => {
      const schema = one(type);
      const write = compileWriter(schema);
      const own = compileBounded(schema);
      let count = 0;
      fc.assert(
        fc.property(anything, (v) => {
          const said = written(write, { v });
          if (said === null) return;
          count += 1;
          expect(said).toEqual(expected(own, { v }));
        }),
        { numRuns: 3_000 },
      );
      expect(count).toBeGreaterThan(10);
    },
  );

  it('says so where there is too little room, and writes nothing behind the end', () => {
    const write = compileWriter(schemas['triggers.detected']);
    fc.assert(
      fc.property(fc.nat({ max: 900 }), (bytes) => {
        const value: unknown = avscOf('triggers.detected').random();
        const whole = avscOf('triggers.detected').toBuffer(value);
        const memory = Buffer.alloc(bytes + 100, 7);
        const end = write(value, memory.subarray(0, bytes), 0);
        expect(end).toBe(whole.length <= bytes ? whole.length : -1);
        expect(memory.subarray(bytes).every((byte) => byte === 7)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('leaves to avsc what nothing of ours has: other unions, enums, fixed bytes', () => {
    for (const type of [
      ['string', 'null'],
      { type: 'enum', name: 'E', symbols: ['A'] },
      { type: 'fixed', name: 'F', size: 1 },
    ]) {
      expect(written(compileWriter(one(type)), { v: 'A' })).toBeNull();
    }
  });
});
