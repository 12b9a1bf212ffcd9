import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkCondition, compileCondition } from './condition.ts';
import { type ConditionLeaf, type ConditionOp, type ConditionTree, conditionOps, conditionTextOf } from './tree.ts';
import { conditionTreeOf } from './tree-of.ts';
import type { ConditionScope } from './types.ts';

const text = fc.oneof(fc.constantFrom('', 'a', 'Ann', 'gold', 'a"b\\c\n\u2028\u0007é'), fc.string());
const number = fc.oneof(
  fc.constantFrom(0, 1, 2.5, -3, 1e21, -1e-9, 2 ** 53, 5e-324, 100),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const value = fc.oneof(text, number, fc.boolean(), fc.constant(null));
const field = fc.constantFrom(
  'profile.orderCount',
  'profile.traits.plan',
  'profile.traits.odd name',
  'profile.traits.in',
  'properties.a.b.c',
  'properties',
  'now',
  'event.name',
);
const listField = fc.constantFrom('segments', 'profile.traits.tags', 'sends.a.b-c');
const opsThat = (takes: string) =>
  (Object.keys(conditionOps) as ConditionOp[]).filter((op) => conditionOps[op].takes === takes);
const comparisons = opsThat('any').filter((op) => op === '==' || op === '!=');
const leaf: fc.Arbitrary<ConditionLeaf> = fc.oneof(
  fc.record({ field, op: fc.constantFrom(...comparisons), value }),
  fc.record({ field: listField, op: fc.constantFrom<ConditionOp>('has', 'hasNot'), value }),
  fc.record({ field, op: fc.constantFrom(...opsThat('ordered')), value: fc.oneof(text, number) }),
  fc.record({ field, op: fc.constantFrom(...opsThat('text')), value: text }),
  fc.record({ field, op: fc.constantFrom(...opsThat('list')), value: fc.array(value, { minLength: 1, maxLength: 4 }) }),
  fc.record({ field, op: fc.constantFrom(...opsThat('nothing')) }),
);
const { tree } = fc.letrec<{ tree: ConditionTree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((all) => ({ all })),
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((any) => ({ any })),
    tie('tree').map((not) => ({ not })),
  ),
}));

const known = fc.oneof(value, fc.constantFrom('gold', 'Ann', 100));
const scope = fc.record({
  profile: fc.record({
    orderCount: known,
    traits: fc.record({
      plan: known,
      'odd name': known,
      in: known,
      tags: fc.oneof(known, fc.array(value, { maxLength: 3 })),
    }),
  }),
  properties: fc.oneof(fc.constant(null), fc.record({ a: fc.oneof(known, fc.record({ b: fc.record({ c: known }) })) })),
  segments: fc.subarray(['gold', 'a']),
  event: fc.record({ name: text }),
  sends: fc.record({ 'a.b-c': known }),
  now: fc.oneof(fc.constant(null), fc.constantFrom(100, 2.5)),
}) as fc.Arbitrary<ConditionScope>;

/** What a tree means, told once more without any text: the oracle. */
function holds(of: ConditionTree, at: ConditionScope): boolean {
  if (typeof of === 'string') return compileCondition(of).evaluate(at);
  if ('all' in of) return of.all.every((one) => holds(one, at));
  if ('any' in of) return of.any.some((one) => holds(one, at));
  if ('not' in of) return !holds(of.not, at);
  return compares(of, read(of.field, at));
}

function read(path: string, at: ConditionScope): unknown {
  const [root = '', ...names] = path.startsWith('sends.') ? ['sends', path.slice(6)] : path.split('.');
  let found: unknown = (at as Record<string, unknown>)[root];
  for (const name of names) {
    const isOwn = typeof found === 'object' && found !== null && !Array.isArray(found) && Object.hasOwn(found, name);
    found = isOwn ? (found as Record<string, unknown>)[name] : null;
  }
  return found ?? null;
}

function compares({ op, value: asked = null }: ConditionLeaf, is: unknown): boolean {
  const isText = typeof is === 'string' && typeof asked === 'string';
  const isOrdered = isText || (typeof is === 'number' && typeof asked === 'number');
  switch (op) {
    case '==':
      return is === asked;
    case '!=':
      return is !== asked;
    case '<':
      return isOrdered && (is as number) < (asked as number);
    case '<=':
      return isOrdered && (is as number) <= (asked as number);
    case '>':
      return isOrdered && (is as number) > (asked as number);
    case '>=':
      return isOrdered && (is as number) >= (asked as number);
    case 'in':
      return (asked as unknown[]).includes(is);
    case 'notIn':
      return !(asked as unknown[]).includes(is);
    case 'has':
      return Array.isArray(is) && is.includes(asked);
    case 'hasNot':
      return !(Array.isArray(is) && is.includes(asked));
    case 'contains':
      return isText && is.includes(asked);
    case 'startsWith':
      return isText && is.startsWith(asked);
    case 'endsWith':
      return isText && is.endsWith(asked);
    case 'exists':
      return is !== null;
    case 'missing':
      return is === null;
  }
}

it('means the same as a tree and as its text', () => {
  const seen = new Set<boolean>();
  fc.assert(
    fc.property(tree, scope, (of, at) => {
      const answer = compileCondition(conditionTextOf(of)).evaluateDetailed(at);
      seen.add(answer.value);
      expect(answer).toEqual({ value: holds(of, at), fault: null });
    }),
    { numRuns: 3_000 },
  );
  expect(seen.size).toBe(2);
});

it('comes back from its text as a tree of the same text, with nothing left as text', () => {
  const hasText = (of: ConditionTree): boolean =>
    typeof of === 'string' ||
    ('all' in of ? of.all.some(hasText) : 'any' in of ? of.any.some(hasText) : 'not' in of && hasText(of.not));
  fc.assert(
    fc.property(tree, scope, (of, at) => {
      const back = conditionTreeOf(conditionTextOf(of));
      expect(hasText(back)).toBe(false);
      expect(holds(back, at)).toBe(holds(of, at));
      // From then on it stays as it is.
      expect(conditionTreeOf(conditionTextOf(back))).toEqual(back);
    }),
    { numRuns: 1_000 },
  );
});

it('keeps the meaning of any text, with parts as text that no tree can say', () => {
  const part = fc.constantFrom(
    'profile.orderCount > 3',
    '3 < profile.orderCount',
    'profile.traits.plan == "gold"',
    'profile.traits["odd name"] != null',
    'size(profile.traits.tags) > 1',
    'profile.traits.plan in ["gold", "Ann"]',
    '"gold" in segments',
    'profile.traits.plan.lowerAscii() == "gold"',
    'profile.orderCount + 1 > now',
    'segments.exists(s, s == "a")',
    'profile.traits.plan == event.name',
    'properties.a.b.c == -5',
  );
  const { any } = fc.letrec<{ any: string }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      part,
      fc.tuple(tie('any'), fc.constantFrom('&&', '||'), tie('any')).map(([a, op, b]) => `(${a}) ${op} (${b})`),
      tie('any').map((one) => `!(${one})`),
    ),
  }));
  fc.assert(
    fc.property(any, scope, (written, at) => {
      if (checkCondition(written).length > 0) return;
      const back = conditionTextOf(conditionTreeOf(written));
      expect(compileCondition(back).evaluateDetailed(at).value).toBe(
        compileCondition(written).evaluateDetailed(at).value,
      );
    }),
    { numRuns: 1_500 },
  );
});

it('takes long lists of parts, and says what it is where they are too many', () => {
  const all = Array.from({ length: 80 }, (_, at) => ({ field: 'profile.orderCount', op: '!=' as const, value: at }));
  expect(checkCondition(conditionTextOf({ all }))).toEqual([]);
  const tooMany = Array.from({ length: 3 }, () => ({ all }));
  expect(checkCondition(conditionTextOf({ any: tooMany }))).toMatchObject([{ code: 'TOO_LARGE' }]);
});
