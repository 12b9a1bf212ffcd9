import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { TriggerDefinition } from '../../definitions.ts';
import { DAY, eventWhen, HOUR, MINUTE, named, OnePerson, playbookOf, T0, triggerOf } from '../detector.fixture.ts';

interface Happened {
  readonly kind: 'view' | 'order';
  readonly id: string;
  readonly key: string;
  readonly atMs: number;
  readonly loggedAtMs: number;
}

const happenings: fc.Arbitrary<readonly Happened[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom('view' as const, 'view' as const, 'order' as const),
      key: fc.constantFrom('', 'a', 'b'),
      minute: fc.integer({ min: 0, max: 3_000 }),
      late: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2_000 })),
    }),
    { maxLength: 14 },
  )
  .map((list) =>
    list
      .map(({ kind, key, minute, late }, index) => ({
        kind,
        key,
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

const concerned = (eventKey: string, key: string): boolean => eventKey === '' || key === '' || eventKey === key;

interface Verdict {
  readonly id: string;
  readonly outcome: string;
  withdrawnBy: string | null;
}

/** For each view, asks all that came before it in the log. */
function oracle(events: readonly Happened[], reentry: TriggerDefinition['reentry']): readonly Verdict[] {
  const fired: { view: Happened; verdict: Verdict }[] = [];
  const verdicts: Verdict[] = [];
  events.forEach((event, index) => {
    if (event.kind === 'order') {
      for (const { view, verdict } of fired) {
        const isInTime = event.loggedAtMs <= view.loggedAtMs + 6 * HOUR && event.atMs >= view.atMs;
        if (isInTime && concerned(event.key, view.key)) verdict.withdrawnBy ??= event.id;
      }
      return;
    }
    const last = fired.filter(({ view }) => view.key === event.key).at(-1)?.view;
    const mustWait =
      last !== undefined &&
      (reentry.kind === 'never' || (reentry.kind === 'after' && event.loggedAtMs < last.loggedAtMs + reentry.afterMs));
    const isSettled = events
      .slice(0, index)
      .some((one) => one.kind === 'order' && concerned(one.key, event.key) && one.atMs >= event.atMs);
    const isOld = event.loggedAtMs - event.atMs > DAY;
    const outcome = isOld ? 'EVENT_TOO_OLD' : mustWait ? 'REENTRY_WAIT' : isSettled ? 'EXITED' : 'fired';
    const verdict: Verdict = { id: event.id, outcome, withdrawnBy: null };
    verdicts.push(verdict);
    if (outcome === 'fired') fired.push({ view: event, verdict });
  });
  return verdicts;
}

describe('event, against the whole history', () => {
  it('gives every match the verdict of the slow oracle: fired, or why not, and what was taken back', () => {
    fc.assert(
      fc.property(happenings, reentries, fc.boolean(), (events, reentry, isTimeTold) => {
        const definition = triggerOf(eventWhen('Page Viewed'), {
          reentry,
          cancelOn: named('Order Completed'),
          oncePer: ['properties.sku'],
        });
        const person = new OnePerson(playbookOf(definition));
        for (const { kind, id, key, atMs, loggedAtMs } of events) {
          // The watermark is behind what is logged.
          if (isTimeTold) person.reaches(loggedAtMs - 1);
          const name = kind === 'view' ? 'Page Viewed' : 'Order Completed';
          person.sees({ name, id, atMs, loggedAtMs, properties: key === '' ? {} : { sku: key } });
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
        ).toEqual(oracle(events, reentry));
      }),
      { numRuns: 600 },
    );
  });
});
