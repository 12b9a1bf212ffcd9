import type { ASTNode } from '@marcbachmann/cel-js';
import { fixedPathOf, textOf } from './nodes.ts';
import { parseExpression } from './parse.ts';
import { type ConditionOp, type ConditionTree, type ConditionValue, fieldFault } from './tree.ts';

/**
 * The tree that means what a text means; what no tree can say stays text, part by part. Throws ConditionError for what is
 * no expression.
 */
export const conditionTreeOf = (text: string): ConditionTree => treeOf(parseExpression(text));

function treeOf(node: ASTNode): ConditionTree {
  switch (node.op) {
    case '&&':
      return { all: operands(node, '&&').map(treeOf) };
    case '||':
      return { any: operands(node, '||').map(treeOf) };
    case '!_':
      return negated(node.args);
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return comparison(node.op, node.args) ?? textOf(node);
    case 'in':
      return membership(node.args) ?? textOf(node);
    case 'rcall':
      return textTest(node.args) ?? textOf(node);
    default:
      return textOf(node);
  }
}

/** `(a && b) && c` is one list. */
const operands = (node: ASTNode, op: '&&' | '||'): readonly ASTNode[] =>
  node.op === op ? node.args.flatMap((one) => operands(one, op)) : [node];

function negated(of: ASTNode): ConditionTree {
  const inner = treeOf(of);
  if (typeof inner === 'string' || !('field' in inner)) return { not: inner };
  if (inner.op === 'in') return { ...inner, op: 'notIn' };
  if (inner.op === 'has') return { ...inner, op: 'hasNot' };
  return { not: inner };
}

type Comparison = Extract<ConditionOp, '==' | '!=' | '<' | '<=' | '>' | '>='>;
const flipped: Readonly<Record<Comparison, Comparison>> = {
  '==': '==',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

function comparison(op: Comparison, [left, right]: readonly [ASTNode, ASTNode]): ConditionTree | null {
  const field = fieldOf(left);
  const value = literal(right);
  if (field !== null && value !== undefined) return compared(op, field, value);
  const otherField = fieldOf(right);
  const otherValue = literal(left);
  return otherField === null || otherValue === undefined ? null : compared(flipped[op], otherField, otherValue);
}

function compared(op: Comparison, field: string, value: ConditionValue): ConditionTree | null {
  if (value === null) return op === '==' ? { field, op: 'missing' } : op === '!=' ? { field, op: 'exists' } : null;
  const isOrder = op !== '==' && op !== '!=';
  return isOrder && typeof value === 'boolean' ? null : { field, op, value };
}

function membership([value, container]: readonly [ASTNode, ASTNode]): ConditionTree | null {
  const field = fieldOf(value);
  if (field !== null && container.op === 'list') {
    const values = container.args.map(literal);
    const isKnown = values.length > 0 && values.every((one) => one !== undefined);
    return isKnown ? { field, op: 'in', value: values as ConditionValue[] } : null;
  }
  const list = fieldOf(container);
  const element = literal(value);
  return list === null || element === undefined ? null : { field: list, op: 'has', value: element };
}

function textTest([name, receiver, args]: readonly [string, ASTNode, readonly ASTNode[]]): ConditionTree | null {
  if (name !== 'contains' && name !== 'startsWith' && name !== 'endsWith') return null;
  const field = fieldOf(receiver);
  const [first] = args;
  const value = args.length === 1 && first !== undefined ? literal(first) : undefined;
  return field === null || typeof value !== 'string' ? null : { field, op: name, value };
}

/** undefined for what is no literal. */
function literal(node: ASTNode): ConditionValue | undefined {
  if (node.op === '-_') {
    const value = literal(node.args);
    return typeof value === 'number' ? -value : undefined;
  }
  if (node.op !== 'value') return undefined;
  const value: unknown = typeof node.args === 'bigint' ? Number(node.args) : node.args;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  return typeof value === 'number' ? value : undefined;
}

/** The path of a chain whose every name is written out; null for others, and for names that hold a dot. */
function fieldOf(node: ASTNode): string | null {
  const found = fixedPathOf(node);
  if (found === undefined) return null;
  const { variable, path } = found;
  const isByMessage = variable === 'sends' || variable === 'reasons';
  if (isByMessage ? path.length > 1 : path.some((name) => name.includes('.'))) return null;
  const field = [variable, ...path].join('.');
  return fieldFault(field) === null ? field : null;
}
