import { RawObject } from '../ports.ts';
import { at, EventRefused, quoted } from './fault.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Stands for an object that is missing. */
export const NO_FIELDS: JsonObject = Object.freeze({});

/** Deepest nesting that is kept. */
export const MAX_DEPTH = 20;
/** Most values (object members and list items) of one event's properties, traits or context. */
export const MAX_VALUES = 5_000;

/** Names that could change what every object is. They are left out wherever they appear. */
const POISON = new Set(['__proto__', 'constructor', 'prototype']);

// NUL cannot be stored by Postgres; half of a surrogate pair is no character.
// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what is looked for.
const SUSPECT = /[\u0000\ud800-\udfff]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what is looked for.
const NUL = /\u0000/g;
const LONE_SURROGATE = /\p{Surrogate}/gu;

/** Text without NUL and with a replacement character for what is no character. */
export const cleanText = (text: string): string =>
  SUSPECT.test(text) ? text.replace(NUL, '').replace(LONE_SURROGATE, '\ufffd') : text;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object out of a request, and where it stands in it. */
export interface Found {
  readonly event: JsonObject;
  readonly path: string;
  /** Whether the text that it was parsed from has no `\\u` in it: then no string in it can hold what must be cleaned. */
  readonly isPlain: boolean;
}

/** Walks once. Most events are clean and are used as they are. */
class Inspection {
  values = 0;
  isDirty = false;
  readonly #field: string;
  readonly #isPlain: boolean;

  constructor(field: string, isPlain: boolean) {
    this.#field = field;
    this.#isPlain = isPlain;
  }

  visit(value: unknown, depth: number): void {
    if (typeof value === 'string') {
      if (!this.#isPlain && SUSPECT.test(value)) this.isDirty = true;
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    if (depth > MAX_DEPTH) {
      throw new EventRefused('FIELD_INVALID', this.#field, `is nested deeper than ${MAX_DEPTH} levels. Flatten it.`);
    }
    if (Array.isArray(value)) {
      this.#count(value.length);
      for (const item of value) this.visit(item, depth + 1);
      return;
    }
    // It comes from JSON: all that is found is its own.
    for (const name in value) {
      this.#count(1);
      if (POISON.has(name) || (!this.#isPlain && SUSPECT.test(name))) this.isDirty = true;
      this.visit((value as JsonObject)[name], depth + 1);
    }
  }

  #count(more: number): void {
    this.values += more;
    if (this.values > MAX_VALUES) {
      throw new EventRefused('FIELD_INVALID', this.#field, `holds more than ${MAX_VALUES} values. Send less.`);
    }
  }
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(cleaned);
  const entries = Object.entries(value).filter(([name]) => !POISON.has(name));
  return Object.fromEntries(entries.map(([name, inner]) => [cleanText(name), cleaned(inner)]));
}

/** An object member of an event, bounded and without what could do harm; `NO_FIELDS` when missing or null. */
export function objectField({ event, path, isPlain }: Found, name: string): JsonObject {
  const value = event[name];
  if (value === undefined || value === null) return NO_FIELDS;
  if (value instanceof RawObject) return value.parsed();
  const field = at(path, name);
  if (!isObject(value)) {
    throw new EventRefused('FIELD_INVALID', field, `is ${quoted(value)}. Send an object, or leave it out.`);
  }
  const inspection = new Inspection(field, isPlain);
  inspection.visit(value, 1);
  return inspection.isDirty ? (cleaned(value) as JsonObject) : value;
}

/** The fields of an object, or its text where nobody has looked into it so far. */
export type Fields = JsonObject | RawObject;

/** As `objectField`, but what stands in the request as it may be stored is left as text. */
export function fieldsOf(found: Found, name: string): Fields {
  const value = found.event[name];
  return value instanceof RawObject ? value : objectField(found, name);
}

export const parsedFields = (fields: Fields): JsonObject => (fields instanceof RawObject ? fields.parsed() : fields);

/** Bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (unit < 0xd800 || unit > 0xdfff) bytes += 2;
    else bytes += 1; // Each half of a pair counts 1 + 1, together 4.
  }
  return bytes;
}
