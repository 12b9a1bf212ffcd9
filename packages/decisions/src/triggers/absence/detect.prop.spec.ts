import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { TriggerDefinition, When } from '../../definitions.ts';
import { cartLeft, DAY, HOUR, MINUTE, OnePerson, playbookOf, T0, triggerOf } from '../detector.fixture.ts';

/** One thing on the log: an event as it arrives, perhaps late, or time. */
type Entry =
  | { readonly kind: 'cart' | 'order'; readonly id: string; readonly key: string; atMs: number; loggedAtMs: number }
  | { readonly kind: 'tick'; readonly loggedAtMs: number };
type Happened = Exclude<Entry, { kind: 'tick' }>;

interface Rule {
  readonly when: Extract<When, { type: 'absence' }>;
  readonly reentry: TriggerDefinition['reentry'];
}

const rules: fc.Arbitrary<Rule> = fc.record({
  when: fc
    .record({
      clock: fc.constantFrom('restartsOnRepeat' as const, 'startsOnFirst' as const),
      atLatestAfterMs: fc.constantFrom(null, 90 * MINUTE, 3 * HOUR),
      graceMs: fc.constantFrom(0, 15_000, 10 * MINUTE),
    })
    .map((part) => cartLeft(part) as Rule['when']),
  reentry: fc.constantFrom<TriggerDefinition['reentry']>(
    { kind: 'always' },
    { kind: 'never' },
    { kind: 'after', afterMs: 2 * HOUR },
  ),
});

const happenings: fc.Arbitrary<readonly Happened[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom('cart' as const, 'cart' as const, 'order' as const),
      key: fc.constantFrom('', '', '7', '8'),
      minute: fc.integer({ min: 0, max: 400 }),
      lateMinutes: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 })),
      times: fc.constantFrom(1, 1, 1, 2),
    }),
    { maxLength: 14 },
  )
  .map((list) =>
    list.flatMap(({ kind, key, minute, lateMinutes, times }, index) => {
      const atMs = T0 + minute * MINUTE;
      const one = { kind, id: `m${index}`, key, atMs, loggedAtMs: atMs + lateMinutes * MINUTE };
      // A repeat comes again later under the same id.
      return times === 1 ? [one] : [one, { ...one, loggedAtMs: one.loggedAtMs + 7 * MINUTE }];
    }),
  );

const byLog = (a: Entry, b: Entry): number => a.loggedAtMs - b.loggedAtMs;

interface Firing {
  readonly key: string;
  readonly armedBy: string;
  readonly dueAtMs: number;
  readonly firedAtMs: number;
  readonly lastArmAtMs: number;
  withdrawnBy: string | null;
}

const concerned = (eventKey: string, key: string): boolean => eventKey === '' || key === '' || eventKey === key;

/** The slow and obvious one: at every tick it looks at the whole history again. */
class Oracle {
  readonly seen: Happened[] = [];
  readonly firings: Firing[] = [];
  readonly #rule: Rule;
  /** Arms that fired. */
  readonly #spent = new Set<string>();
  /** Arms that were refused when they came; what comes again is judged again (identify drops most repeats before). */
  readonly #refused = new Set<string>();

  constructor(rule: Rule) {
    this.#rule = rule;
  }

  meets(entry: Happened): void {
    if (entry.kind === 'order') this.#withdraw(entry);
    else this.#judge(entry);
    this.seen.push(entry);
  }

  #withdraw(order: Happened): void {
    for (const firing of this.firings) {
      const isInTime = order.loggedAtMs <= firing.firedAtMs + 6 * HOUR;
      if (firing.withdrawnBy !== null || !isInTime || !concerned(order.key, firing.key)) continue;
      if (order.atMs >= firing.lastArmAtMs) firing.withdrawnBy = order.id;
    }
  }

  #judge(cart: Happened): void {
    const isAccepted = this.seen.some(({ id }) => id === cart.id) && !this.#refused.has(cart.id);
    if (isAccepted || !this.#isRefused(cart)) this.#refused.delete(cart.id);
    else this.#refused.add(cart.id);
  }

  #isRefused(cart: Happened): boolean {
    const fired = this.firings.filter(({ key }) => key === cart.key);
    const last = fired.at(-1);
    if (last === undefined) return false;
    const { reentry } = this.#rule;
    if (reentry.kind === 'never') return true;
    if (reentry.kind === 'after' && cart.loggedAtMs < last.firedAtMs + reentry.afterMs) return true;
    return fired.some(({ dueAtMs, lastArmAtMs }) => cart.atMs < dueAtMs || cart.atMs <= lastArmAtMs);
  }

  #live(key: string): readonly Happened[] {
    const orders = this.seen.filter(({ kind }) => kind === 'order');
    const arms = new Map(this.seen.filter((one) => one.kind === 'cart' && one.key === key).map((one) => [one.id, one]));
    return [...arms.values()]
      .filter(({ id }) => !this.#spent.has(id) && !this.#refused.has(id))
      .filter(({ atMs }) => !orders.some((order) => concerned(order.key, key) && order.atMs >= atMs))
      .sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1));
  }

  tick(nowMs: number): void {
    const { when } = this.#rule;
    const keyless = this.#live('').at(-1)?.atMs ?? Number.NEGATIVE_INFINITY;
    const due = ['', '7', '8'].flatMap((key) => {
      const arms = this.#live(key);
      const [first] = arms;
      const last = arms.at(-1);
      if (first === undefined || last === undefined) return [];
      const startMs = when.clock === 'restartsOnRepeat' ? Math.max(last.atMs, keyless) : first.atMs;
      const dueAtMs = Math.min(
        startMs + when.withinMs,
        first.atMs + (when.atLatestAfterMs ?? Number.POSITIVE_INFINITY),
      );
      return dueAtMs + when.graceMs <= nowMs ? [{ key, arms, first, last, dueAtMs }] : [];
    });
    for (const { key, arms, first, last, dueAtMs } of due.sort(
      (a, b) => a.dueAtMs - b.dueAtMs || (a.key < b.key ? -1 : 1),
    )) {
      for (const { id } of arms) this.#spent.add(id);
      this.firings.push({
        key,
        armedBy: first.id,
        dueAtMs,
        firedAtMs: nowMs,
        lastArmAtMs: last.atMs,
        withdrawnBy: null,
      });
    }
  }
}

const newPerson = ({ when, reentry }: Rule): OnePerson =>
  new OnePerson(playbookOf(triggerOf(when, { reentry, oncePer: ['properties.cart_id', 'person'] })));

const tell = (person: OnePerson, { kind, id, key, atMs, loggedAtMs }: Happened): void => {
  const name = kind === 'cart' ? 'Product Added' : 'Order Completed';
  person.sees({ name, id, atMs, loggedAtMs, properties: key === '' ? {} : { cart_id: key } });
};

const firingsOf = (person: OnePerson) =>
  person.proposals.map(({ instanceKey, causes, causedAtMs, proposedAtMs, candidateId }) => ({
    key: instanceKey,
    armedBy: causes[0],
    dueAtMs: causedAtMs,
    firedAtMs: proposedAtMs,
    withdrawnBy: person.withdrawals.find((one) => one.candidateId === candidateId)?.causeMessageId ?? null,
  }));

const END: Entry = { kind: 'tick', loggedAtMs: T0 + 3 * DAY };

describe('absence, against the whole history', () => {
  it('fires and takes back what the slow oracle says: late, repeated, keyless, with time told anywhere', () => {
    const ticks = fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 12 });
    fc.assert(
      fc.property(rules, happenings, ticks, (rule, events, minutes) => {
        const times: Entry[] = minutes.map((minute) => ({ kind: 'tick', loggedAtMs: T0 + minute * MINUTE + 1 }));
        const person = newPerson(rule);
        const oracle = new Oracle(rule);
        for (const entry of [...events, ...times, END].sort(byLog)) {
          if (entry.kind === 'tick') {
            person.reaches(entry.loggedAtMs);
            oracle.tick(entry.loggedAtMs);
          } else {
            tell(person, entry);
            oracle.meets(entry);
          }
        }
        const expected = oracle.firings.map(({ lastArmAtMs: _, ...firing }) => firing);
        expect(firingsOf(person)).toEqual(expected);
      }),
      { numRuns: 600 },
    );
  });

  it('whatever the order in which they arrive before the firing, the same fires under the same id', () => {
    const shuffled = happenings.chain((events) =>
      fc.record({
        events: fc.constant(events),
        other: fc.shuffledSubarray([...events], { minLength: events.length }),
      }),
    );
    fc.assert(
      fc.property(rules, shuffled, (rule, { events, other }) => {
        const ids = [events, other].map((order) => {
          const person = newPerson(rule);
          // All of it is logged, in this order, before time is told once.
          for (const one of order) tell(person, { ...one, loggedAtMs: T0 + 12 * HOUR });
          person.reaches(T0 + 2 * DAY);
          return person.proposals.map(({ firingId }) => firingId);
        });
        expect(ids[0]).toEqual(ids[1]);
      }),
      { numRuns: 600 },
    );
  });
});
