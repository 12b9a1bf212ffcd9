/** The middle value; of an even count the mean of the two in the middle. Throws on an empty list. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new Error('the median of no values');
  return (lower + upper) / 2;
};

/**
 * The median of `a[i] ÷ b[i]`. Runs that were neighbours in time are compared with each other, so a machine that grows
 * slower during the bench bends neither.
 */
export const pairedRatio = (a: readonly number[], b: readonly number[]): number => {
  if (a.length !== b.length) throw new Error(`${a.length} runs cannot be paired with ${b.length}`);
  return median(
    a.map((value, at) => {
      const other = b[at] ?? Number.NaN;
      if (!(other > 0) || !Number.isFinite(value)) throw new Error(`run ${at + 1} gives no ratio: ${value} ÷ ${other}`);
      return value / other;
    }),
  );
};

/** How far the runs lie apart, as a share of their median. */
export const spread = (values: readonly number[]): number =>
  values.length < 2 ? 0 : (Math.max(...values) - Math.min(...values)) / median(values);

/** The value below which `share` of the sorted values lie (nearest rank). */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
  if (value === undefined) throw new Error('a percentile of no values');
  return value;
};
