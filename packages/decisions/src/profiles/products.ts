import { own, ownText } from './json.ts';
import type { Timed } from './timed.ts';

/** A product of an order, as far as it names itself. */
export interface OrderedProduct {
  readonly id: string | null;
  readonly name: string | null;
  readonly category: string | null;
}

const MAX_LENGTH = 200;
const text = (value: unknown, ...names: readonly string[]): string | null =>
  ownText(value, ...names)?.slice(0, MAX_LENGTH) ?? null;

/** The first product that an order lists; null when it lists none that names itself. */
export function productOf(properties: Readonly<Record<string, unknown>>): OrderedProduct | null {
  const products = own(properties, 'products');
  const listed: unknown = Array.isArray(products) ? products[0] : properties;
  const id = text(listed, 'product_id', 'productId', 'id', 'sku');
  const name = text(listed, 'name', 'product_name', 'productName');
  return id === null && name === null ? null : { id, name, category: text(listed, 'category') };
}

type Said = Timed<OrderedProduct> | null | undefined;

/** The earlier of two; at the same instant the one that sorts first, so that the order of arrival decides nothing. */
export const earlierProduct = (a: Said, b: Said): Timed<OrderedProduct> | null => choose(a, b, -1);

/** The later of two, likewise. */
export const laterProduct = (a: Said, b: Said): Timed<OrderedProduct> | null => choose(a, b, 1);

function choose(a: Said, b: Said, sign: 1 | -1): Timed<OrderedProduct> | null {
  if (!a || !b) return a ?? b ?? null;
  if (a.atMs !== b.atMs) return (a.atMs - b.atMs) * sign > 0 ? a : b;
  return JSON.stringify(a.value) <= JSON.stringify(b.value) ? a : b;
}
