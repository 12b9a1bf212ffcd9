import { expect, it } from '@jest/globals';
import {
  type CompiledPlaybook,
  compilePlaybook,
  type DetectState,
  detect,
  detectTime,
  type Fact,
  mergeDetect,
  type TriggerDefinition,
  TriggerStates,
} from '@kairos/decisions';
import fc from 'fast-check';
import { detectStateCodec } from './adapters/flat-state-codec.ts';
import { eventOf, HOUR, T0, trigger } from './detecting.fixture.ts';

const named = (...names: readonly string[]) => names.map((name) => ({ name, where: null }));
const MESSAGE = { send: 'message' } as const;
const quiet = (id: string, hours: number, more: Partial<TriggerDefinition> = {}) =>
  trigger(id, { when: { type: 'inactivity', events: null, forMs: hours * HOUR }, ...MESSAGE, ...more });
const left = (id: string, added: string, more: Partial<TriggerDefinition> = {}) =>
  trigger(id, {
    when: {
      type: 'absence',
      events: named(added),
      butNot: named('Order Completed'),
      withinMs: 2 * HOUR,
      clock: 'restartsOnRepeat',
      atLatestAfterMs: null,
      graceMs: 0,
    },
    ...MESSAGE,
    ...more,
  });
const plan = (id: string, more: Partial<TriggerDefinition> = {}, to: string | null = null) =>
  trigger(id, { when: { type: 'profileChange', path: 'traits.plan', from: null, to }, ...MESSAGE, ...more });

/** What is no yes or no cannot be joined to anything. */
const FAILS_WITH_CART = 'properties.cart && properties.total > 1';

/** Many that remember alike, and some that do not; in order of id. */
const RULES: readonly TriggerDefinition[] = [
  left('added', 'Product Added'),
  left('added-by-cart', 'Product Added', { oncePer: ['properties.cart', 'person'] }),
  left('added-by-cart-too', 'Product Added', { oncePer: ['properties.cart', 'person'] }),
  left('added-until-feedback', 'Product Added', { cancelOn: named('Feedback Given') }),
  left('added-when-dear', 'Product Added', {
    cancelOn: [{ name: 'Order Completed', where: 'properties.cart == "b"' }],
  }),
  left('added-goal', 'Product Added', {
    goal: { event: { name: 'Order Completed', where: 'properties.cart == "b"' }, withinMs: 9 * HOUR, value: null },
  }),
  left('added-goal-that-fails', 'Product Added', {
    goal: { event: { name: 'Order Completed', where: FAILS_WITH_CART }, withinMs: 9 * HOUR, value: null },
  }),
  left('viewed', 'Page Viewed'),
  left('viewed-twice', 'Page Viewed', { reentry: { kind: 'after', afterMs: 30 * HOUR } }),
  plan('plan-any'),
  plan('plan-gold', {}, 'profile.traits.plan == "gold"'),
  plan('plan-once', { reentry: { kind: 'never' } }),
  plan('plan-until-order', { cancelOn: named('Order Completed') }),
  quiet('quiet', 3),
  quiet('quiet-goal', 5, { goal: { event: named('Order Completed')[0] as never, withinMs: 9 * HOUR, value: null } }),
  quiet('quiet-long', 30),
  quiet('quiet-never-again', 4, { reentry: { kind: 'never' } }),
  quiet('quiet-until-order', 6, { cancelOn: named('Order Completed') }),
  quiet('quiet-unless', 3, {
    unless: { events: named('Feedback Given'), until: named('Page Viewed'), atMostMs: 9 * HOUR },
  }),
  trigger('viewed-thrice', {
    when: {
      type: 'count',
      events: named('Page Viewed'),
      of: 'count',
      value: null,
      atLeast: 3,
      window: { kind: 'rolling', ms: 8 * HOUR },
    },
    cancelOn: named('Order Completed'),
    ...MESSAGE,
  }),
  trigger('fed-back', { when: { type: 'event', events: named('Feedback Given') }, ...MESSAGE }),
].sort((a, b) => (a.id < b.id ? -1 : 1));

const FACTS_OF = 'a fact of no trigger';
const idOf = (fact: Fact, known: ReadonlyMap<string, string>): string => {
  if (fact.kind === 'detected') return fact.detected.triggerId;
  if (fact.kind === 'proposed') return fact.proposal.triggerId;
  return fact.kind === 'withdrawn' ? (known.get(fact.withdrawal.candidateId) ?? FACTS_OF) : FACTS_OF;
};

/** Never fires; where there is a date, the profile as it stands is remembered with whatever else is. */
const following = trigger('zz-follows', {
  when: {
    type: 'date',
    of: 'properties',
    path: 'day',
    events: named('Never Done'),
    yearly: false,
    offsetDays: 0,
    atWallMs: 0,
  },
});

const playbookOf = (definitions: readonly TriggerDefinition[]): CompiledPlaybook =>
  compilePlaybook({ version: 'v1', offset: 0, timeScale: 1, definitions: [...definitions, following] });

type Change = 'live' | 'paused' | 'gone' | 'another';

/** A rule as a later playbook has it: most stay; some are paused, gone, or ask for another kind of activity. */
const changed = (rule: TriggerDefinition, change: Change): readonly TriggerDefinition[] => {
  if (change === 'gone') return [];
  if (change === 'paused') return [{ ...rule, status: 'paused' }];
  if (change === 'live' || rule.when.type !== 'inactivity') return [rule];
  return [{ ...rule, when: { ...rule.when, events: named('Page Viewed') } }];
};

interface Step {
  readonly does: 'sees' | 'reaches' | 'switches' | 'merges';
  readonly name: string;
  readonly hours: number;
  readonly late: number;
  readonly cart: string | null;
  readonly plan: string | null;
  readonly who: number;
  readonly changes: readonly Change[];
}

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    does: fc.constantFrom('sees', 'sees', 'sees', 'sees', 'sees', 'sees', 'reaches', 'reaches', 'switches', 'merges'),
    name: fc.constantFrom(
      ...['Page Viewed', 'Product Added', 'Product Added', 'Order Completed', 'Order Completed', 'Feedback Given'],
      ...['Something Else', 'SMS Delivered', 'Profile Set'],
    ),
    hours: fc.integer({ min: 0, max: 4 }),
    late: fc.constantFrom(0, 0, 0, 1, 5, 23, 40),
    cart: fc.constantFrom(null, 'a', 'b'),
    plan: fc.constantFrom(null, 'basic', 'basic', 'gold'),
    who: fc.nat({ max: 1 }),
    changes: fc.array(fc.constantFrom<Change>('live', 'live', 'live', 'live', 'paused', 'gone', 'another'), {
      minLength: RULES.length,
      maxLength: RULES.length,
    }),
  }),
  { minLength: 5, maxLength: 40 },
);

/** What is remembered of two persons who may turn out to be one, under rules that are carried out together. */
class House {
  readonly #states: (DetectState | undefined)[] = [undefined, undefined];
  readonly #kept: (state: DetectState) => DetectState;
  #playbook: CompiledPlaybook;
  #timeMs = -1;

  constructor(rules: readonly TriggerDefinition[], kept: (state: DetectState) => DetectState) {
    this.#playbook = playbookOf(rules);
    this.#kept = kept;
  }

  /** What is said of it, and remembered of each person. */
  meets(step: Step, at: { readonly nowMs: number; readonly id: string; readonly rules: readonly TriggerDefinition[] }) {
    const facts = this.#facts(step, at);
    return { facts, remembered: this.#states.map((state) => TriggerStates.of(state?.triggers).toJSON()) };
  }

  #facts({ does, who, ...step }: Step, at: Parameters<House['meets']>[1]): readonly Fact[] {
    const [playbook, timeMs] = [this.#playbook, this.#timeMs];
    if (does === 'switches') this.#playbook = playbookOf(at.rules);
    if (does === 'sees') {
      const event = eventOf({
        personId: `user:${who}`,
        name: step.name,
        messageId: at.id,
        occurredAtMs: at.nowMs - step.late * HOUR,
        loggedAtMs: at.nowMs,
        receivedAtMs: at.nowMs,
        properties: JSON.stringify({ cart: step.cart ?? undefined }),
        profile: JSON.stringify({ traits: { plan: step.plan ?? undefined } }),
      });
      return this.#keep(who, detect(this.#states[who], event, { playbook, timeMs, traceparent: at.id }));
    }
    if (does === 'reaches') {
      this.#timeMs = at.nowMs;
      return this.#states.flatMap((state, person) =>
        state === undefined
          ? []
          : this.#keep(person, detectTime(state, `user:${person}`, { playbook, timeMs: at.nowMs })),
      );
    }
    if (does !== 'merges') return [];
    const [into, from] = [this.#states[who], this.#states[1 - who]];
    // As it goes through the door; who is known to no rule comes as well, since another rule may know that person.
    const patterns = JSON.parse(JSON.stringify(from ?? NOBODY)) as DetectState;
    this.#states[1 - who] = undefined;
    const where = { personId: `user:${who}`, linkedAtMs: at.nowMs, profile: '{}', segments: [] };
    return this.#keep(who, mergeDetect(into, patterns, { ...where, playbook, timeMs }));
  }

  #keep(who: number, { state, facts }: { readonly state: DetectState | undefined; readonly facts: readonly Fact[] }) {
    this.#states[who] = state === undefined ? undefined : this.#kept(state);
    return facts;
  }
}

const NOBODY: DetectState = { triggers: {}, profile: '{}', segments: [] };
const asJson = (state: DetectState): DetectState => JSON.parse(JSON.stringify(state)) as DetectState;
const asBytes = (state: DetectState): DetectState =>
  detectStateCodec.decode(detectStateCodec.encode(state)) as DetectState;
const asItIs = (state: DetectState): DetectState => state;

it('what is remembered once is what each trigger alone would remember, and the same comes of it', () => {
  fc.assert(
    fc.property(
      steps,
      fc.array(fc.boolean(), { minLength: RULES.length, maxLength: RULES.length }),
      (story, chosen) => {
        const rules = RULES.filter((_, at) => chosen[at]);
        // One rule of a playbook shares with nobody, and what it remembers comes back as JSON, where nothing is shared.
        const alone = rules.map((rule) => ({ rule, house: new House([rule], asJson) }));
        const together = [asBytes, asItIs].map((kept) => new House(rules, kept));
        const known = new Map<string, string>();
        let nowMs = T0;
        for (const [number, step] of story.entries()) {
          nowMs += step.hours * HOUR;
          const id = `m${String(number).padStart(3, '0')}`;
          const after = (rule: TriggerDefinition) => changed(rule, step.changes[RULES.indexOf(rule)] ?? 'live');
          const expected = alone.map(({ rule, house }) => house.meets(step, { nowMs, id, rules: after(rule) }));
          const facts = expected.flatMap((one) => one.facts);
          for (const fact of facts)
            if (fact.kind === 'proposed') known.set(fact.proposal.candidateId, fact.proposal.triggerId);
          const remembered = [0, 1].map((person) =>
            Object.assign({}, ...expected.map((one) => one.remembered[person])),
          );
          for (const house of together) {
            const met = house.meets(step, { nowMs, id, rules: rules.flatMap(after) });
            const bySeveral = (list: readonly Fact[]) =>
              alone.map(({ rule }) => list.filter((fact) => idOf(fact, known) === rule.id));
            expect(bySeveral(met.facts)).toEqual(bySeveral(facts));
            expect(met.facts).toHaveLength(facts.length);
            // An event is told to triggers in order of their ids, so what each says stands one behind the other.
            if (step.does === 'sees') expect(met.facts).toEqual(facts);
            expect(met.remembered).toEqual(remembered);
          }
        }
      },
    ),
    { numRuns: 400 },
  );
});
