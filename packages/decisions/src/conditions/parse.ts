import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js';
import { ConditionError, faultAt } from './fault.ts';

/**
 * The language is CEL: its grammar, macros and static types come from the library; evaluation is ours (compile-node.ts),
 * because in Kairos unknown is null where CEL has errors, and numbers are the doubles of JSON.
 */
const environment = new Environment({
  limits: { maxAstNodes: 400, maxDepth: 24, maxListElements: 200, maxMapEntries: 0, maxCallArguments: 4 },
  homogeneousAggregateLiterals: false,
})
  .registerVariable('event', 'map')
  .registerVariable('properties', 'map')
  .registerVariable('profile', 'map')
  .registerVariable('history', 'map')
  .registerVariable('segments', 'list<string>')
  .registerVariable('now', 'dyn')
  .registerVariable('evidence', 'map')
  .registerVariable('sends', 'map')
  .registerVariable('reasons', 'map');
for (const operator of ['+', '-', '*', '/'] as const) {
  environment.registerOperator(`int ${operator} double: double`, noHandler);
  environment.registerOperator(`double ${operator} int: double`, noHandler);
}
environment.registerOperator('double % double: double', noHandler);
environment.registerOperator('int == double', noHandler);

// The type checker wants a handler; nothing is ever evaluated by the library.
function noHandler(): never {
  throw new Error('unreachable: expressions are evaluated by compile-node.ts');
}

export const MAX_TEXT = 4_000;

/** Parses within limits. Throws ConditionError. */
export function parseExpression(text: string): ASTNode {
  const whole = { start: 0, end: text.length };
  if (text.length > MAX_TEXT) {
    const message = `The expression has ${text.length} characters; at most ${MAX_TEXT} are allowed. Split it.`;
    throw new ConditionError(faultAt(whole, { code: 'TOO_LARGE', message }));
  }
  try {
    return environment.parse(text).ast;
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const place = error.range ?? whole;
    const isLimit = /limit|exceed/i.test(error.code) || /exceed/i.test(error.summary);
    const code = isLimit ? 'TOO_LARGE' : 'SYNTAX';
    throw new ConditionError(faultAt(place, { code, message: `Not a valid expression: ${error.summary}.` }));
  }
}

/** What the static type checker says: its message with the place, or null; and whether it can be a boolean. */
export function checkTypes(text: string): { readonly error: ConditionError | null; readonly type: string } {
  const result = environment.check(text);
  if (result.valid) return { error: null, type: result.type ?? 'dyn' };
  const { error } = result;
  const place = error?.range ?? { start: 0, end: text.length };
  const message = `Types do not fit: ${error?.summary ?? 'unknown'}.`;
  return { error: new ConditionError(faultAt(place, { code: 'TYPE', message })), type: 'dyn' };
}
