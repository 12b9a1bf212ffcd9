import Big from 'big.js';

/** Longest text that is read as an amount: no sum of money needs more, and an exponent could fill the memory. */
const MAX_DIGITS = 30;
const AMOUNT = /^[+-]?\d+(\.\d+)?$/;
const LARGEST = new Big('1e15');

/**
 * An amount of money as an exact decimal text, from a JSON number or a decimal text. Null for what is neither, or beyond
 * 10^15. A JSON number is taken as its shortest decimal form, which is what the client wrote.
 */
export function readAmount(value: unknown): string | null {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  if (text.length === 0 || text.length > MAX_DIGITS) return null;
  // A number such as 1e-7 has an exponent in its own text; a client's text may not.
  if (typeof value === 'number' ? !Number.isFinite(value) : !AMOUNT.test(text)) return null;
  const amount = new Big(text);
  return amount.abs().gt(LARGEST) ? null : amount.toFixed();
}

/** A decimal text as `toFixed` writes it: nothing added to it is itself. */
const SHORTEST = /^-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/;
const isItself = (a: string, b: string): boolean => b === '0' && a !== '-0' && SHORTEST.test(a);

/** Exact sum of two decimal texts. */
export const add = (a: string, b: string): string => (isItself(a, b) ? a : new Big(a).plus(b).toFixed());

/** Exact difference of two decimal texts. */
export const subtract = (a: string, b: string): string => (isItself(a, b) ? a : new Big(a).minus(b).toFixed());

/** A decimal text without its sign. */
export const absolute = (a: string): string => new Big(a).abs().toFixed();
