import { describe, expect, it } from '@jest/globals';
import { median, pairedRatio, percentile, spread } from './statistics.ts';

describe('median', () => {
  it('is the middle of an odd and the mean of the two middles of an even count, in whatever order', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 10, 2])).toBe(3);
    expect(median([7])).toBe(7);
  });

  it('of nothing is an error, never NaN', () => {
    expect(() => median([])).toThrow('no values');
  });
});

describe('pairedRatio', () => {
  it('compares neighbours in time, so that a machine growing slower bends nothing', () => {
    // Both halve their speed from run to run; the medians of the two columns alone would say 1.6.
    expect(pairedRatio([800, 400, 200], [400, 200, 100])).toBe(2);
    expect(pairedRatio([800, 100], [400, 200])).toBe(1.25);
  });

  it('refuses runs that do not pair and runs that measured nothing', () => {
    expect(() => pairedRatio([1, 2], [1])).toThrow('cannot be paired');
    expect(() => pairedRatio([1], [0])).toThrow('gives no ratio');
    expect(() => pairedRatio([Number.NaN], [1])).toThrow('gives no ratio');
  });
});

it('spread is how far the runs lie apart as a share of their median', () => {
  expect(spread([90, 100, 110])).toBeCloseTo(0.2);
  expect(spread([100])).toBe(0);
});

it('percentile takes the nearest rank', () => {
  const values = Array.from({ length: 100 }, (_, at) => 100 - at);
  expect(percentile(values, 0.5)).toBe(50);
  expect(percentile(values, 0.99)).toBe(99);
  expect(percentile([3], 0.99)).toBe(3);
});
