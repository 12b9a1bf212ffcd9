import type { CompiledWhen } from '../../compile-types.ts';

export type UnusualWhen = Extract<CompiledWhen, { type: 'unusual' }>;

/** What is usual: neither is moved by a few values, however wild. */
export interface Norm {
  readonly median: number;
  /** Median absolute deviation. */
  readonly spread: number;
}

/** Null where there is no value. */
export function normOf(values: readonly number[]): Norm | null {
  const median = medianOf(values);
  if (median === null) return null;
  return { median, spread: medianOf(values.map((value) => Math.abs(value - median))) ?? 0 };
}

function medianOf(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2;
}

/** Whether a value lies as far from the norm as the trigger asks. A median of 0 or less has no multiples. */
export function isUnusual(value: number, { median, spread }: Norm, when: UnusualWhen): boolean {
  const { times, spreads, direction } = when;
  const isAbove = direction === 'above';
  const distance = isAbove ? value - median : median - value;
  if (spreads !== null && (distance <= 0 || distance < spreads * spread)) return false;
  if (times === null) return true;
  return median > 0 && (isAbove ? value >= times * median : value * times <= median);
}
