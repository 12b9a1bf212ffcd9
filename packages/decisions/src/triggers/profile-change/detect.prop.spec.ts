import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { TriggerDefinition } from '../../definitions.ts';
import { DAY, HOUR, MINUTE, named, OnePerson, playbookOf, T0, triggerOf } from '../detector.fixture.ts';

interface Happened {
  readonly id: string;
  readonly name: string;
  /** In the profile after the event; null when it is not known. */
  readonly plan: string | null;
  readonly atMs: number;
  readonly loggedAtMs: number;
  readonly backfill: boolean;
  readonly isTimeTold: boolean;
}

const logs: fc.Arbitrary<readonly Happened[]> = fc
  .array(
    fc.record({
      name: fc.constantFrom('Page Viewed', 'Page Viewed', 'Order Completed'),
      plan: fc.constantFrom('gold', 'gold', 'silver', 'free', null),
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

interface Rule {
  readonly from: readonly string[] | null;
  readonly to: readonly string[] | null;
  readonly reentry: TriggerDefinition['reentry'];
}

const rules: fc.Arbitrary<Rule> = fc.record({
  from: fc.constantFrom(null, ['gold'], ['gold', 'free']),
  to: fc.constantFrom(null, ['silver'], ['free', 'gold']),
  reentry: fc.constantFrom<TriggerDefinition['reentry']>(
    { kind: 'always' },
    { kind: 'never' },
    { kind: 'after', afterMs: 5 * HOUR },
  ),
});

interface Verdict {
  readonly id: string;
  readonly outcome: string;
  withdrawnBy: string | null;
}

/** For each entry of the log, asks all that came before it. */
function oracle(log: readonly Happened[], { from, to, reentry }: Rule): readonly Verdict[] {
  const verdicts: (Verdict & { readonly at: Happened })[] = [];
  log.forEach((event, index) => {
    const before = log.slice(0, index);
    if (event.name === 'Order Completed') {
      for (const verdict of verdicts) {
        const isInTime = event.loggedAtMs <= verdict.at.loggedAtMs + 6 * HOUR && event.atMs >= verdict.at.atMs;
        if (verdict.outcome === 'fired' && isInTime) verdict.withdrawnBy ??= event.id;
      }
    }
    const was = before.findLast(({ plan }) => plan !== null)?.plan ?? null;
    if (event.plan === null || was === null || was === event.plan) return;
    if (from?.includes(was) === false || to?.includes(event.plan) === false) return;
    const last = verdicts.findLast(({ outcome }) => outcome === 'fired')?.at;
    const waits =
      last !== undefined &&
      (reentry.kind === 'never' || (reentry.kind === 'after' && event.loggedAtMs < last.loggedAtMs + reentry.afterMs));
    const isSettled = before.some((one) => one.name === 'Order Completed' && one.atMs >= event.atMs);
    const isOld = event.loggedAtMs - event.atMs > DAY;
    const late = isOld ? 'EVENT_TOO_OLD' : null;
    const outcome = event.backfill ? 'BACKFILL' : (late ?? (waits ? 'REENTRY_WAIT' : isSettled ? 'EXITED' : 'fired'));
    verdicts.push({ id: event.id, outcome, withdrawnBy: null, at: event });
  });
  return verdicts.map(({ at: _, ...verdict }) => verdict);
}

const among = (plans: readonly string[] | null) =>
  plans === null ? null : `profile.traits.plan in [${plans.map((plan) => `"${plan}"`).join(', ')}]`;

describe('profileChange, against the whole history', () => {
  it('gives every change the verdict of the slow oracle', () => {
    fc.assert(
      fc.property(logs, rules, (log, rule) => {
        const when = {
          type: 'profileChange' as const,
          path: 'traits.plan',
          from: among(rule.from),
          to: among(rule.to),
        };
        const definition = triggerOf(when, { reentry: rule.reentry, cancelOn: named('Order Completed') });
        const person = new OnePerson(playbookOf(definition));
        for (const { plan, isTimeTold, ...event } of log) {
          if (isTimeTold) person.reaches(event.loggedAtMs - 1);
          person.sees({ ...event, profile: plan === null ? { zone: 'Etc/UTC' } : { traits: { plan } } });
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
        ).toEqual(oracle(log, rule));
      }),
      { numRuns: 1000 },
    );
  });
});
