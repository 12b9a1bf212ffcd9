import type { ASTNode } from '@marcbachmann/cel-js';
import { STEPS_LEFT } from './budget.ts';
import { compileNode, type Evaluate } from './compile-node.ts';
import { costLimits } from './cost.ts';
import { isMacro } from './functions.ts';
import { partsOf, pathOf } from './nodes.ts';
import { parseExpression } from './parse.ts';
import { ReadsCollector } from './reads.ts';
import type { CompiledCondition, ConditionFault, ConditionScope } from './types.ts';

/** What a part of a condition saw. */
export interface SeenValue {
  /** As it is written: `profile.orderCount`. */
  readonly text: string;
  /** Plain JSON; null = unknown. */
  readonly value: unknown;
}

/** The smallest part of a condition that made it what it is. */
export interface ConditionPart {
  /** As it is written: `profile.orderCount == 1`. */
  readonly text: string;
  /** Where in the condition, in characters. */
  readonly start: number;
  readonly end: number;
  /** What the part is. Below a `!` a part that is true makes the condition false. */
  readonly holds: boolean;
  /** What it saw, in order of the text, without what is written out there (`1`). */
  readonly values: readonly SeenValue[];
}

/** Why a condition is true or false. */
export interface ConditionWhy {
  readonly value: boolean;
  readonly fault: ConditionFault | null;
  /**
   * The parts that decide: with these as they are, the condition is what it is, whatever the others are. Of an AND that is
   * false the first false operand, of an OR that is false all of them.
   */
  readonly parts: readonly ConditionPart[];
}

/** A part with all that is needed to ask it again. */
interface Node {
  readonly ast: ASTNode;
  readonly evaluate: Evaluate;
  readonly inner: readonly Node[];
  readonly seen: readonly { readonly text: string; readonly evaluate: Evaluate }[];
}

const WALKED: ReadonlySet<ASTNode['op']> = new Set(['&&', '||', '!_', '?:']);

/** Made once per condition that somebody asks about. A pure function of its text, so it changes no answer. */
const trees = new WeakMap<CompiledCondition, Node>();

/**
 * Evaluates a condition once more, part by part, for a person who asks why. It never disagrees with
 * `condition.evaluateDetailed`; nothing that decides calls it.
 */
export function explainCondition(condition: CompiledCondition, scope: ConditionScope): ConditionWhy {
  const { value, fault } = condition.evaluateDetailed(scope);
  if (fault !== null) return { value, fault, parts: [] };
  const tree = treeOf(condition);
  // One that could not be compiled is switched off: there is nothing in it to look at.
  if (tree === null) return { value, fault, parts: [wholeOf(condition)] };
  return { value, fault, parts: decidingParts(tree, value, scope) };
}

const wholeOf = ({ text }: CompiledCondition): ConditionPart => ({
  text,
  start: 0,
  end: text.length,
  holds: false,
  values: [],
});

function treeOf(condition: CompiledCondition): Node | null {
  const known = trees.get(condition);
  if (known !== undefined) return known;
  try {
    const tree = nodeOf(parseExpression(condition.text));
    trees.set(condition, tree);
    return tree;
  } catch {
    return null;
  }
}

const compiled = (ast: ASTNode): Evaluate => compileNode(ast, { reads: new ReadsCollector(), locals: [] });

function nodeOf(ast: ASTNode): Node {
  const inner = WALKED.has(ast.op) ? operandsOf(ast).map(nodeOf) : [];
  const seen = inner.length > 0 ? [] : seenBy(ast).map((one) => ({ text: textOf(one), evaluate: compiled(one) }));
  return { ast, evaluate: compiled(ast), inner, seen };
}

function operandsOf(ast: ASTNode): readonly ASTNode[] {
  if (ast.op === '!_') return [ast.args];
  return ast.op === '&&' || ast.op === '||' || ast.op === '?:' ? ast.args : [];
}

/** Ends are those of the last token: the parser counts the blanks behind it in. */
const textOf = ({ input, start, end }: ASTNode): string => input.slice(start, end).trimEnd();

function decidingParts(node: Node, holds: boolean, scope: ConditionScope): readonly ConditionPart[] {
  const { ast, inner } = node;
  const [first, second, third] = inner;
  if (first === undefined) return [partOf(node, holds, scope)];
  if (ast.op === '!_') return decidingParts(first, !holds, scope);
  if (second === undefined) return [partOf(node, holds, scope)];
  if (ast.op === '?:' && third !== undefined) {
    const test = isTrue(first, scope);
    return [...decidingParts(first, test, scope), ...decidingParts(test ? second : third, holds, scope)];
  }
  // An AND that holds, or an OR that does not, is decided by both; the others by the first that is as the whole is.
  if (holds === (ast.op === '&&'))
    return [...decidingParts(first, holds, scope), ...decidingParts(second, holds, scope)];
  return decidingParts(isTrue(first, scope) === holds ? first : second, holds, scope);
}

/** Each part has what the whole may take, which has kept to it. */
function freshFrame(): unknown[] {
  const frame: unknown[] = [];
  frame[STEPS_LEFT] = costLimits.steps;
  return frame;
}

const isTrue = ({ evaluate }: Node, scope: ConditionScope): boolean => evaluate(scope, freshFrame()) === true;

function partOf({ ast, seen }: Node, holds: boolean, scope: ConditionScope): ConditionPart {
  const text = textOf(ast);
  const values = seen.map((one) => ({ text: one.text, value: one.evaluate(scope, freshFrame()) ?? null }));
  return { text, start: ast.start, end: ast.start + text.length, holds, values };
}

/** Both sides of a comparison, as far as they are not written out; of anything else the fields that it reads. */
function seenBy(ast: ASTNode): readonly ASTNode[] {
  const sides = comparedBy(ast).flatMap((side) => (isComputed(side) ? [side, ...readsIn(side)] : readsIn(side)));
  return firstOfEach(sides.length > 0 ? sides : readsIn(ast));
}

const COMPARING: ReadonlySet<ASTNode['op']> = new Set(['==', '!=', '<', '<=', '>', '>=', 'in']);

const comparedBy = (ast: ASTNode): readonly ASTNode[] =>
  COMPARING.has(ast.op) ? (ast.args as readonly ASTNode[]) : [];

/** Neither written out nor a field: `size(properties.items)`. */
const isComputed = (ast: ASTNode): boolean => readsIn(ast).some((read) => read !== ast) && ast.op !== 'list';

function firstOfEach(nodes: readonly ASTNode[]): readonly ASTNode[] {
  const texts = nodes.map(textOf);
  return nodes.filter((node, at) => texts.indexOf(textOf(node)) === at);
}

/** The longest fields that an expression reads. What hangs on a loop's own variable is seen with its list. */
function readsIn(ast: ASTNode): readonly ASTNode[] {
  switch (ast.op) {
    case 'value':
      return [];
    case 'id':
    case '.':
    case '[]':
      // A computed key (`counters[event.name]`) reads the field that it names.
      return pathOf(ast, []) === undefined ? seenParts(ast).flatMap(readsIn) : [ast];
    default:
      return seenParts(ast).flatMap(readsIn);
  }
}

/** Of a walk through a list the list: what is asked of its elements is no part of the whole. */
const seenParts = (ast: ASTNode): readonly ASTNode[] =>
  ast.op === 'rcall' && isMacro(ast.args[0]) ? [ast.args[1]] : partsOf(ast);

const MAX_SHOWN = 80;

/** A value as a person reads it: `3`, `"gold"`, `unknown`; long ones are cut. */
export function showValue(value: unknown): string {
  if (value === null || value === undefined) return 'unknown';
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN - 1)}…` : text;
}

/** A part as a sentence: `profile.orderCount == 1 is not true: profile.orderCount was 3`. */
export function showPart({ text, holds, values }: ConditionPart): string {
  const seen = values.map((one) => `${one.text} was ${showValue(one.value)}`).join(', ');
  return `${text} is ${holds ? 'true' : 'not true'}${seen === '' ? '' : `: ${seen}`}`;
}
