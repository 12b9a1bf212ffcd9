import type { ASTNode } from '@marcbachmann/cel-js';
import { ConditionError } from './fault.ts';
import { fixedPathOf, pathOf } from './nodes.ts';
import { parseExpression } from './parse.ts';
import type { ConditionScope } from './types.ts';
import { fieldOf, propertyOf } from './values.ts';

/** What must be so for a condition to be true; it may ask for more. */
export interface Needed {
  readonly kind: 'value' | 'segment';
  /** Where the value stands, such as `properties.category`; `segments`. */
  readonly path: string;
  /** Text, number or boolean: what `read` must answer. Of a segment its id. */
  readonly value: unknown;
  read(scope: ConditionScope): unknown;
}

const VALUES = ['properties', 'profile'] as const;

/**
 * The value without which a condition cannot be true: of `a && b` either side's. Null where there is none that can be looked
 * up. Of several the first of the properties, which are told apart best; what all persons share comes last.
 */
export function neededOf(text: string): Needed | null {
  const all = neededParts(text);
  return all.find(({ path }) => path.startsWith('properties.')) ?? all.find(isSegment) ?? all[0] ?? null;
}

/** What is no expression was reported when it was compiled, and is never true. */
function neededParts(text: string): readonly Needed[] {
  try {
    return conjuncts(parseExpression(text)).flatMap((node) => neededIn(node) ?? []);
  } catch (error) {
    if (error instanceof ConditionError) return [];
    throw error;
  }
}

const isSegment = ({ kind }: Needed): boolean => kind === 'segment';

const conjuncts = (node: ASTNode): readonly ASTNode[] =>
  node.op === '&&' ? [...conjuncts(node.args[0]), ...conjuncts(node.args[1])] : [node];

function neededIn(node: ASTNode): Needed | null {
  if (node.op === '==') return equality(node.args[0], node.args[1]) ?? equality(node.args[1], node.args[0]);
  if (node.op !== 'in') return null;
  const [value, list] = [literalOf(node.args[0]), pathOf(node.args[1], [])];
  if (typeof value !== 'string' || list?.variable !== 'segments' || list.path.length > 0) return null;
  return { kind: 'segment', path: 'segments', value, read: ({ segments }) => segments };
}

function equality(of: ASTNode, to: ASTNode): Needed | null {
  const value = literalOf(to);
  const place = value === undefined ? undefined : fixedPathOf(of);
  const variable = VALUES.find((name) => name === place?.variable);
  if (place === undefined || variable === undefined || place.path.length === 0) return null;
  const { path } = place;
  return {
    kind: 'value',
    path: [variable, ...path].join('.'),
    value,
    read: (scope) => {
      const [first = '', ...below] = path;
      let at = variable === 'properties' ? propertyOf(scope, first) : fieldOf(scope[variable], first);
      for (const name of below) at = fieldOf(at, name);
      return at;
    },
  };
}

/** Undefined for what is no text, number or boolean: null is equal to what is not there. */
function literalOf(node: ASTNode): unknown {
  if (node.op !== 'value') return undefined;
  const value = typeof node.args === 'bigint' ? Number(node.args) : node.args;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
}
