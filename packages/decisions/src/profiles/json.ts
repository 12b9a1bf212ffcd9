/** Plain JSON, as it came from a customer's client: never trusted. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

/** Names that would reach an object's prototype instead of its data, and none. */
export const FORBIDDEN_NAMES: readonly string[] = ['__proto__', 'constructor', 'prototype', ''];
const MAX_DEPTH = 6;

const forbidden: ReadonlySet<string> = new Set(FORBIDDEN_NAMES);

export const isSafeName = (name: string): boolean => !forbidden.has(name);

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value of an own, harmless name; undefined for anything else, an inherited name included. */
export const own = (value: unknown, name: string): unknown =>
  isObject(value) && Object.hasOwn(value, name) && isSafeName(name) ? value[name] : undefined;

/** The first of `names` that holds a text which is not empty. */
export function ownText(value: unknown, ...names: readonly string[]): string | null {
  for (const name of names) {
    const found = own(value, name);
    if (typeof found === 'string' && found.trim() !== '') return found.trim();
  }
  return null;
}

type Fields = Readonly<Record<string, unknown>>;
const NO_FIELDS: Fields = Object.freeze({});

/**
 * The texts that were parsed last. An event's properties are asked for by several readers within one step, and by several
 * stages where they run in one process. It changes no answer: what a text says is always the same, and nobody changes it.
 */
const parsedTexts: string[] = ['', '', '', '', '', '', '', ''];
const parsedFields: (Fields | null)[] = parsedTexts.map(() => ({}));
let oldestParsed = 0;
/** Longer ones are too dear to keep. */
const MAX_KEPT_LENGTH = 100_000;

/** Parses a JSON object of a record; null when it is no JSON or no object. The answer is shared, so it MUST NOT be changed. */
export function parseObject(text: string): Fields | null {
  if (text === '' || text === '{}') return NO_FIELDS;
  const at = parsedTexts.indexOf(text);
  if (at >= 0) {
    // What is asked for again and again outlives what is asked for once.
    if (at === oldestParsed) oldestParsed = (at + 1) % parsedTexts.length;
    return parsedFields[at] ?? null;
  }
  const fields = parsed(text);
  if (text.length > MAX_KEPT_LENGTH) return fields;
  parsedTexts[oldestParsed] = text;
  parsedFields[oldestParsed] = fields;
  oldestParsed = (oldestParsed + 1) % parsedTexts.length;
  return fields;
}

function parsed(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/**
 * A copy without the names that reach a prototype, and no deeper than six levels (what lies below reads as null).
 * Anything that is not JSON reads as null.
 */
export function sanitize(value: unknown, depth = 0): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (depth >= MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.map((item) => sanitize(item, depth + 1));
  if (!isObject(value)) return null;
  const copy: Record<string, Json> = {};
  for (const name of Object.keys(value)) {
    if (isSafeName(name)) copy[name] = sanitize(value[name], depth + 1);
  }
  return copy;
}

/** Length of a value as JSON, in characters. */
export const jsonLength = (value: Json): number =>
  typeof value === 'string' ? value.length + 2 : JSON.stringify(value).length;
