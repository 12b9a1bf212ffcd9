import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatDuration, parseDurationMs } from './duration.ts';

describe('durations', () => {
  it.each([
    ['500ms', 500],
    ['15s', 15_000],
    ['30m', 1_800_000],
    ['1h', 3_600_000],
    ['1h30m', 5_400_000],
    ['1 h 30 min', 5_400_000],
    ['14d', 1_209_600_000],
    ['2w', 1_209_600_000],
    ['0s', 0],
  ])('reads %s', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  it.each(['', ' ', '1', 'h', '1.5h', '-1h', '1x', '1m1h', '1h1h', '1h,', '99999999999999999d'])(
    'refuses %j instead of guessing',
    (text) => {
      expect(parseDurationMs(text)).toBeNull();
    },
  );

  it('says a duration in words that read back to the same number', () => {
    expect(formatDuration(3_600_000)).toBe('1 hour');
    expect(formatDuration(5_400_000)).toBe('1 hour 30 minutes');
    expect(formatDuration(14 * 86_400_000)).toBe('14 days');
    expect(formatDuration(0)).toBe('0 seconds');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 * 86_400_000 }), (ms) => parseDurationMs(formatDuration(ms)) === ms),
    );
  });
});
