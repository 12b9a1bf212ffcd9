import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nextLocalTimeMs } from './next-local-time.ts';
import { localTimeOf, wallMsOf } from './zone.ts';

it('is never before the start, at most eight days ahead, and shows the time unless that was skipped', () => {
  const zones = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Etc/UTC');
  fc.assert(
    fc.property(
      zones,
      fc.integer({ min: Date.UTC(2024, 0), max: Date.UTC(2030, 0) }),
      fc.integer({ min: 0, max: 1439 }),
      fc.subarray([1, 2, 3, 4, 5, 6, 7]),
      (zone, fromMs, minute, weekdays) => {
        const wallMs = minute * 60_000;
        const atMs = nextLocalTimeMs(fromMs, { zone, wallMs, weekdays });
        expect(atMs).toBeGreaterThanOrEqual(fromMs);
        expect(atMs - fromMs).toBeLessThanOrEqual(8 * 86_400_000);
        expect(weekdays.length === 0 || weekdays.includes(localTimeOf(atMs, zone).weekday)).toBe(true);
        expect((wallMsOf(atMs, zone) - wallMs + 86_400_000) % 86_400_000).toBeLessThanOrEqual(3_600_000);
      },
    ),
    { numRuns: 1_000 },
  );
});
