import type { FileFormat } from '../mapping/schema.ts';
import { RowRefused } from '../refusal.ts';

/** Turns the text of a number into the form that JSON has; throws RowRefused where it is none. */
export type ReadDecimal = (text: string, column: string) => string;

const PLAIN = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?$/;
const escaped = (sign: string): string => sign.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Numbers as the file writes them, such as `1.234,56`. */
export function decimalReader({ decimal, thousands }: Pick<FileFormat, 'decimal' | 'thousands'>): ReadDecimal {
  const grouped = thousands === 'none' ? null : new RegExp(`^[+-]?\\d{1,3}(?:${escaped(thousands)}\\d{3})+(?!\\d)`);
  return (text, column) => {
    let plain = text;
    // Only where it stands between groups of three: else 1.5 would become 15.
    if (grouped?.test(plain) === true) plain = plain.replaceAll(thousands, '');
    if (decimal === ',') plain = plain.includes('.') ? '' : plain.replace(',', '.');
    if (PLAIN.test(plain)) return plain;
    throw new RowRefused('NOT_A_NUMBER', { field: column, value: text, remedy: remedyFor(text, decimal) });
  };
}

function remedyFor(text: string, decimal: string): string {
  if (decimal === '.' && /^[+-]?[\d.]*,\d+$/.test(text))
    return 'The file seems to write a comma before decimals: set file.decimal to ",", or write a point.';
  if (decimal === ',' && /^[+-]?[\d,]*\.\d+$/.test(text))
    return 'The file seems to write a point before decimals: set file.decimal to ".", or write a comma.';
  return `Write a number such as 12${decimal}50, without a currency.`;
}

/** A whole number; `17850.0` is one, as spreadsheets write it. */
export function integerOf(plain: string, column: string): number {
  const value = Number(plain);
  if (Number.isSafeInteger(value)) return value;
  throw new RowRefused('NOT_AN_INTEGER', { field: column, value: plain, remedy: 'Write a whole number such as 12.' });
}

const YES = new Set(['true', 'yes', 'y', '1']);
const NO = new Set(['false', 'no', 'n', '0']);

export function booleanOf(text: string, column: string): boolean {
  const word = text.toLowerCase();
  if (YES.has(word)) return true;
  if (NO.has(word)) return false;
  const remedy = 'Write yes or no, or give the field a map such as { J: true, N: false }.';
  throw new RowRefused('NOT_A_BOOLEAN', { field: column, value: text, remedy });
}
