import type { ASTNode } from '@marcbachmann/cel-js';
import { MAX_NESTED_MACROS, spend } from './budget.ts';
import { ownStepsOf } from './cost.ts';
import { ConditionError, faultAt } from './fault.ts';
import { globalFunctions, isMacro, type Macro, methods, textTests } from './functions.ts';
import { isVariable, type Variable } from './known-names.ts';
import { pathOf, textOf } from './nodes.ts';
import type { ReadsCollector } from './reads.ts';
import type { ConditionScope } from './types.ts';
import { add, arithmetic, compare, equal, fieldOf, isIn, isNumber, isText, propertyOf } from './values.ts';

/** `frame` holds the loop variables of macros, by depth, and at STEPS_LEFT how many steps may still be taken. */
export type Evaluate = (scope: ConditionScope, frame: unknown[]) => unknown;

/** A list longer than this is not walked: the macro answers null, and the condition is not true. */
const MAX_WALK = 1_000;
interface Context {
  readonly reads: ReadsCollector;
  /** Loop variables in scope, outermost first. */
  readonly locals: readonly string[];
}

/** Turns a parsed expression into a closure. Throws ConditionError for names and functions outside the closed lists. */
export function compileNode(node: ASTNode, context: Context): Evaluate {
  switch (node.op) {
    case 'value':
      return literal(node);
    case 'id':
      return identifier(node, context);
    case '.':
    case '[]':
      return access(node, context);
    case 'call':
      return call(node, context);
    case 'rcall':
      return method(node, context);
    case 'list':
      return list(node.args, context);
    case '&&':
    case '||':
      return logical(node, context);
    case '!_':
      return negation(node, context);
    case '-_': {
      const of = compileNode(node.args, context);
      return (scope, frame) => arithmetic('-', 0, of(scope, frame));
    }
    case '?:':
      return choice(node, context);
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case 'in':
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return binary(node, context);
    default:
      throw new ConditionError(faultAt(node, { code: 'SYNTAX', message: `“${textOf(node)}” is not supported.` }));
  }
}

type NodeOf<Op extends ASTNode['op']> = Extract<ASTNode, { op: Op }>;
type BinaryNode = NodeOf<'==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | '+' | '-' | '*' | '/' | '%'>;

function literal(node: NodeOf<'value'>): Evaluate {
  const value = typeof node.args === 'bigint' ? Number(node.args) : node.args;
  if (typeof value === 'object' && value !== null) {
    throw new ConditionError(faultAt(node, { code: 'SYNTAX', message: `“${textOf(node)}” is not supported.` }));
  }
  return () => value;
}

const readers: Readonly<Record<Variable, Evaluate>> = {
  event: (scope) => scope.event ?? null,
  properties: (scope) => scope.properties ?? null,
  profile: (scope) => scope.profile ?? null,
  segments: (scope) => scope.segments ?? null,
  history: (scope) => scope.history ?? null,
  now: (scope) => scope.now ?? null,
  evidence: (scope) => scope.evidence ?? null,
  sends: (scope) => scope.sends ?? null,
  reasons: (scope) => scope.reasons ?? null,
};

function identifier(node: NodeOf<'id'>, { locals, reads }: Context): Evaluate {
  const slot = locals.lastIndexOf(node.args);
  if (slot >= 0) return (_, frame) => frame[slot];
  if (!isVariable(node.args)) {
    const message = `Unknown name “${node.args}”.`;
    throw new ConditionError(faultAt(node, { code: 'UNKNOWN_NAME', message, name: node.args }));
  }
  reads.add(node.args, []);
  return readers[node.args];
}

function access(node: NodeOf<'.' | '[]'>, context: Context): Evaluate {
  const fixed = pathOf(node, context.locals);
  if (fixed !== undefined) context.reads.add(fixed.variable, fixed.path);
  if (node.op === '.' && fixed !== undefined && isProperties(node.args[0])) return property(node.args[1]);
  const of = fixed === undefined ? compileNode(node.args[0], context) : chain(node.args[0], context);
  if (node.op === '.') {
    const key = node.args[1];
    return (scope, frame) => fieldOf(of(scope, frame), key);
  }
  const key = compileNode(node.args[1], context);
  return (scope, frame) => fieldOf(of(scope, frame), key(scope, frame));
}

const isProperties = (node: ASTNode): boolean => node.op === 'id' && node.args === 'properties';

const property =
  (name: string): Evaluate =>
  (scope) =>
    propertyOf(scope, name);

/** The rest of a chain whose reads are already noted as one path. */
function chain(node: ASTNode, context: Context): Evaluate {
  if (node.op === 'id' && isVariable(node.args)) return readers[node.args];
  if (node.op === '.') {
    if (isProperties(node.args[0])) return property(node.args[1]);
    const of = chain(node.args[0], context);
    const key = node.args[1];
    return (scope, frame) => fieldOf(of(scope, frame), key);
  }
  if (node.op === '[]') {
    const of = chain(node.args[0], context);
    const key = compileNode(node.args[1], context);
    return (scope, frame) => fieldOf(of(scope, frame), key(scope, frame));
  }
  return compileNode(node, context);
}

function unknownFunction(node: ASTNode, name: string): never {
  const message = `Unknown function “${name}”.`;
  throw new ConditionError(faultAt(node, { code: 'UNKNOWN_FUNCTION', message, name }));
}

function call(node: NodeOf<'call'>, context: Context): Evaluate {
  const [name, args] = node.args;
  const [first] = args;
  if (first !== undefined && args.length === 1) {
    const of = compileNode(first, context);
    if (name === 'has') return (scope, frame) => (of(scope, frame) ?? null) !== null;
    const use = Object.hasOwn(globalFunctions, name) ? globalFunctions[name] : undefined;
    if (use !== undefined) return (scope, frame) => use(of(scope, frame));
  }
  return unknownFunction(node, name);
}

function method(node: NodeOf<'rcall'>, context: Context): Evaluate {
  const [name, receiver, args] = node.args;
  if (isMacro(name)) return macro(name, node, context);
  const [first] = args;
  const of = compileNode(receiver, context);
  if (first === undefined) {
    const use = Object.hasOwn(methods, name) ? methods[name] : undefined;
    if (use !== undefined) return (scope, frame) => use(of(scope, frame));
  } else if (args.length === 1) {
    const use = Object.hasOwn(textTests, name) ? textTests[name] : undefined;
    const other = compileNode(first, context);
    if (use !== undefined) {
      return (scope, frame) => {
        const right = other(scope, frame);
        return isText(right) && use(of(scope, frame), right);
      };
    }
  }
  return unknownFunction(node, name);
}

function macro(name: Macro, node: NodeOf<'rcall'>, context: Context): Evaluate {
  const [, receiver, [variable, body]] = node.args;
  if (variable?.op !== 'id' || body === undefined || node.args[2].length !== 2) {
    const message = `“${name}” is written as list.${name}(x, …).`;
    throw new ConditionError(faultAt(node, { code: 'SYNTAX', message }));
  }
  const slot = context.locals.length;
  if (slot >= MAX_NESTED_MACROS) {
    const message = `At most ${MAX_NESTED_MACROS} of ${name}, all, filter … may stand in each other.`;
    throw new ConditionError(faultAt(node, { code: 'TOO_LARGE', message }));
  }
  const of = compileNode(receiver, context);
  const each = compileNode(body, { ...context, locals: [...context.locals, variable.args] });
  const steps = ownStepsOf(body);
  return (scope, frame) => {
    const items = of(scope, frame);
    if (!Array.isArray(items) || items.length > MAX_WALK) return name === 'filter' || name === 'map' ? null : false;
    const answer = (item: unknown) => {
      spend(steps, frame, node);
      frame[slot] = item ?? null;
      return each(scope, frame);
    };
    switch (name) {
      case 'exists':
        return items.some((item) => answer(item) === true);
      case 'exists_one':
        return items.filter((item) => answer(item) === true).length === 1;
      case 'all':
        return items.every((item) => answer(item) === true);
      case 'filter':
        return items.filter((item) => answer(item) === true);
      case 'map':
        return items.map(answer);
    }
  };
}

function list(nodes: readonly ASTNode[], context: Context): Evaluate {
  const items = nodes.map((node) => compileNode(node, context));
  // A list of literals, the usual right side of `in`, is built once.
  if (nodes.every((node) => node.op === 'value')) {
    const fixed = items.map((item) => item({}, []));
    return () => fixed;
  }
  return (scope, frame) => items.map((item) => item(scope, frame));
}

function truth(value: unknown, node: ASTNode): boolean {
  if (value === true || value === false) return value;
  if (value === null || value === undefined) return false;
  const message = `“${textOf(node)}” is ${Array.isArray(value) ? 'a list' : `a ${typeof value}`}, not true or false.`;
  throw new ConditionError(faultAt(node, { code: 'TYPE', message }));
}

function logical(node: NodeOf<'&&' | '||'>, context: Context): Evaluate {
  const [leftNode, rightNode] = node.args;
  const left = compileNode(leftNode, context);
  const right = compileNode(rightNode, context);
  if (node.op === '&&') {
    return (scope, frame) => truth(left(scope, frame), leftNode) && truth(right(scope, frame), rightNode);
  }
  return (scope, frame) => truth(left(scope, frame), leftNode) || truth(right(scope, frame), rightNode);
}

function negation(node: NodeOf<'!_'>, context: Context): Evaluate {
  const of = compileNode(node.args, context);
  return (scope, frame) => !truth(of(scope, frame), node.args);
}

function choice(node: NodeOf<'?:'>, context: Context): Evaluate {
  const [condition, yes, no] = node.args;
  const test = compileNode(condition, context);
  const whenTrue = compileNode(yes, context);
  const whenFalse = compileNode(no, context);
  return (scope, frame) => (truth(test(scope, frame), condition) ? whenTrue(scope, frame) : whenFalse(scope, frame));
}

function binary(node: BinaryNode, context: Context): Evaluate {
  const left = compileNode(node.args[0], context);
  const right = compileNode(node.args[1], context);
  const { op } = node;
  switch (op) {
    case '==':
      return (scope, frame) => equal(left(scope, frame), right(scope, frame));
    case '!=':
      return (scope, frame) => !equal(left(scope, frame), right(scope, frame));
    case 'in':
      if (context.locals.length > 0) return membership(node, left, right);
      return (scope, frame) => isIn(left(scope, frame), right(scope, frame));
    case '+':
      return (scope, frame) => add(left(scope, frame), right(scope, frame));
    case '-':
    case '*':
    case '/':
    case '%':
      return (scope, frame) => arithmetic(op, left(scope, frame), right(scope, frame));
    default:
      return ordering(op, left, right);
  }
}

/** Inside a macro a list may be searched for every element of another. */
const membership =
  (node: ASTNode, left: Evaluate, right: Evaluate): Evaluate =>
  (scope, frame) => {
    const container = right(scope, frame);
    if (Array.isArray(container)) spend(container.length, frame, node);
    return isIn(left(scope, frame), container);
  };

const orders: Readonly<Record<'<' | '<=' | '>' | '>=', (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

function ordering(operator: '<' | '<=' | '>' | '>=', left: Evaluate, right: Evaluate): Evaluate {
  const holds = orders[operator];
  return (scope, frame) => {
    const order = compare(left(scope, frame), right(scope, frame));
    return isNumber(order) && holds(order);
  };
}
