import type { ConditionScope } from './types.ts';

/**
 * What the operators mean. Values are plain JSON. Unknown is null, and an operation on null is null or false, never an
 * error: most customers lack most fields, and a condition about them is simply not true.
 */

export const isNumber = (value: unknown): value is number => typeof value === 'number';
export const isText = (value: unknown): value is string => typeof value === 'string';
export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Own field of a map, element of a list; null where there is none. Never what a prototype holds. */
export function fieldOf(value: unknown, key: unknown): unknown {
  if (typeof value !== 'object' || value === null) return null;
  if (Array.isArray(value)) return isNumber(key) && Number.isInteger(key) ? (value[key] ?? null) : null;
  if (!isText(key) || !Object.hasOwn(value, key)) return null;
  return (value as Record<string, unknown>)[key] ?? null;
}

/** One of the properties: told by itself where the scope can, so that the others need not be made. */
export const propertyOf = (scope: ConditionScope, name: string): unknown =>
  scope.property === undefined ? fieldOf(scope.properties, name) : scope.property(name);

export function equal(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (left === null || left === undefined) return right === null || right === undefined;
  if (typeof left !== 'object' || typeof right !== 'object' || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((one, at) => equal(one, right[at]));
  }
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && equal(fieldOf(left, key), fieldOf(right, key)));
}

/** Order of two numbers or two texts (by code units); undefined where there is no order. */
export function compare(left: unknown, right: unknown): number | undefined {
  if (isNumber(left) && isNumber(right)) return left - right;
  if (isText(left) && isText(right)) return left < right ? -1 : left > right ? 1 : 0;
  return undefined;
}

export function isIn(value: unknown, container: unknown): boolean {
  if (Array.isArray(container)) return container.some((one) => equal(one, value));
  if (isMap(container)) return isText(value) && Object.hasOwn(container, value);
  return false;
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

export function add(left: unknown, right: unknown): unknown {
  if (isNumber(left) && isNumber(right)) return finite(left + right);
  if (isText(left) && isText(right)) return left + right;
  if (Array.isArray(left) && Array.isArray(right)) return [...left, ...right];
  return null;
}

/** Arithmetic on numbers. All numbers are doubles: 5 / 2 is 2.5, and a division by zero is unknown. */
export function arithmetic(operator: '-' | '*' | '/' | '%', left: unknown, right: unknown): number | null {
  if (!isNumber(left) || !isNumber(right)) return null;
  switch (operator) {
    case '-':
      return finite(left - right);
    case '*':
      return finite(left * right);
    case '/':
      return finite(left / right);
    case '%':
      return finite(left % right);
  }
}

/** Number of characters, elements or keys; 0 of what is unknown. */
export function sizeOf(value: unknown): number | null {
  if (value === null || value === undefined) return 0;
  if (isText(value)) return [...value].length;
  if (Array.isArray(value)) return value.length;
  return isMap(value) ? Object.keys(value).length : null;
}

export function toText(value: unknown): string | null {
  if (isText(value)) return value;
  return isNumber(value) || typeof value === 'boolean' ? String(value) : null;
}

export function toNumber(value: unknown): number | null {
  if (isNumber(value)) return value;
  if (!isText(value) || value.trim() === '') return null;
  return finite(Number(value));
}
