import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { TriggerDefinition } from '../../definitions.ts';
import { DAY, HOUR, inactiveFor, OnePerson, playbookOf, T0, triggerOf } from '../detector.fixture.ts';
import { TriggerStates } from '../trigger-states.ts';

interface Visit {
  readonly id: string;
  readonly atMs: number;
  readonly loggedAtMs: number;
}

const FOR_MS = 20 * HOUR;

const visits: fc.Arbitrary<readonly Visit[]> = fc
  .array(
    fc.record({
      hour: fc.integer({ min: 0, max: 150 }),
      late: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 23 })),
    }),
    {
      maxLength: 14,
    },
  )
  .map((list) =>
    list.map(({ hour, late }, index) => ({
      id: `m${index}`,
      atMs: T0 + hour * HOUR,
      loggedAtMs: T0 + (hour + late) * HOUR + index,
    })),
  );

const reentries = fc.constantFrom<TriggerDefinition['reentry']>(
  { kind: 'always' },
  { kind: 'never' },
  { kind: 'after', afterMs: 60 * HOUR },
);

interface Firing {
  readonly last: Visit;
  readonly firedAtMs: number;
  withdrawn: boolean;
}

/** Looks at all visits again at every tick. */
class Oracle {
  readonly firings: Firing[] = [];
  readonly #seen: Visit[] = [];
  #settledMs = Number.NEGATIVE_INFINITY;
  readonly #reentry: TriggerDefinition['reentry'];

  constructor(reentry: TriggerDefinition['reentry']) {
    this.#reentry = reentry;
  }

  meets(visit: Visit): void {
    for (const firing of this.firings) {
      const isInTime = visit.loggedAtMs <= firing.firedAtMs + 6 * HOUR;
      const wasActive = visit.atMs > firing.last.atMs && visit.atMs < firing.last.atMs + FOR_MS;
      if (isInTime && wasActive) firing.withdrawn = true;
    }
    this.#seen.push(visit);
  }

  tick(nowMs: number): void {
    const last = [...this.#seen].sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1)).at(-1);
    if (last === undefined || last.atMs <= this.#settledMs || last.atMs + FOR_MS > nowMs) return;
    this.#settledMs = last.atMs;
    const before = this.firings.at(-1);
    const isBarred =
      before !== undefined &&
      (this.#reentry.kind === 'never' ||
        (this.#reentry.kind === 'after' && nowMs < before.firedAtMs + this.#reentry.afterMs));
    if (!isBarred) this.firings.push({ last, firedAtMs: nowMs, withdrawn: false });
  }
}

describe('inactivity, against the whole history', () => {
  it('fires and takes back what the slow oracle says, late visits and late ticks included', () => {
    const ticks = fc.array(fc.integer({ min: 0, max: 250 }), { maxLength: 15 });
    fc.assert(
      fc.property(visits, ticks, reentries, (events, hours, reentry) => {
        const person = new OnePerson(playbookOf(triggerOf(inactiveFor(FOR_MS), { reentry })));
        const oracle = new Oracle(reentry);
        const log = [
          ...events.map((visit) => ({ ...visit, isTick: false })),
          ...[...hours, 400].map((hour) => ({ id: '', atMs: 0, loggedAtMs: T0 + hour * HOUR + 500, isTick: true })),
        ].sort((a, b) => a.loggedAtMs - b.loggedAtMs);
        for (const { isTick, ...entry } of log) {
          if (isTick) {
            person.reaches(entry.loggedAtMs);
            oracle.tick(entry.loggedAtMs);
          } else {
            person.sees({ name: 'Page Viewed', ...entry });
            oracle.meets(entry);
          }
        }
        const taken = new Set(person.withdrawals.map(({ candidateId }) => candidateId));
        expect(
          person.proposals.map(({ causes, proposedAtMs, candidateId }) => ({
            last: causes[0],
            firedAtMs: proposedAtMs,
            withdrawn: taken.has(candidateId),
          })),
        ).toEqual(oracle.firings.map(({ last, ...firing }) => ({ last: last.id, ...firing })));
      }),
      { numRuns: 600 },
    );
  });

  it('writes no more timers than there are periods: the due time moves only when it rings', () => {
    fc.assert(
      fc.property(visits, (events) => {
        const person = new OnePerson(playbookOf(triggerOf(inactiveFor(30 * DAY))));
        const timers = new Set<number>();
        for (const visit of events) {
          person.sees({ name: 'Page Viewed', ...visit });
          timers.add(TriggerStates.of(person.state?.triggers).get('it')?.idle?.timerAtMs ?? -1);
        }
        expect(timers.size).toBeLessThanOrEqual(1);
      }),
      { numRuns: 300 },
    );
  });
});
