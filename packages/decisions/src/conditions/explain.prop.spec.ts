import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileCondition } from './condition.ts';
import { explainCondition } from './explain.ts';
import type { ConditionScope } from './types.ts';

/** A condition as a tree, so that its leaves can be put by others: what it is, and how it is written. */
type Tree =
  | { readonly leaf: string; readonly at: number }
  | { readonly op: '&&' | '||' | '!' | '?'; readonly of: readonly Tree[] };

const leaves = fc.constantFrom(
  'profile.orderCount > 1',
  'profile.orderCount == properties.total',
  'properties.total <= profile.orderCount * 2',
  'profile.firstName == "Ann"',
  '"vip" in segments',
  'properties.gift',
  'size(properties.items) > 1',
  'properties.items.exists(i, i > 1)',
  'profile.firstName.startsWith("A")',
  'has(profile.traits.plan)',
);
let count = 0;
const { tree } = fc.letrec<{ tree: Tree; leaf: Tree }>((tie) => ({
  leaf: leaves.map((leaf): Tree => {
    count += 1;
    return { leaf, at: count };
  }),
  tree: fc.oneof(
    { maxDepth: 5 },
    tie('leaf'),
    fc.tuple(fc.constantFrom('&&', '||'), tie('tree'), tie('tree')).map(([op, a, b]): Tree => ({ op, of: [a, b] })),
    tie('tree').map((one): Tree => ({ op: '!', of: [one] })),
    fc.tuple(tie('tree'), tie('tree'), tie('tree')).map((of): Tree => ({ op: '?', of })),
  ),
}));

const values: fc.Arbitrary<ConditionScope> = fc.record({
  profile: fc.record({
    orderCount: fc.option(fc.integer({ min: 0, max: 3 })),
    firstName: fc.constantFrom('Ann', 'Bob', null),
    traits: fc.constantFrom({}, { plan: 'gold' }),
  }),
  properties: fc.record({
    total: fc.option(fc.integer({ min: 0, max: 4 })),
    gift: fc.constantFrom(true, false, null),
    items: fc.constantFrom([], [1], [1, 2], null),
  }),
  segments: fc.constantFrom([], ['vip']),
});

interface Written {
  readonly text: string;
  /** Where each leaf begins. */
  readonly starts: readonly { readonly start: number; readonly leaf: Tree }[];
}

/** Writes a tree; `leafText` may put another text in a leaf's place. */
function write(of: Tree, leafText: (leaf: Tree & { leaf: string }) => string): Written {
  const starts: { start: number; leaf: Tree }[] = [];
  let text = '';
  const put = (one: Tree): void => {
    if ('leaf' in one) {
      starts.push({ start: text.length, leaf: one });
      text += leafText(one);
      return;
    }
    const [a, b, c] = one.of;
    text += one.op === '!' ? '!(' : '((';
    if (a !== undefined) put(a);
    text += ')';
    for (const [more, sign] of [
      [b, one.op === '?' ? ' ? ' : ` ${one.op} `],
      [c, ' : '],
    ] as const) {
      if (more === undefined) continue;
      text += `${sign}(`;
      put(more);
      text += ')';
    }
    if (one.op !== '!') text += ')';
  };
  put(of);
  return { text, starts };
}

it('is what the evaluator says, and names parts that decide it whatever the others are', () => {
  fc.assert(
    fc.property(tree, values, fc.infiniteStream(fc.boolean()), (of, scope, other) => {
      const { text, starts } = write(of, ({ leaf }) => leaf);
      const condition = compileCondition(text);
      const told = explainCondition(condition, scope);
      expect({ value: told.value, fault: told.fault }).toEqual(condition.evaluateDetailed(scope));
      if (told.fault !== null) return;
      expect(told.parts.length).toBeGreaterThan(0);
      const decided = new Map<Tree, boolean>();
      for (const part of told.parts) {
        expect(text.slice(part.start, part.end)).toBe(part.text);
        expect(compileCondition(part.text).evaluate(scope)).toBe(part.holds);
        const found = starts.find(({ start }) => start === part.start);
        expect(found).toBeDefined();
        if (found !== undefined) decided.set(found.leaf, part.holds);
        for (const seen of part.values) expect(JSON.stringify(seen.value)).not.toBe(undefined);
      }
      const answer = (leaf: Tree): string => String(decided.get(leaf) ?? other.next().value);
      expect(compileCondition(write(of, answer).text).evaluate(scope)).toBe(told.value);
    }),
    { numRuns: 2_000 },
  );
});
