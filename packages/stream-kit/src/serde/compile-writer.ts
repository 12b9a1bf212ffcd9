import type { RecordSchema } from '@kairos/contracts';
import { AvroPen } from './avro-pen.ts';
import { type Named, namedTypes } from './named-types.ts';

/** Writes a value from `at` on and answers its end; -1 when there is too little room. Throws where a value may not fit. */
export type Writer = (value: unknown, into: Buffer, at: number) => number;

type Complex = { readonly type: Schema } & Readonly<Record<string, unknown>>;
type Schema = string | readonly Schema[] | Complex;

/** JavaScript that writes what an expression gives, with a pen `p`. */
type Statement = string;

/** What makes the sources of functions. They name each other by number: `f0(p, v)`. */
class Sources {
  readonly functions: string[] = [];
  readonly #named: ReadonlyMap<string, Named>;
  readonly #known = new Map<string, string>();
  #variables = 0;

  constructor(schema: object) {
    this.#named = namedTypes(schema);
  }

  writing(schema: Schema, value: string): Statement {
    if (isUnion(schema)) return this.#union(schema, value);
    if (typeof schema === 'string') {
      const method = METHODS[schema];
      return method === undefined ? this.writing(this.#of(schema), value) : `p.${method}(${value});`;
    }
    switch (schema.type) {
      case 'record':
        return this.#record(schema, value);
      case 'array': {
        const item = this.#variable();
        const inner = this.writing(schema['items'] as Schema, item);
        return `for (const ${item} of p.items(${value})) { ${inner} } p.none();`;
      }
      case 'map': {
        const [name, all] = [this.#variable(), this.#variable()];
        const inner = this.writing(schema['values'] as Schema, `${all}[${name}]`);
        return `const ${all} = ${value}; for (const ${name} of p.names(${all})) { p.text(${name}); ${inner} } p.none();`;
      }
      // Nothing of ours has these; avsc writes them.
      case 'enum':
      case 'fixed':
        return 'p.doubt();';
      default:
        return this.writing(schema.type, value);
    }
  }

  #union([first, second, more]: readonly Schema[], value: string): Statement {
    // Another union would ask which of its branches is meant.
    if (first !== 'null' || second === undefined || more !== undefined) return 'p.doubt();';
    const chosen = this.#variable();
    return `const ${chosen} = ${value}; if (${chosen} === null) p.none(); else { p.some(); ${this.writing(second, chosen)} }`;
  }

  /** A record is one function, wherever it stands; within itself, too. */
  #record(schema: Complex, value: string): Statement {
    const name = String(schema['name']);
    const known = this.#known.get(name);
    if (known !== undefined) return `${known}(p, ${value});`;
    const number = this.functions.push('') - 1;
    this.#known.set(name, `f${number}`);
    const fields = schema['fields'] as readonly { readonly name: string; readonly type: Schema }[];
    const body = fields.map((field) => `{ ${this.writing(field.type, `v[${JSON.stringify(field.name)}]`)} }`);
    this.functions[number] = body.join('\n');
    return `f${number}(p, ${value});`;
  }

  #variable(): string {
    this.#variables += 1;
    return `u${this.#variables}`;
  }

  #of(name: string): Schema {
    const named = this.#named.get(name);
    if (named === undefined) throw new Error(`the schema names ${name}, which it does not say`);
    return named as Named & Complex;
  }
}

const isUnion = (schema: Schema): schema is readonly Schema[] => Array.isArray(schema);

const METHODS: Readonly<Record<string, string>> = {
  null: 'doubt',
  boolean: 'boolean',
  int: 'int',
  long: 'long',
  float: 'doubt',
  double: 'double',
  bytes: 'bytes',
  string: 'text',
};

const pen = new AvroPen();

/**
 * A writer of our own records, made for one schema: functions without a call through a type per field. It writes the bytes
 * that avsc writes, and only what surely fits the schema; of all else it throws, and avsc writes it or says why not.
 */
export function compileWriter(schema: RecordSchema): Writer {
  const sources = new Sources(schema);
  const whole = sources.writing(schema as unknown as Complex, 'v');
  const functions = sources.functions.map((body, at) => `function f${at}(p, v) { ${body} }`);
  // Made of schemas that are part of this program, never of what somebody sends.
  const write = new Function(`${functions.join('\n')}\nreturn (p, v) => { ${whole} };`)() as (
    at: AvroPen,
    value: unknown,
  ) => void;
  return (value, into, at) => {
    pen.begin(into, at);
    write(pen, value);
    return pen.end();
  };
}
