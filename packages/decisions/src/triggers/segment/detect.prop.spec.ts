import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { TriggerDefinition } from '../../definitions.ts';
import { DAY, HOUR, MINUTE, named, OnePerson, playbookOf, T0, triggerOf } from '../detector.fixture.ts';

interface Happened {
  readonly id: string;
  readonly name: string;
  readonly isIn: boolean;
  readonly atMs: number;
  readonly loggedAtMs: number;
  readonly backfill: boolean;
  readonly isTimeTold: boolean;
}

const logs: fc.Arbitrary<readonly Happened[]> = fc
  .array(
    fc.record({
      name: fc.constantFrom('Page Viewed', 'Page Viewed', 'Order Completed'),
      isIn: fc.boolean(),
      minute: fc.integer({ min: 0, max: 3000 }),
      late: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2500 })),
      backfill: fc.constantFrom(false, false, false, true),
      isTimeTold: fc.boolean(),
    }),
    { maxLength: 16 },
  )
  .map((list) =>
    list
      .map(({ minute, late, ...rest }, index) => ({
        ...rest,
        id: `m${index}`,
        atMs: T0 + minute * MINUTE,
        loggedAtMs: T0 + (minute + late) * MINUTE + index,
      }))
      .sort((a, b) => a.loggedAtMs - b.loggedAtMs),
  );

const reentries = fc.constantFrom<TriggerDefinition['reentry']>(
  { kind: 'always' },
  { kind: 'never' },
  { kind: 'after', afterMs: 5 * HOUR },
);

interface Verdict {
  readonly id: string;
  readonly outcome: string;
  withdrawnBy: string | null;
}

/** Follows the segment through the log, and for each entry asks all that came before. */
function oracle(
  log: readonly Happened[],
  { reentry, change }: { readonly reentry: TriggerDefinition['reentry']; readonly change: 'enters' | 'leaves' },
): readonly Verdict[] {
  const verdicts: (Verdict & { readonly at: Happened })[] = [];
  log.forEach((event, index) => {
    const before = log.slice(0, index);
    if (event.name === 'Order Completed') {
      for (const verdict of verdicts) {
        const isInTime = event.loggedAtMs <= verdict.at.loggedAtMs + 6 * HOUR && event.atMs >= verdict.at.atMs;
        if (verdict.outcome === 'fired' && isInTime) verdict.withdrawnBy ??= event.id;
      }
    }
    const wasIn = before.at(-1)?.isIn ?? false;
    const changes = change === 'enters' ? event.isIn && !wasIn : wasIn && !event.isIn;
    if (!changes) return;
    const last = verdicts.findLast(({ outcome }) => outcome === 'fired')?.at;
    const waits =
      last !== undefined &&
      (reentry.kind === 'never' || (reentry.kind === 'after' && event.loggedAtMs < last.loggedAtMs + reentry.afterMs));
    const isSettled = before.some((one) => one.name === 'Order Completed' && one.atMs >= event.atMs);
    const isOld = event.loggedAtMs - event.atMs > DAY;
    const outcome = event.backfill
      ? 'BACKFILL'
      : isOld
        ? 'EVENT_TOO_OLD'
        : waits
          ? 'REENTRY_WAIT'
          : isSettled
            ? 'EXITED'
            : 'fired';
    verdicts.push({ id: event.id, outcome, withdrawnBy: null, at: event });
  });
  return verdicts.map(({ at: _, ...verdict }) => verdict);
}

describe('segment, against the whole history', () => {
  it('gives every entry and every exit the verdict of the slow oracle', () => {
    fc.assert(
      fc.property(logs, reentries, fc.constantFrom('enters' as const, 'leaves' as const), (log, reentry, change) => {
        const when = { type: 'segment' as const, segment: 'at-risk', change };
        const person = new OnePerson(playbookOf(triggerOf(when, { reentry, cancelOn: named('Order Completed') })));
        let wasIn = false;
        for (const { isIn, isTimeTold, ...event } of log) {
          if (isTimeTold) person.reaches(event.loggedAtMs - 1);
          const entered = isIn && !wasIn ? ['at-risk', 'z'] : ['a'];
          const left = wasIn && !isIn ? ['at-risk'] : [];
          person.sees({ ...event, entered, left, segments: isIn ? ['at-risk'] : [] });
          wasIn = isIn;
        }
        const candidates = new Map(person.proposals.map(({ causes, candidateId }) => [causes[0], candidateId]));
        expect(
          person.detected.map(({ causes, code, outcome }) => ({
            id: causes[0],
            outcome: code ?? outcome,
            withdrawnBy:
              person.withdrawals.find(({ candidateId }) => candidateId === candidates.get(causes[0] ?? ''))
                ?.causeMessageId ?? null,
          })),
        ).toEqual(oracle(log, { reentry, change }));
      }),
      { numRuns: 1000 },
    );
  });
});
