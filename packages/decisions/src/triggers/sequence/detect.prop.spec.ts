import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { TriggerDefinition, When } from '../../definitions.ts';
import { DAY, HOUR, MINUTE, named, OnePerson, playbookOf, T0, triggerOf } from '../detector.fixture.ts';
import { inSequence } from './sequence.fixture.ts';

interface Happened {
  /** a, b, c: an event of this name; x: what must not come between; order: cancels; tick: time is told. */
  readonly kind: 'a' | 'b' | 'c' | 'x' | 'order' | 'tick';
  readonly id: string;
  readonly key: string;
  readonly atMs: number;
  readonly loggedAtMs: number;
  readonly backfill: boolean;
}

const happenings: fc.Arbitrary<readonly Happened[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom<Happened['kind']>('a', 'a', 'a', 'b', 'b', 'b', 'c', 'c', 'x', 'order', 'tick'),
      key: fc.constantFrom('', '', '7', '7', '8'),
      minute: fc.integer({ min: 0, max: 150 }),
      late: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 1800 })),
      backfill: fc.constantFrom(false, false, false, false, true),
      repeated: fc.constantFrom(0, 0, 0, 0, 40, 2000),
    }),
    { maxLength: 18 },
  )
  .map((list) =>
    list
      .flatMap(({ minute, late, repeated, ...rest }, index) => {
        const atMs = T0 + minute * MINUTE;
        const one = { ...rest, id: `m${String(index).padStart(2, '0')}`, atMs, loggedAtMs: atMs + late * MINUTE };
        return repeated === 0 ? [one] : [one, { ...one, loggedAtMs: one.loggedAtMs + repeated * MINUTE }];
      })
      .sort((a, b) => a.loggedAtMs - b.loggedAtMs),
  );

interface Rule {
  readonly when: Extract<When, { type: 'sequence' }>;
  readonly reentry: TriggerDefinition['reentry'];
}

const rules: fc.Arbitrary<Rule> = fc.record({
  when: fc
    .record({
      names: fc.constantFrom(['b'], ['b', 'c'], ['a'], ['a', 'b'], ['b', 'a', 'b']),
      butNot: fc.constantFrom([], ['x'], ['x'], ['x', 'c']),
      withinMs: fc.constantFrom(30 * MINUTE, 2 * HOUR),
    })
    .map(({ names, butNot, withinMs }) =>
      inSequence({ followedBy: named(...names), butNot: named(...butNot), withinMs }),
    ),
  reentry: fc.constantFrom<TriggerDefinition['reentry']>(
    { kind: 'always' },
    { kind: 'never' },
    { kind: 'after', afterMs: HOUR },
  ),
});

const concerned = (eventKey: string, key: string): boolean => eventKey === '' || key === '' || eventKey === key;
const byTime = (a: Happened, b: Happened): number => a.atMs - b.atMs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

interface Verdict {
  readonly code: string;
  readonly key: string;
  readonly first: Happened;
  readonly last: Happened;
  readonly firedAtMs: number;
  withdrawnBy: string | null;
}

/** Tries every way to pick events out of all that came before. */
class Oracle {
  readonly verdicts: Verdict[] = [];
  readonly #seen: Happened[] = [];
  readonly #spentMs: Record<string, number> = {};
  readonly #rule: Rule;
  readonly #names: readonly string[];
  readonly #breaking: readonly string[];
  nowMs = -1;

  constructor(rule: Rule) {
    this.#rule = rule;
    this.#names = ['a', ...rule.when.followedBy.map(({ name }) => name)];
    this.#breaking = rule.when.butNot.map(({ name }) => name);
  }

  meets(event: Happened): void {
    if (this.#seen.some(({ id }) => id === event.id)) return;
    this.#seen.push(event);
    this.#withdraw(event);
    if (!this.#names.includes(event.kind)) return;
    for (const key of event.key === '' ? ['', '7', '8'] : [event.key]) this.#judge(key, event);
  }

  #withdraw(event: Happened): void {
    for (const verdict of this.verdicts) {
      const { first, last, key } = verdict;
      if (verdict.code !== 'fired' || event.loggedAtMs > verdict.firedAtMs + 6 * HOUR) continue;
      if (!concerned(event.key, key)) continue;
      const isBetween = this.#breaking.includes(event.kind) && event.atMs > first.atMs && event.atMs < last.atMs;
      const isCancel = event.kind === 'order' && event.atMs >= first.atMs;
      if (isBetween || isCancel) verdict.withdrawnBy ??= event.id;
    }
  }

  #kept(): readonly Happened[] {
    const keptMs = this.#rule.when.withinMs + DAY;
    return this.#seen.filter(({ atMs }) => atMs > this.nowMs - keptMs).sort(byTime);
  }

  #steps(key: string): readonly Happened[] {
    const orders = this.#seen.filter(({ kind }) => kind === 'order');
    return this.#kept().filter(
      (one) =>
        (one.key === key || one.key === '') &&
        one.atMs > (this.#spentMs[key] ?? 0) &&
        !orders.some((order) => concerned(order.key, one.key) && order.atMs >= one.atMs),
    );
  }

  #chains(key: string): readonly (readonly Happened[])[] {
    const steps = this.#steps(key);
    const breaking = this.#kept().filter((one) => this.#breaking.includes(one.kind) && concerned(one.key, key));
    let chains: readonly (readonly Happened[])[] = [[]];
    for (const [step, name] of this.#names.entries()) {
      chains = chains.flatMap((chain) =>
        steps
          .filter((one) => one.kind === name && (step > 0 || one.key === key))
          .filter((one) => step === 0 || byTime(chain.at(-1) as Happened, one) < 0)
          .map((one) => [...chain, one]),
      );
    }
    return chains.filter((chain) => {
      const [first, last] = [chain[0] as Happened, chain.at(-1) as Happened];
      const isBroken = breaking.some(
        (one) => one !== first && one !== last && byTime(first, one) < 0 && byTime(one, last) < 0,
      );
      return last.atMs - first.atMs <= this.#rule.when.withinMs && !isBroken;
    });
  }

  #judge(key: string, event: Happened): void {
    const { reentry } = this.#rule;
    const [chain] = [...this.#chains(key)].sort(
      (a, b) => byTime(a.at(-1) as Happened, b.at(-1) as Happened) || byTime(b[0] as Happened, a[0] as Happened),
    );
    if (chain === undefined) return;
    const [first, last] = [chain[0] as Happened, chain.at(-1) as Happened];
    this.#spentMs[key] = last.atMs;
    const before = this.verdicts.findLast((one) => one.code === 'fired' && one.key === key);
    const waits =
      before !== undefined &&
      (reentry.kind === 'never' || (reentry.kind === 'after' && event.loggedAtMs < before.firedAtMs + reentry.afterMs));
    const isOld = event.loggedAtMs - event.atMs > DAY;
    const code = event.backfill ? 'BACKFILL' : isOld ? 'EVENT_TOO_OLD' : waits ? 'REENTRY_WAIT' : 'fired';
    this.verdicts.push({ code, key, first, last, firedAtMs: event.loggedAtMs, withdrawnBy: null });
  }
}

describe('sequence, against the whole history', () => {
  it('gives every sequence the verdict of the slow oracle: late, repeated, keyless, with time told anywhere', () => {
    fc.assert(
      fc.property(rules, happenings, (rule, log) => {
        const { when, reentry } = rule;
        const definition = triggerOf(when, {
          reentry,
          cancelOn: named('order'),
          oncePer: ['properties.search', 'person'],
        });
        const person = new OnePerson(playbookOf(definition));
        const oracle = new Oracle(rule);
        for (const event of log) {
          const { kind, id, key, atMs, loggedAtMs, backfill } = event;
          if (kind === 'tick') {
            person.reaches(loggedAtMs - 1);
            oracle.nowMs = loggedAtMs - 1;
            continue;
          }
          const properties = key === '' ? {} : { search: key };
          person.sees({ name: kind, id, atMs, loggedAtMs, backfill, properties });
          oracle.meets(event);
        }
        const taken = new Map(person.withdrawals.map((one) => [one.candidateId, one.causeMessageId]));
        const candidates = new Map(person.proposals.map(({ firingId, candidateId }) => [firingId, candidateId]));
        expect(
          person.detected.map(({ code, causes, instanceKey, firingId }) => ({
            code: code ?? 'fired',
            key: instanceKey,
            span: code === null ? [causes[0], causes.at(-1)] : [],
            withdrawnBy: taken.get(candidates.get(firingId) ?? '') ?? null,
          })),
        ).toEqual(
          oracle.verdicts.map(({ code, key, first, last, withdrawnBy }) => ({
            code,
            key,
            span: code === 'fired' ? [first.id, last.id] : [],
            withdrawnBy,
          })),
        );
      }),
      { numRuns: 1500 },
    );
  });
});
