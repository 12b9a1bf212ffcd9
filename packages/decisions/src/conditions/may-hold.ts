import type { ASTNode } from '@marcbachmann/cel-js';
import { compileNode } from './compile-node.ts';
import { fixedPathOf } from './nodes.ts';
import { parseExpression } from './parse.ts';
import { ReadsCollector } from './reads.ts';
import type { ConditionScope } from './types.ts';

/**
 * Whether conditions may be true together, of one person and event. A no is proven: for some value that they ask for, no
 * value fits all of them. A yes only says that nothing speaks against it.
 */
export function mayHoldTogether(texts: readonly (string | null)[]): boolean {
  const askedOf = new Map<string, Asked>();
  for (const text of texts) {
    if (text === null) continue;
    for (const part of partsOf(text)) {
      const asked = askOf(part);
      if (asked === null) continue;
      const known = askedOf.get(asked.about);
      if (known === undefined) askedOf.set(asked.about, asked);
      else askedOf.set(asked.about, both(known, asked));
    }
  }
  return [...askedOf.values()].every(isPossible);
}

/** What parts of conditions ask of one value. */
interface Asked {
  /** The path of the value, such as `profile.traits.plan`, or a segment. */
  readonly about: string;
  readonly tests: readonly ((scope: ConditionScope) => unknown)[];
  readonly literals: ReadonlySet<unknown>;
  readonly scopeWith: (value: unknown) => ConditionScope;
}

const both = (a: Asked, b: Asked): Asked => ({
  ...a,
  tests: [...a.tests, ...b.tests],
  literals: new Set([...a.literals, ...b.literals]),
});

/** Values of which at least one fits whenever any does: the ones that are named, and some between and beside them. */
function isPossible({ tests, literals, scopeWith }: Asked): boolean {
  const numbers = [...literals].filter((one): one is number => typeof one === 'number').sort((a, b) => a - b);
  const texts = [...literals].filter((one): one is string => typeof one === 'string');
  const between = numbers.map((one, at) => (at === 0 ? one - 1 : (one + (numbers[at - 1] ?? one)) / 2));
  const values = [
    ...[null, true, false, '', [], {}],
    ...literals,
    ...between,
    (numbers.at(-1) ?? 0) + 1,
    // Behind each text, and one that nobody named.
    ...texts.map((text) => `${text}\u0001`),
    '\uffff',
  ];
  return values.some((value) => {
    const scope = scopeWith(value);
    return tests.every((test) => isTrue(test, scope));
  });
}

/** What cannot be answered is no proof: it counts as possible. */
function isTrue(test: (scope: ConditionScope) => unknown, scope: ConditionScope): boolean {
  try {
    return test(scope) === true;
  } catch {
    return false;
  }
}

/** The parts that must all hold; none of a text that is no expression. */
function partsOf(text: string): readonly ASTNode[] {
  try {
    return conjuncts(parseExpression(text));
  } catch {
    return [];
  }
}

const conjuncts = (node: ASTNode): readonly ASTNode[] =>
  node.op === '&&' ? node.args.flatMap((part) => conjuncts(part)) : [node];

/** Null for a part that asks for more than one value, or in a way of which too little is known. */
function askOf(node: ASTNode): Asked | null {
  const found: Found = { abouts: new Set(), literals: new Set(), isPlain: true };
  look(node, found);
  const [about] = found.abouts;
  if (!found.isPlain || found.abouts.size !== 1 || about === undefined) return null;
  const evaluate = compileNode(node, { reads: new ReadsCollector(), locals: [] });
  return {
    about,
    tests: [(scope) => evaluate(scope, [])],
    literals: found.literals,
    scopeWith: about.startsWith(SEGMENT)
      ? (value) => ({ segments: value === true ? [about.slice(SEGMENT.length)] : [] })
      : (value) => nested(about.split('\u0000'), value) as ConditionScope,
  };
}

const SEGMENT = 'segment\u0000';

const nested = (path: readonly string[], value: unknown): unknown =>
  path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);

interface Found {
  readonly abouts: Set<string>;
  readonly literals: Set<unknown>;
  isPlain: boolean;
}

function addLiteral(written: unknown, { literals }: Found): void {
  const value = typeof written === 'bigint' ? Number(written) : written;
  literals.add(value);
  if (typeof value === 'number') literals.add(-value);
}

/** Operators through which a value is compared as it is; what a function makes of it has other limits than the literals. */
const PLAIN: ReadonlySet<ASTNode['op']> = new Set(['==', '!=', '<', '<=', '>', '>=', '&&', '||', '!_', '-_']);

function look(node: ASTNode, found: Found): void {
  if (node.op === 'value') addLiteral(node.args, found);
  else if (node.op === '.' || node.op === '[]') lookAtPath(node, found);
  else if (node.op === 'in') lookAtMembership(node.args, found);
  else if (PLAIN.has(node.op)) {
    const inner = Array.isArray(node.args) ? (node.args as ASTNode[]) : [node.args as ASTNode];
    for (const one of inner) look(one, found);
  } else found.isPlain = false;
}

/** `x in ["a", "b"]`, or `"vip" in segments`; a list that is a value itself is none of those tried. */
function lookAtMembership([value, list]: readonly [ASTNode, ASTNode], found: Found): void {
  if (list.op === 'id' && list.args === 'segments' && value.op === 'value' && typeof value.args === 'string') {
    found.abouts.add(`${SEGMENT}${value.args}`);
  } else if (list.op === 'list') for (const one of [value, ...list.args]) look(one, found);
  else found.isPlain = false;
}

function lookAtPath(node: ASTNode, found: Found): void {
  const fixed = fixedPathOf(node);
  if (fixed === undefined || fixed.path.length === 0) found.isPlain = false;
  else found.abouts.add([fixed.variable, ...fixed.path].join('\u0000'));
}
