import type { RehearsedDay } from '@kairos/contracts';

const DAY_MS = 86_400_000;

export type Day = { -readonly [K in keyof RehearsedDay]: RehearsedDay[K] };

/** What happened day by day (UTC). */
export class DayCurve {
  readonly #days = new Map<number, Day>();
  /** The day that was asked for last: time moves on slowly. */
  #last: Day | undefined;

  at(ms: number): Day {
    const dayMs = ms - (ms % DAY_MS);
    if (this.#last?.dayMs === dayMs) return this.#last;
    let day = this.#days.get(dayMs);
    if (day === undefined) {
      day = { dayMs, events: 0, fired: 0, chosen: 0, deferred: 0, dropped: 0 };
      this.#days.set(dayMs, day);
    }
    this.#last = day;
    return day;
  }

  add(days: readonly Day[]): void {
    for (const { dayMs, events, fired, chosen, deferred, dropped } of days) {
      const day = this.at(dayMs);
      day.events += events;
      day.fired += fired;
      day.chosen += chosen;
      day.deferred += deferred;
      day.dropped += dropped;
    }
  }

  /** In order; days on which nothing happened are left out. */
  list(): readonly Day[] {
    return [...this.#days.values()].sort((a, b) => a.dayMs - b.dayMs);
  }
}
