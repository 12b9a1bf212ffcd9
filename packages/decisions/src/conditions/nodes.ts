import type { ASTNode } from '@marcbachmann/cel-js';
import { isVariable, type Variable } from './known-names.ts';
import { isText } from './values.ts';

/** As it was written. */
export const textOf = (node: ASTNode): string => node.input.slice(node.start, node.end);

/** The variable and the fixed path of `profile.traits["plan"]`; undefined where the chain starts elsewhere. */
export function pathOf(node: ASTNode, locals: readonly string[]): { variable: Variable; path: string[] } | undefined {
  const path: string[] = [];
  let at = node;
  while (at.op === '.' || at.op === '[]') {
    const key = at.op === '.' ? at.args[1] : literalKey(at.args[1]);
    // A computed key may be any below what stands before it.
    if (key === undefined) path.length = 0;
    else path.unshift(key);
    at = at.args[0];
  }
  if (at.op !== 'id' || locals.includes(at.args) || !isVariable(at.args)) return undefined;
  return { variable: at.args, path };
}

/** As `pathOf`, where every name of the chain is written out: what is worked out may be any. */
export const fixedPathOf = (node: ASTNode): ReturnType<typeof pathOf> =>
  isWrittenOut(node) ? pathOf(node, []) : undefined;

function isWrittenOut(node: ASTNode): boolean {
  if (node.op === '.') return isWrittenOut(node.args[0]);
  if (node.op === '[]') return literalKey(node.args[1]) !== undefined && isWrittenOut(node.args[0]);
  return node.op === 'id';
}

/** Parts of a node; what its arguments hold beside nodes (names, literals) is no part. */
export function partsOf({ args }: ASTNode): readonly ASTNode[] {
  const all: unknown[] = Array.isArray(args) ? args.flat() : [args];
  return all.filter(isNode);
}

const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'op' in value && 'args' in value;

const literalKey = (node: ASTNode) => (node.op === 'value' && isText(node.args) ? node.args : undefined);
