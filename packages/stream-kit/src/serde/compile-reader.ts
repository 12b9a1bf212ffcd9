import type { Fields, RecordSchema } from '@kairos/contracts';
import { AvroCursor } from './avro-cursor.ts';
import { type Named, namedTypes } from './named-types.ts';
import { RecentTexts } from './recent-texts.ts';

/** Reads one value that begins at `from` and fills the rest of the bytes; throws on anything else. */
export type Reader = (bytes: Buffer, from: number) => unknown;

type Complex = { readonly type: Schema } & Readonly<Record<string, unknown>>;
type Schema = string | readonly Schema[] | Complex;

/** JavaScript that reads a value, or passes over it, at a cursor `c`. */
type Expression = string;

/** What makes the sources of functions. They name each other by number: `f0(c)`. */
class Sources {
  readonly functions: string[] = [];
  /** What the functions use beside each other: `k0`. */
  readonly constants: unknown[] = [];
  readonly #named: ReadonlyMap<string, Named>;
  /** Functions that read a record as a whole, and those that pass over it, by what they do. */
  readonly #known = new Map<string, string>();

  constructor(schema: object) {
    this.#named = namedTypes(schema);
  }

  constant(value: unknown): string {
    return `k${this.constants.push(value) - 1}`;
  }

  reading(schema: Schema, fields?: Fields): Expression {
    if (isUnion(schema)) return this.#union(schema, (branch) => this.reading(branch, fields));
    if (typeof schema === 'string') return this.#primitive(schema) ?? this.reading(this.#of(schema));
    switch (schema.type) {
      case 'record':
        return fields === undefined
          ? this.#once(`read ${schema['name']}`, () => this.#record(schema))
          : `${this.#function(() => this.#record(schema, fields))}(c)`;
      case 'enum':
        return `c.symbol(${this.constant(schema['symbols'])})`;
      case 'fixed':
        return `c.fixed(${Number(schema['size'])})`;
      case 'array':
        return `c.list(${this.#function(() => this.reading(schema['items'] as Schema))})`;
      case 'map':
        return `c.map(${this.constant(new RecentTexts())}, ${this.#function(() => this.reading(schema['values'] as Schema))})`;
      default:
        return this.reading(schema.type, fields);
    }
  }

  passing(schema: Schema): Expression {
    if (isUnion(schema)) return this.#union(schema, (branch) => this.passing(branch));
    if (typeof schema === 'string') return PASSING[schema] ?? this.passing(this.#of(schema));
    switch (schema.type) {
      case 'record':
        return this.#once(`pass ${schema['name']}`, () => {
          return `(${[...fieldsOf(schema).map(({ type }) => this.passing(type)), 'null'].join(', ')})`;
        });
      case 'enum':
        return 'c.passLong()';
      case 'fixed':
        return `c.pass(${Number(schema['size'])})`;
      case 'array':
        return `c.passList(${this.#function(() => this.passing(schema['items'] as Schema))})`;
      case 'map':
        return `c.passList(${this.#function(() => `(c.passText(), ${this.passing(schema['values'] as Schema)})`)})`;
      default:
        return this.passing(schema.type);
    }
  }

  #primitive(name: string): Expression | undefined {
    return name === 'string' ? `c.text(${this.constant(new RecentTexts())})` : READING[name];
  }

  #union(branches: readonly Schema[], expression: (branch: Schema) => Expression): Expression {
    const [first, second] = branches;
    if (branches.length === 2 && first === 'null' && second !== undefined) {
      return `(c.isNull() ? null : ${expression(second)})`;
    }
    // The number is looked at before anything below is read, so one variable does for all.
    const cases = branches.map((branch, number) => `u === ${number} ? ${expression(branch)} : `);
    return `(u = c.long(), ${cases.join('')}c.noBranch(u))`;
  }

  /** A record is one function, wherever it stands; within itself, too. */
  #once(use: string, expression: () => Expression): Expression {
    const known = this.#known.get(use);
    if (known !== undefined) return `${known}(c)`;
    this.#known.set(use, `f${this.functions.length}`);
    return `${this.#function(expression)}(c)`;
  }

  #function(expression: () => Expression): string {
    const number = this.functions.push('') - 1;
    this.functions[number] = expression();
    return `f${number}`;
  }

  /** Fields in the order of the log, which is the order in which an object's values are worked out. */
  #record(schema: Complex, wanted?: Fields): Expression {
    const members: string[] = [];
    let passed: Expression[] = [];
    for (const { name, type } of fieldsOf(schema)) {
      const asked = wanted === undefined ? true : wanted[name];
      if (asked === undefined) {
        passed.push(this.passing(type));
        continue;
      }
      const value = this.reading(type, asked === true ? undefined : asked);
      members.push(`${JSON.stringify(name)}: ${passed.length === 0 ? value : `(${[...passed, value].join(', ')})`}`);
      passed = [];
    }
    const record = `{ ${members.join(', ')} }`;
    return passed.length === 0 ? `(${record})` : `(v = ${record}, ${passed.join(', ')}, v)`;
  }

  #of(name: string): Schema {
    const named = this.#named.get(name);
    if (named === undefined) throw new Error(`the schema names ${name}, which it does not say`);
    return named as Named & Complex;
  }
}

const isUnion = (schema: Schema): schema is readonly Schema[] => Array.isArray(schema);

const fieldsOf = (record: Complex): readonly { readonly name: string; readonly type: Schema }[] =>
  record['fields'] as readonly { readonly name: string; readonly type: Schema }[];

const READING: Readonly<Record<string, Expression>> = {
  null: 'null',
  boolean: 'c.boolean()',
  int: 'c.long()',
  long: 'c.long()',
  float: 'c.float()',
  double: 'c.double()',
  bytes: 'c.bytes()',
};

const PASSING: Readonly<Record<string, Expression>> = {
  null: 'null',
  boolean: 'c.pass(1)',
  int: 'c.passLong()',
  long: 'c.passLong()',
  float: 'c.pass(4)',
  double: 'c.pass(8)',
  bytes: 'c.passText()',
  string: 'c.passText()',
};

const cursor = new AvroCursor();

/**
 * A reader of our own records, or of some of their fields, made for one schema: functions without a call per field, which pass
 * over what nobody asks for. avsc reads a record by a method of each field's type, and fields less than all by a resolver,
 * which costs more than to read them. It stays the one that reads what other schemas wrote, writes everything, and says in
 * tests what is right.
 */
export function compileReader(schema: RecordSchema, fields?: Fields): Reader {
  const sources = new Sources(schema);
  const whole = sources.reading(schema as unknown as Complex, fields);
  const names = sources.constants.map((_, at) => `k${at}`);
  const functions = sources.functions.map((body, at) => `function f${at}(c) { let u, v; return ${body}; }`);
  // Made of schemas that are part of this program, never of what somebody sends.
  const make = new Function(...names, `${functions.join('\n')}\nreturn (c) => ${whole};`);
  const read = make(...sources.constants) as (at: AvroCursor) => unknown;
  return (bytes, from) => {
    cursor.begin(bytes, from);
    const value = read(cursor);
    cursor.end();
    return value;
  };
}
