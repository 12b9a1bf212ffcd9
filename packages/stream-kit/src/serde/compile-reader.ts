import { type Fields, isRecordSchema, type RecordSchema } from '@kairos/contracts';
import { AvroCursor } from './avro-cursor.ts';
import { RecentTexts } from './recent-texts.ts';

/** Reads one value that begins at `from` and fills the rest of the bytes; throws on anything else. */
export type Reader = (bytes: Buffer, from: number) => unknown;

type Schema = string | readonly Schema[] | { readonly type: Schema; readonly [more: string]: unknown };
type Record_ = RecordSchema & { readonly name: string };

/** JavaScript that reads a value, or passes over it, at a cursor `c`. */
type Expression = string;

/** What makes the sources of functions. They name each other by number: `f0(c)`. */
class Sources {
  readonly functions: string[] = [];
  /** What the functions use beside each other: `k0`. */
  readonly constants: unknown[] = [];
  readonly #named: ReadonlyMap<string, Schema>;
  /** Functions that read a named type as a whole, and those that pass over it. */
  readonly #known = new Map<string, number>();

  constructor(schema: object) {
    this.#named = namedIn(schema as Schema);
  }

  constant(value: unknown): string {
    return `k${this.constants.push(value) - 1}`;
  }

  reading(schema: Schema, fields?: Fields): Expression {
    if (Array.isArray(schema)) return this.#union(schema, (branch) => this.reading(branch, fields));
    if (typeof schema === 'string') return this.#primitive(schema) ?? this.#call(`read ${schema}`, this.#of(schema));
    const complex = schema as Exclude<Schema, string | readonly Schema[]>;
    switch (complex.type) {
      case 'record':
        return fields === undefined
          ? this.#call(`read ${complex['name']}`, complex)
          : `${this.#function(() => this.#record(complex as unknown as Record_, fields))}(c)`;
      case 'enum':
        return `c.symbol(${this.constant(complex['symbols'])})`;
      case 'fixed':
        return `c.fixed(${Number(complex['size'])})`;
      case 'array':
        return `c.list(${this.#function(() => this.reading(complex['items'] as Schema))})`;
      case 'map':
        return `c.map(${this.constant(new RecentTexts())}, ${this.#function(() => this.reading(complex['values'] as Schema))})`;
      default:
        return this.reading(complex.type, fields);
    }
  }

  passing(schema: Schema): Expression {
    if (Array.isArray(schema)) return this.#union(schema, (branch) => this.passing(branch));
    if (typeof schema === 'string') return PASSING[schema] ?? this.#call(`pass ${schema}`, this.#of(schema));
    const complex = schema as Exclude<Schema, string | readonly Schema[]>;
    switch (complex.type) {
      case 'record':
        return this.#call(`pass ${complex['name']}`, complex);
      case 'enum':
        return 'c.skipLong()';
      case 'fixed':
        return `c.skip(${Number(complex['size'])})`;
      case 'array':
        return `c.skipList(${this.#function(() => this.passing(complex['items'] as Schema))})`;
      case 'map':
        return `c.skipList(${this.#function(() => `(c.skipText(), ${this.passing(complex['values'] as Schema)})`)})`;
      default:
        return this.passing(complex.type);
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

  /** A named type is one function, wherever it stands. */
  #call(use: string, schema: Schema): Expression {
    const known = this.#known.get(use);
    if (known !== undefined) return `f${known}(c)`;
    const number = this.functions.push('') - 1;
    this.#known.set(use, number);
    const record = isRecordSchema(schema) ? (schema as unknown as Record_) : undefined;
    const isReading = use.startsWith('read ');
    this.functions[number] =
      record === undefined
        ? isReading
          ? this.reading(schema)
          : this.passing(schema)
        : isReading
          ? this.#record(record)
          : `(${[...record.fields.map(({ type }) => this.passing(type as Schema)), 'null'].join(', ')})`;
    return `f${number}(c)`;
  }

  #function(expression: () => Expression): string {
    const number = this.functions.push('') - 1;
    this.functions[number] = expression();
    return `f${number}`;
  }

  /** Fields in the order of the log, which is the order in which an object's values are worked out. */
  #record({ fields }: Record_, wanted?: Fields): Expression {
    const members: string[] = [];
    let passed: Expression[] = [];
    for (const { name, type } of fields) {
      const asked = wanted === undefined ? true : wanted[name];
      if (asked === undefined) {
        passed.push(this.passing(type as Schema));
        continue;
      }
      const value = this.reading(type as Schema, asked === true ? undefined : asked);
      members.push(`${JSON.stringify(name)}: ${passed.length === 0 ? value : `(${[...passed, value].join(', ')})`}`);
      passed = [];
    }
    const record = `{ ${members.join(', ')} }`;
    return passed.length === 0 ? `(${record})` : `(v = ${record}, ${passed.join(', ')}, v)`;
  }

  #of(name: string): Schema {
    const named = this.#named.get(name);
    if (named === undefined) throw new Error(`the schema names ${name}, which it does not say`);
    return named;
  }
}

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
  boolean: 'c.skip(1)',
  int: 'c.skipLong()',
  long: 'c.skipLong()',
  float: 'c.skip(4)',
  double: 'c.skip(8)',
  bytes: 'c.skipText()',
  string: 'c.skipText()',
};

/** Types that have a name, by it: from their second use on a schema says only that. */
function namedIn(schema: Schema, known = new Map<string, Schema>()): ReadonlyMap<string, Schema> {
  if (typeof schema === 'string') return known;
  if (Array.isArray(schema)) {
    for (const branch of schema) namedIn(branch, known);
    return known;
  }
  const complex = schema as Exclude<Schema, string | readonly Schema[]>;
  if (typeof complex['name'] === 'string') known.set(complex['name'], complex);
  const fields = (complex['fields'] ?? []) as readonly { readonly type: Schema }[];
  for (const part of [complex.type, complex['items'], complex['values'], ...fields.map(({ type }) => type)]) {
    if (part !== undefined && part !== complex) namedIn(part as Schema, known);
  }
  return known;
}

const cursor = new AvroCursor();

/**
 * A reader of our own records, or of some of their fields, made for one schema: functions without a call per field, which pass
 * over what nobody asks for. avsc reads a record by a method of each field's type, and fields less than all by a resolver,
 * which costs more than to read them. It stays the one that reads what other schemas wrote, writes everything, and says in
 * tests what is right.
 */
export function compileReader(schema: RecordSchema, fields?: Fields): Reader {
  const sources = new Sources(schema);
  const whole = sources.reading(schema as unknown as Schema, fields);
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
