import { isVariable } from './known-names.ts';

/**
 * A condition as a builder makes it: parts that must all hold, or one of which must, comparisons of a field, and text where
 * no tree can say it. It stands wherever the text of a condition may, and means the text that `conditionTextOf` gives.
 */
export type ConditionTree =
  | string
  | { readonly all: readonly ConditionTree[] }
  | { readonly any: readonly ConditionTree[] }
  | { readonly not: ConditionTree }
  | ConditionLeaf;

export type ConditionValue = string | number | boolean | null;

/** One comparison. `field` is a path such as `profile.traits.plan`; `value` is a list for `in` and `notIn`, and missing for `exists` and `missing`. */
export interface ConditionLeaf {
  readonly field: string;
  readonly op: ConditionOp;
  readonly value?: ConditionValue | readonly ConditionValue[] | undefined;
}

/** What a comparison asks, and which values it takes. */
export const conditionOps = {
  '==': { takes: 'any', meaning: 'is this value' },
  '!=': { takes: 'any', meaning: 'is another value, or unknown' },
  '<': { takes: 'ordered', meaning: 'is less' },
  '<=': { takes: 'ordered', meaning: 'is less, or this' },
  '>': { takes: 'ordered', meaning: 'is more' },
  '>=': { takes: 'ordered', meaning: 'is more, or this' },
  in: { takes: 'list', meaning: 'is one of these' },
  notIn: { takes: 'list', meaning: 'is none of these, or unknown' },
  has: { takes: 'any', meaning: 'is a list with this in it, such as `segments`' },
  hasNot: { takes: 'any', meaning: 'is no list with this in it' },
  contains: { takes: 'text', meaning: 'is a text with this in it' },
  startsWith: { takes: 'text', meaning: 'is a text that begins so' },
  endsWith: { takes: 'text', meaning: 'is a text that ends so' },
  exists: { takes: 'nothing', meaning: 'is known' },
  missing: { takes: 'nothing', meaning: 'is unknown' },
} as const satisfies Record<string, { takes: ConditionTakes; meaning: string }>;

type ConditionTakes = 'any' | 'ordered' | 'text' | 'list' | 'nothing';
export type ConditionOp = keyof typeof conditionOps;

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
/** Words that can't be a field behind a dot. */
const RESERVED: ReadonlySet<string> = new Set(['true', 'false', 'null', 'in']);
/** Below these a name is the id of a message, which may have dots. */
const BY_MESSAGE: ReadonlySet<string> = new Set(['sends', 'reasons']);

/** Why a path is none that a condition can read; null when it is one. */
export function fieldFault(field: string): string | null {
  const [root = '', ...path] = field.split('.');
  if (!isVariable(root)) return `begins with “${root}”, which is no variable`;
  return path.includes('') ? 'has an empty name between dots' : null;
}

/** The path of a field as the expression language writes it. */
function textOfField(field: string): string {
  const [root = '', ...path] = field.split('.');
  const keys = BY_MESSAGE.has(root) && path.length > 0 ? [path.join('.')] : path;
  return keys.reduce(
    (text, key) =>
      IDENTIFIER.test(key) && !RESERVED.has(key) && !BY_MESSAGE.has(root)
        ? `${text}.${key}`
        : `${text}[${literalOf(key)}]`,
    root,
  );
}

function literalOf(value: ConditionValue): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'number') return String(value);
  // Without a point it would be a whole number of 64 bits.
  const text = String(value);
  return Number.isSafeInteger(value) || /[.e]/.test(text) ? text.replace('e+', 'e') : `${text}.0`;
}

/** The text of a tree, the same for the same tree. Says nothing about validity: whoever checks the text checks the tree. */
export function conditionTextOf(tree: ConditionTree): string {
  if (typeof tree === 'string') return tree;
  if ('all' in tree) return joined(tree.all, '&&');
  if ('any' in tree) return joined(tree.any, '||');
  if ('not' in tree) return `!(${conditionTextOf(tree.not)})`;
  return textOfLeaf(tree);
}

function joined(parts: readonly ConditionTree[], operator: '&&' | '||'): string {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return conditionTextOf(only);
  return parts.map((part) => (isLeaf(part) ? textOfLeaf(part) : `(${conditionTextOf(part)})`)).join(` ${operator} `);
}

export const isLeaf = (tree: ConditionTree): tree is ConditionLeaf => typeof tree !== 'string' && 'field' in tree;

function textOfLeaf({ field, op, value = null }: ConditionLeaf): string {
  const path = textOfField(field);
  const values: readonly ConditionValue[] = Array.isArray(value) ? value : [value as ConditionValue];
  const [first = null] = values;
  switch (op) {
    case 'exists':
      return `${path} != null`;
    case 'missing':
      return `${path} == null`;
    case 'in':
      return `${path} in [${values.map(literalOf).join(', ')}]`;
    case 'notIn':
      return `!(${path} in [${values.map(literalOf).join(', ')}])`;
    case 'has':
      return `${literalOf(first)} in ${path}`;
    case 'hasNot':
      return `!(${literalOf(first)} in ${path})`;
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return `${path}.${op}(${literalOf(first)})`;
    default:
      return `${path} ${op} ${literalOf(first)}`;
  }
}
