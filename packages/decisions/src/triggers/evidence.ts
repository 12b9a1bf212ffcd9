import type { EnrichedEvent } from '@kairos/contracts';
import { FlatObject } from '../conditions/flat-object.ts';
import {
  FORBIDDEN_NAMES,
  isObject,
  isSafeName,
  type JsonObject,
  jsonLength,
  own,
  parseObject,
  sanitize,
} from '../profiles/json.ts';
import { readAmount } from '../profiles/money.ts';
import type { Said } from './state.ts';

const MAX_LENGTH = 4096;
const MAX_TEXT_LENGTH = 500;
const MAX_ITEMS = 5;

/** Properties as they are kept for evidence: harmless names, and at most 4 KiB, the plain values before the lists. */
export function capProperties(properties: Readonly<Record<string, unknown>>): JsonObject {
  const whole = sanitize(properties) as JsonObject;
  if (jsonLength(whole) <= MAX_LENGTH) return whole;
  const kept: Record<string, JsonObject[string]> = {};
  let length = 2;
  const byWeight = Object.keys(whole).sort((a, b) => weightOf(whole[a]) - weightOf(whole[b]) || (a < b ? -1 : 1));
  for (const name of byWeight) {
    const value = shorten(whole[name] ?? null);
    const more = jsonLength(value) + name.length + 4;
    if (length + more > MAX_LENGTH) continue;
    kept[name] = value;
    length += more;
  }
  return kept;
}

/** What an event says, as a state keeps it. */
export const saidOf = ({ name, properties }: Pick<EnrichedEvent, 'name' | 'properties'>): Said => ({
  event: name,
  properties:
    properties.length <= MAX_LENGTH ? properties : JSON.stringify(capProperties(parseObject(properties) ?? {})),
});

const weightOf = (value: unknown): number => (Array.isArray(value) ? 2 : isObject(value) ? 1 : 0);

function shorten(value: JsonObject[string]): JsonObject[string] {
  if (typeof value === 'string') return value.slice(0, MAX_TEXT_LENGTH);
  return Array.isArray(value) ? value.slice(0, MAX_ITEMS) : value;
}

/** The product that an event is about: `properties.product`, the first of `products`, or the properties themselves. */
function productOf(properties: JsonObject): JsonObject | null {
  const product = own(properties, 'product');
  if (isObject(product)) return product as JsonObject;
  const products = own(properties, 'products');
  const first = Array.isArray(products) ? products[0] : undefined;
  if (isObject(first)) return first as JsonObject;
  const isProduct = Object.hasOwn(properties, 'product_id') || Object.hasOwn(properties, 'sku');
  if (isProduct) return properties;
  return typeof product === 'string' ? { name: product } : null;
}

export interface EvidenceInput {
  readonly said: Said;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly count: number;
  /** What a type has to say beside it: names that no other part of the evidence has. */
  readonly more?: JsonObject;
}

/** The events and values that made a trigger fire, as JSON text: what the message may name and the agent can see. */
export function evidenceText({ said, firstAtMs, lastAtMs, count, more }: EvidenceInput): string {
  const { properties, product, total } = standsAsSaid(said.properties)
    ? partsAsSaid(said.properties)
    : partsOf(said.properties);
  const orderTotal = readAmount(total);
  // Put together piece by piece: what is said already need not be written anew, and properties are mostly the product, too.
  return `{"event":${JSON.stringify(said.event)},"properties":${properties}${
    product === null ? '' : `,"product":${product}`
  }${orderTotal === null ? '' : `,"orderTotal":${Number(orderTotal)}`},"firstAtMs":${firstAtMs},"lastAtMs":${lastAtMs},"count":${count}${
    more === undefined ? '' : `,${JSON.stringify(more).slice(1, -1)}`
  }}`;
}

/** What evidence says of properties: JSON texts, and the total as it was given. */
interface Parts {
  readonly properties: string;
  readonly product: string | null;
  readonly total: unknown;
}

const flat = new FlatObject();

/** Whether it is plain values under harmless names: as most properties are, and then nothing of them is parsed. */
const standsAsSaid = (text: string): boolean =>
  text.length <= MAX_LENGTH && flat.isFlat(text) && !FORBIDDEN_NAMES.some((name) => flat.has(name));

/** Of the text that was looked at last. */
function partsAsSaid(text: string): Parts {
  const total = flat.valueOf('total');
  if (flat.has('product_id') || flat.has('sku')) return { properties: text, product: text, total };
  const name = flat.valueOf('product');
  return { properties: text, product: typeof name === 'string' ? JSON.stringify({ name }) : null, total };
}

function partsOf(text: string): Parts {
  const parsed = parseObject(text) ?? {};
  const isAsSaid = isPlain(parsed) && text.length <= MAX_LENGTH;
  const properties = isAsSaid ? parsed : isSurelySmall(text) ? (sanitize(parsed) as JsonObject) : capProperties(parsed);
  const product = productOf(properties);
  const written = isAsSaid ? text || '{}' : JSON.stringify(properties);
  const productText = product === null || product === properties ? written : JSON.stringify(product);
  return {
    properties: written,
    product: product === null ? null : productText,
    total: own(properties, 'total'),
  };
}

/** Only values under harmless names, nothing nested: it can stand as it was said. */
function isPlain(parsed: Readonly<Record<string, unknown>>): parsed is JsonObject {
  for (const name in parsed) {
    if (!isSafeName(name)) return false;
    const value = parsed[name];
    if (typeof value === 'object' ? value !== null : typeof value === 'number' && !Number.isFinite(value)) return false;
  }
  return true;
}

/** Written anew a JSON text grows sixfold at most (`1e9` and the like). */
const isSurelySmall = (text: string): boolean => text.length * 6 <= MAX_LENGTH;
