import type { ASTNode } from '@marcbachmann/cel-js';
import { isMacro } from './functions.ts';
import { partsOf } from './nodes.ts';

/** What an expression may cost, so that no condition holds up the events behind it. A step is one part of it, evaluated once. */
export const costLimits = {
  /** Steps of one evaluation: asked of the text with lists of `assumedItems`, and kept while it is evaluated. */
  steps: 50_000,
  /** How long a list is taken to be before there is one. */
  assumedItems: 50,
} as const;

/** Steps of one evaluation at most, with lists of the assumed length. */
export function stepsOf(node: ASTNode): number {
  if (node.op === 'rcall') {
    const [name, receiver, args] = node.args;
    const inner = args.reduce((sum, one) => sum + stepsOf(one), 0);
    return 1 + stepsOf(receiver) + (isMacro(name) ? costLimits.assumedItems : 1) * inner;
  }
  return 1 + partsOf(node).reduce((sum, one) => sum + stepsOf(one), 0);
}

/** Steps of one evaluation without those that a macro inside it counts itself. */
export function ownStepsOf(node: ASTNode): number {
  if (node.op === 'rcall' && isMacro(node.args[0])) return 1 + ownStepsOf(node.args[1]);
  return 1 + partsOf(node).reduce((sum, one) => sum + ownStepsOf(one), 0);
}

/** Whether it walks through a list, so that what it costs depends on the event. */
export function walks(node: ASTNode): boolean {
  return (node.op === 'rcall' && isMacro(node.args[0])) || partsOf(node).some(walks);
}
