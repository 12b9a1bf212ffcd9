import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseWallTimeMs, quietUntilMs } from './quiet-hours.ts';
import { clockChangeBetween, localTimeOf, localToUtcMs } from './zone.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const YEARS = [2025, 2026];

/** Clock changes of a zone, found by comparing days. */
function changesOf(zone: string): number[] {
  const found: number[] = [];
  for (let dayMs = Date.UTC(YEARS[0] ?? 0, 0, 1); dayMs < Date.UTC(2027, 0, 1); dayMs += DAY_MS) {
    const change = clockChangeBetween(dayMs, dayMs + DAY_MS, zone);
    if (change !== null) found.push(change);
  }
  return found;
}

const zones = Intl.supportedValuesOf('timeZone');
const changes = new Map(zones.map((zone) => [zone, changesOf(zone)]));

/** The clock on the wall, read by another way than the code under test. */
function oracle(zone: string, from: string, to: string): (atMs: number) => boolean {
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, hour: '2-digit', minute: '2-digit' });
  return (atMs) => {
    const shown = clock.format(atMs);
    return from < to ? shown >= from && shown < to : from > to && (shown >= from || shown < to);
  };
}

const wallTime = fc
  .integer({ min: 0, max: 24 * 60 - 1 })
  .map((n) => `${String(Math.floor(n / 60)).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}`);

describe('quiet hours over every clock change of every zone', () => {
  it('finds the two changes of the year where a zone has them', () => {
    expect(zones.length).toBeGreaterThan(400);
    expect(changes.get('Europe/Berlin')).toHaveLength(2 * YEARS.length);
    expect([...changes.values()].filter((list) => list.length > 0).length).toBeGreaterThan(100);
  });

  it('never reports an instant inside quiet hours as outside, nor ends in them, nor misses an earlier end', () => {
    const tried = new Set<string>();
    for (const zone of zones) {
      const middles = [...(changes.get(zone) ?? []), Date.UTC(2026, 5, 15, 12)];
      fc.assert(
        fc.property(
          fc.constantFrom(...middles),
          fc.integer({ min: -26 * 60, max: 26 * 60 }),
          fc.oneof(fc.constant(['21:00', '08:00'] as const), fc.tuple(wallTime, wallTime)),
          (middleMs, minutes, [from, to]) => {
            tried.add(zone);
            const isQuiet = oracle(zone, from, to);
            const nowMs = middleMs + minutes * MINUTE_MS;
            const untilMs = quietUntilMs(nowMs, zone, { from, to });
            if (untilMs === null) return !isQuiet(nowMs);
            if (!isQuiet(nowMs) || isQuiet(untilMs)) return false;
            // Changes lie on quarters or full hours; the end lies on a minute. Look at both grids.
            for (let atMs = nowMs; atMs < untilMs; atMs += 15 * MINUTE_MS) if (!isQuiet(atMs)) return false;
            return isQuiet(untilMs - 1);
          },
        ),
        { numRuns: 12, seed: 7 },
      );
    }
    expect(tried.size).toBe(zones.length);
  });

  it('around each change, minute by minute, agrees with the clock on the wall', () => {
    const span = { from: '22:00', to: '02:30' };
    let instants = 0;
    for (const [zone, list] of changes) {
      const isQuiet = oracle(zone, span.from, span.to);
      for (const changeMs of list) {
        for (let minutes = -61; minutes <= 61; minutes += 4) {
          const nowMs = changeMs + minutes * MINUTE_MS;
          expect([zone, nowMs, quietUntilMs(nowMs, zone, span) !== null]).toEqual([zone, nowMs, isQuiet(nowMs)]);
          instants += 1;
        }
      }
    }
    expect(instants).toBeGreaterThan(10_000);
  });
});

describe('local times', () => {
  it('turn into the instant that shows them, or the first one after a gap, never the second of two', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: Date.UTC(2025, 0, 2), max: Date.UTC(2026, 11, 30) }),
        (zone, someMs) => {
          const atMs = Math.floor(someMs / 1000) * 1000;
          const local = localTimeOf(atMs, zone);
          const back = localToUtcMs(local, zone);
          expect(localTimeOf(back, zone)).toEqual(local);
          expect(back).toBeLessThanOrEqual(atMs);
        },
      ),
      { numRuns: 2000, seed: 11 },
    );
  });

  it('of a gap all mean its end, in every zone', () => {
    for (const [zone, list] of changes) {
      for (const changeMs of list) {
        const before = localTimeOf(changeMs - MINUTE_MS, zone);
        const skipped = localTimeOf(changeMs, zone);
        if (
          Date.UTC(skipped.year, skipped.month - 1, skipped.day, skipped.hour, skipped.minute) <=
          toMs(before) + MINUTE_MS
        )
          continue;
        expect([zone, localToUtcMs({ ...before, minute: before.minute + 1, second: 0 }, zone)]).toEqual([
          zone,
          changeMs,
        ]);
      }
    }
    expect(parseWallTimeMs('24:00')).toBe(DAY_MS);
  });
});

const toMs = (local: ReturnType<typeof localTimeOf>): number =>
  Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute);
