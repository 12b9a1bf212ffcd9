import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { TriggerDefinition, When } from '../../definitions.ts';
import { formatLocal } from '../../time/index.ts';
import { DAY, HOUR, MINUTE, named, OnePerson, playbookOf, triggerOf } from '../detector.fixture.ts';
import { counting } from './count.fixture.ts';

interface Happened {
  readonly kind: 'view' | 'order' | 'tick';
  readonly id: string;
  readonly key: string;
  readonly amount: number;
  readonly atMs: number;
  readonly loggedAtMs: number;
  readonly backfill: boolean;
}

/** The day before the clocks of Berlin are set back. */
const BASE = Date.UTC(2026, 9, 24, 10);
const ZONE = 'Europe/Berlin';

const happenings: fc.Arbitrary<readonly Happened[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom<Happened['kind']>('view', 'view', 'view', 'view', 'view', 'order', 'tick'),
      key: fc.constantFrom('', '', 'a', 'b'),
      amount: fc.constantFrom(1, 2, 2.5, 0, -1),
      twenty: fc.integer({ min: 0, max: 90 }),
      late: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 120 }), fc.integer({ min: 0, max: 6000 })),
      backfill: fc.constantFrom(false, false, false, false, true),
      repeated: fc.constantFrom(0, 0, 0, 90, 5000),
    }),
    { maxLength: 24 },
  )
  .map((list) =>
    list
      .flatMap(({ twenty, late, repeated, ...rest }, index) => {
        const atMs = BASE + twenty * 20 * MINUTE;
        const one = { ...rest, id: `m${index}`, atMs, loggedAtMs: atMs + late * MINUTE };
        return repeated === 0 ? [one] : [one, { ...one, loggedAtMs: one.loggedAtMs + repeated * MINUTE }];
      })
      .sort((a, b) => a.loggedAtMs - b.loggedAtMs),
  );

interface Rule {
  readonly when: Extract<When, { type: 'count' }>;
  readonly reentry: TriggerDefinition['reentry'];
}

const rules: fc.Arbitrary<Rule> = fc.record({
  when: fc
    .record({
      of: fc.constantFrom('count' as const, 'sum' as const, 'distinct' as const),
      atLeast: fc.constantFrom(1, 2, 3, 4),
      window: fc.constantFrom<Rule['when']['window']>(
        { kind: 'rolling', ms: 2 * HOUR },
        { kind: 'rolling', ms: 9 * HOUR },
        { kind: 'calendar', per: 'day', zone: 'person' },
      ),
    })
    .map((part) => counting({ ...part, value: part.of === 'count' ? null : 'properties.amount' })),
  reentry: fc.constantFrom<TriggerDefinition['reentry']>(
    { kind: 'always' },
    { kind: 'never' },
    { kind: 'after', afterMs: 5 * HOUR },
  ),
});

const concerned = (eventKey: string, key: string): boolean => eventKey === '' || key === '' || eventKey === key;
const byTime = (a: Happened, b: Happened): number => a.atMs - b.atMs || (a.id < b.id ? -1 : 1);

interface Verdict {
  readonly code: string;
  readonly causes: readonly string[];
  readonly firstAtMs: number;
  readonly key: string;
  readonly firedAtMs: number;
  withdrawnBy: string | null;
}

/** For each event, looks at all that came before it. */
class Oracle {
  readonly verdicts: Verdict[] = [];
  readonly #seen: Happened[] = [];
  readonly #spentMs: Record<string, number> = {};
  readonly #rule: Rule;
  nowMs = -1;

  constructor(rule: Rule) {
    this.#rule = rule;
  }

  meets(event: Happened): void {
    if (this.#seen.some(({ id }) => id === event.id)) return;
    this.#seen.push(event);
    if (event.kind === 'order') this.#withdraw(event);
    else this.#count(event);
  }

  #withdraw(order: Happened): void {
    for (const verdict of this.verdicts) {
      const isInTime = order.loggedAtMs <= verdict.firedAtMs + 6 * HOUR && order.atMs >= verdict.firstAtMs;
      const isMeant = verdict.code === 'fired' && concerned(order.key, verdict.key);
      if (isInTime && isMeant) verdict.withdrawnBy ??= order.id;
    }
  }

  #counts({ key, id, atMs }: Happened): boolean {
    const { window } = this.#rule.when;
    const keptMs = (window.kind === 'rolling' ? window.ms : 3 * DAY) + DAY;
    const isCancelled = this.#seen.some(
      (one) => one.kind === 'order' && one.id !== id && concerned(one.key, key) && one.atMs >= atMs,
    );
    return atMs > this.nowMs - keptMs && atMs > (this.#spentMs[key] ?? 0) && !isCancelled;
  }

  #windows(event: Happened): readonly (readonly Happened[])[] {
    const { window } = this.#rule.when;
    const all = this.#seen
      .filter((one) => one.kind === 'view' && one.key === event.key && this.#counts(one))
      .sort(byTime);
    if (window.kind === 'calendar') {
      const dayOf = ({ atMs }: Happened) => formatLocal(atMs, ZONE).slice(0, 10);
      return [all.filter((one) => dayOf(one) === dayOf(event))];
    }
    return all.map((last) => all.filter(({ atMs }) => atMs <= last.atMs && last.atMs - atMs < window.ms));
  }

  #count(event: Happened): void {
    const { when, reentry } = this.#rule;
    const total = (window: readonly Happened[]): number => {
      if (when.of === 'count') return window.length;
      const amounts = window.map(({ amount }) => amount);
      return when.of === 'sum' ? amounts.reduce((a, b) => a + b, 0) : new Set(amounts).size;
    };
    const full = this.#windows(event).find((window) => window.includes(event) && total(window) >= when.atLeast);
    if (full === undefined) return;
    this.#spentMs[event.key] = full.at(-1)?.atMs ?? 0;
    const last = this.verdicts.findLast(({ code, key }) => code === 'fired' && key === event.key);
    const waits =
      last !== undefined &&
      (reentry.kind === 'never' || (reentry.kind === 'after' && event.loggedAtMs < last.firedAtMs + reentry.afterMs));
    const isOld = event.loggedAtMs - event.atMs > DAY;
    const code = event.backfill ? 'BACKFILL' : isOld ? 'EVENT_TOO_OLD' : waits ? 'REENTRY_WAIT' : 'fired';
    this.verdicts.push({
      code,
      causes: code === 'fired' ? full.map(({ id }) => id) : [event.id],
      firstAtMs: full[0]?.atMs ?? 0,
      key: event.key,
      firedAtMs: event.loggedAtMs,
      withdrawnBy: null,
    });
  }
}

describe('count, against the whole history', () => {
  it('gives every limit that is reached the verdict of the slow oracle: late, repeated, keyless, with time told anywhere', () => {
    fc.assert(
      fc.property(rules, happenings, (rule, log) => {
        const { when, reentry } = rule;
        const definition = triggerOf(when, {
          reentry,
          cancelOn: named('Order Completed'),
          oncePer: ['properties.sku', 'person'],
        });
        const person = new OnePerson(playbookOf(definition));
        const oracle = new Oracle(rule);
        for (const event of log) {
          const { kind, id, key, amount, atMs, loggedAtMs, backfill } = event;
          if (kind === 'tick') {
            person.reaches(loggedAtMs - 1);
            oracle.nowMs = loggedAtMs - 1;
            continue;
          }
          const name = kind === 'view' ? 'Product Viewed' : 'Order Completed';
          const properties = { amount, ...(key === '' ? {} : { sku: key }) };
          person.sees({ name, id, atMs, loggedAtMs, backfill, properties, profile: { zone: ZONE } });
          oracle.meets(event);
        }
        const taken = new Map(person.withdrawals.map((one) => [one.candidateId, one.causeMessageId]));
        const candidates = new Map(person.proposals.map(({ firingId, candidateId }) => [firingId, candidateId]));
        expect(
          person.detected.map(({ code, causes, instanceKey, firingId }) => ({
            code: code ?? 'fired',
            causes,
            key: instanceKey,
            withdrawnBy: taken.get(candidates.get(firingId) ?? '') ?? null,
          })),
        ).toEqual(oracle.verdicts.map(({ firstAtMs: _, firedAtMs: __, ...verdict }) => verdict));
      }),
      { numRuns: 1500 },
    );
  });
});
