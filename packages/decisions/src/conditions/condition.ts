import { STEPS_LEFT } from './budget.ts';
import { compileNode, type Evaluate } from './compile-node.ts';
import { costLimits, stepsOf, walks } from './cost.ts';
import { noteFailure } from './failure.ts';
import { ConditionError, faultAt } from './fault.ts';
import { eventFields } from './known-names.ts';
import { checkTypes, parseExpression } from './parse.ts';
import { profileFields } from './profile-fields.ts';
import { ReadsCollector } from './reads.ts';
import type {
  CompiledCondition,
  CompiledExpression,
  ConditionAnswer,
  ConditionFault,
  ConditionScope,
  Reads,
} from './types.ts';

interface Compiled {
  readonly reads: Reads;
  readonly evaluate: Evaluate;
}

function compileText(text: string): Compiled {
  const collector = new ReadsCollector();
  const node = parseExpression(text);
  const steps = stepsOf(node);
  if (steps > costLimits.steps) {
    const message = `The expression may take ${steps} steps (a list is taken to hold ${costLimits.assumedItems}); at most ${costLimits.steps} are allowed. Ask less of each element, or split it.`;
    throw new ConditionError(faultAt({ start: 0, end: text.length }, { code: 'TOO_LARGE', message }));
  }
  const evaluate = compileNode(node, { reads: collector, locals: [] });
  return { evaluate: walks(node) ? withBudget(evaluate) : evaluate, reads: collector.result() };
}

/** Only what walks through lists can cost more than its text shows. */
const withBudget =
  (evaluate: Evaluate): Evaluate =>
  (scope, frame) => {
    frame[STEPS_LEFT] = costLimits.steps;
    return evaluate(scope, frame);
  };

const asFault = (error: unknown, text: string): ConditionFault => {
  if (error instanceof ConditionError) return error.fault;
  const message = error instanceof RangeError ? 'The expression needs too much.' : 'The expression could not be used.';
  return faultAt({ start: 0, end: text.length }, { code: 'TOO_LARGE', message });
};

function conditionOf(text: string): CompiledCondition {
  const { evaluate, reads } = compileText(text);
  const frame: unknown[] = [];
  const evaluateDetailed = (scope: ConditionScope): ConditionAnswer => {
    try {
      const value = evaluate(scope, frame);
      if (typeof value === 'boolean') return value ? yes : no;
      if (value === null || value === undefined) return no;
      const message = `The condition gives ${Array.isArray(value) ? 'a list' : `a ${typeof value}`}, not true or false.`;
      return { value: false, fault: faultAt({ start: 0, end: text.length }, { code: 'NOT_BOOLEAN', message }) };
    } catch (error) {
      return { value: false, fault: asFault(error, text) };
    }
  };
  const evaluateOnly = (scope: ConditionScope): boolean => {
    const { value, fault } = evaluateDetailed(scope);
    if (fault !== null) noteFailure(fault);
    return value;
  };
  return { text, reads, evaluateDetailed, evaluate: evaluateOnly };
}

const yes: ConditionAnswer = { value: true, fault: null };
const no: ConditionAnswer = { value: false, fault: null };

// Compiled once per text: a thousand triggers share the few conditions that they have in common. Compilation is a pure
// function of the text, so the cache changes no answer; it is bounded because texts come from people.
const cache = new Map<string, CompiledCondition>();
const MAX_CACHED = 5_000;

/** Compiles a condition. Throws ConditionError with the fault's place; lint calls `checkCondition` first. */
export function compileCondition(text: string): CompiledCondition {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const compiled = conditionOf(text);
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(text, compiled);
  return compiled;
}

/** Compiles an expression that gives a value, such as `properties.total`. Throws ConditionError. */
export function compileExpression(text: string): CompiledExpression {
  const { evaluate, reads } = compileText(text);
  const frame: unknown[] = [];
  const value = (scope: ConditionScope) => {
    try {
      return evaluate(scope, frame) ?? null;
    } catch (error) {
      noteFailure(asFault(error, text));
      return null;
    }
  };
  return { text, reads, value };
}

/** Every fault of a condition that can be known without running it: the first of syntax and names, else types and fields. */
export function checkCondition(text: string): readonly ConditionFault[] {
  const faults = checkExpression(text);
  if (faults.length > 0) return faults;
  const { type } = checkTypes(text);
  if (type === 'bool' || type === 'dyn') return [];
  const message = `The condition gives ${type}, not true or false.`;
  return [faultAt({ start: 0, end: text.length }, { code: 'NOT_BOOLEAN', message })];
}

/** As checkCondition, for an expression of any type. */
export function checkExpression(text: string): readonly ConditionFault[] {
  let reads: Reads;
  try {
    reads = compileText(text).reads;
  } catch (error) {
    return [asFault(error, text)];
  }
  const fields = [
    ...unknownFields(text, { variable: 'profile', read: reads.profile, known: profileFields }),
    ...unknownFields(text, { variable: 'event', read: reads.event, known: eventFields }),
  ];
  const { error } = checkTypes(text);
  return error === null ? fields : [...fields, error.fault];
}

interface FieldCheck {
  readonly variable: string;
  readonly read: readonly string[];
  readonly known: readonly string[];
}

function unknownFields(text: string, { variable, read, known }: FieldCheck): ConditionFault[] {
  const names = new Set(read.map((path) => path.split('.')[0] ?? ''));
  return [...names]
    .filter((name) => name !== '*' && !known.includes(name))
    .map((name) => {
      const start = Math.max(0, text.indexOf(`${variable}.${name}`));
      const place = { start, end: Math.min(text.length, start + variable.length + 1 + name.length) };
      const message = `The ${variable} has no field “${name}”.`;
      return faultAt(place, { code: 'UNKNOWN_NAME', message, name });
    });
}
