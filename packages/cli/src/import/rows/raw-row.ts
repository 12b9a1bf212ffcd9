import type { RefusalReason } from '../refusal.ts';

/** A row as it stands in a file: its fields, or why it has none. */
export type RawRow =
  | { readonly line: number; readonly fields: readonly string[] }
  | { readonly line: number; readonly fault: RefusalReason; readonly text: string; readonly remedy: string };

/** Longest row; an event of the collector holds no more either. A quote that is never closed ends here. */
export const MAX_ROW = 256 * 1024;

/** Refuses a text that goes on and on without a line break, before it fills the memory. */
export function assertLines(open: string): void {
  if (open.length > 16 * MAX_ROW) throw new RangeError(`There is no line break in ${16 * MAX_ROW} characters`);
}
